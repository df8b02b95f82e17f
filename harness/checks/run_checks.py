"""Runs every check on the test itself, for one system on one dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Ints
from harness.attributes.grouping import MAX_GROUPS, Grouping
from harness.attributes.groups import axes_of, group_samples
from harness.cards import registry
from harness.cards.facts import ModelCard
from harness.checks.checked_system import Check, CheckedSystem
from harness.checks.control_choices import NegativeControl
from harness.errors import HarnessError
from harness.evidence.system_files import SystemFiles
from harness.progress import UNSEEN, Share
from harness.tables.alignment import Aligned
from harness.tables.freed_memory import give_back
from harness.tables.predictions import label_orders, model_conditions
from harness.tables.results import Result, results_table
from harness.tables.schemas import CLEAN, RESULTS
from harness.verdicts.judge import not_tested


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a run has stored.

    Attributes:
        samples: validated.
        predictions: validated; of the system and of its baselines.
        aligned: labels and the system's answers, under the clean condition if there is one.
        model_cards: the card of the system under test first, then those of the baselines.
        folds: the trainings within the study, per model, as in ``folds.json``.
        media: validated, see `harness.tables.probe_tables.validate_media`; None where no media were read.
        probes: validated, see `harness.tables.probe_tables.validate_probes`; None where the system was not probed.
        answers: what single answers came with, of every model and condition; None where no model gave more.
        repeats: the system's answers of each further time, see `harness.tables.repeat_pieces.validate_repeats`.
        files: of the system, before and after the run; None if nothing is known of them.
        row: ``[N]``, the row of each sample in the samples table of the run; None if these are all, in its order.
        num_stored: the number of samples of the run; None if these are all.
    """

    samples: pa.Table
    predictions: pa.Table
    aligned: Aligned
    model_cards: Sequence[ModelCard]
    folds: Mapping[str, Any]
    media: pa.Table | None = None
    probes: pa.Table | None = None
    answers: pa.Table | None = None
    repeats: Mapping[int, pa.Table] = field(default_factory=dict)
    files: SystemFiles | None = None
    row: Ints | None = None
    num_stored: int | None = None


def run_checks(
    system: CheckedSystem, outside: Sequence[str] | None = None, progress: Share = UNSEEN
) -> list[Result]:
    """The findings about the test itself: rows of the kind ``check``.

    Args:
        system: that is checked, see `checked_system`.
        outside: the checks of other packages that are run; None for all that are installed.
        progress: told of every check.

    Raises:
        HarnessError: a check of another package fails, or returns findings about something else.
    """
    found = checks(outside)
    return [finding for check in progress.each(found.values(), len(found)) for finding in check(system)]


def checked_system(
    evidence: Evidence,
    *,
    dataset: str,
    model: str,
    grouping: Grouping | None,
    seed: int,
    level: float,
    min_subjects: int,
    control: NegativeControl | None = None,
    votes: str | None = None,
) -> CheckedSystem:
    """What checks are given.

    Args:
        evidence: the stored tables.
        dataset: its name in the results.
        model: the system under test, as in the predictions. Its clean answers are checked; if it has none, those
            under the first condition by name.
        grouping: the study's groups.
        seed: of resampling and of random parts of the subjects.
        level: of the intervals.
        min_subjects: groups and classes with fewer are not judged.
        control: what the system cannot know, as the plan names it; None if it names nothing.
        votes: where raters' votes come from, see `harness.tables.votes`; None if they are not measured.

    Raises:
        HarnessError: the tables do not fit each other, see `group_samples`.
    """
    give_back()  # what counting has used: checks need other memory
    condition = next(condition for name, condition in model_conditions(evidence.predictions) if name == model)
    axes = (group_samples(evidence.samples, axis, grouping) for axis in axes_of(evidence.samples))
    return CheckedSystem(
        dataset=dataset,
        model=model,
        condition=condition,
        card=evidence.model_cards[0],
        samples=evidence.samples,
        labels=tuple(label_orders(evidence.predictions).get(model, ())),
        aligned=evidence.aligned,
        axes=tuple(groups for groups in axes if len(groups.names) <= MAX_GROUPS),
        seed=seed,
        level=level,
        min_subjects=min_subjects,
        folds=evidence.folds.get(model, ()),
        media=evidence.media,
        probes=evidence.probes,
        answers=_own(evidence.answers, model),
        times=_times(evidence, model),
        files=evidence.files,
        control=control or NegativeControl(),
        votes=votes,
        predictions=evidence.predictions,
        row=evidence.row,
        num_stored=evidence.num_stored,
    )


def _own(answers: pa.Table | None, model: str) -> pa.Table | None:
    return None if answers is None else answers.filter(pc.equal(answers["model"], model))


def _times(evidence: Evidence, model: str) -> list[pa.Table]:
    """The clean answers of each time, in the order of the samples; none where the study asked once."""
    if not evidence.repeats:
        return []
    first = evidence.predictions.filter((pc.field("model") == model) & (pc.field("condition") == CLEAN))
    sample_ids = evidence.samples["sample_id"]
    return [
        table.take(pc.index_in(sample_ids, value_set=table["sample_id"]).combine_chunks())
        for table in (first, *evidence.repeats.values())
    ]


def checks(outside: Sequence[str] | None = None) -> dict[str, Check]:
    """Every check by name, in the order of the results.

    Args:
        outside: which of other packages; None for all that are installed.

    Raises:
        HarnessError: one cannot be loaded.
    """
    of_packages = {extension.name: extension for extension in registry.extensions("checks")}
    return {
        name: _guarded(of_packages[name]) if name in of_packages else registry.find("checks", name)
        for name in registry.names("checks")
        if name not in of_packages or outside is None or name in outside
    }


_FOUND = (
    *("group", "value", "lo", "hi", "level", "method", "n_samples", "n_subjects"),
    *("own_value", "versus_value", "chance", "null_lo", "null_hi", "threshold", "verdict", "reason"),
)
"""The columns of a finding that are a check's to fill."""


def _guarded(extension: registry.Extension) -> Check:
    """A check of another package: an error becomes one message that names it; its findings must have its name."""
    check: Check = registry.find("checks", extension.name)
    if not callable(check):
        raise HarnessError(
            f"{extension} is no function of a CheckedSystem (found {type(check).__name__}). {extension.remedy}"
        )

    def guarded(system: CheckedSystem) -> list[Result]:
        with extension.blamed("failed"):
            found = list(check(system))
            _require_findings(found, system, extension)
            return found

    return guarded


def _require_findings(found: Sequence[Any], system: CheckedSystem, extension: registry.Extension) -> None:
    """Check that all are findings of this check, and that the results can hold them."""
    own = system.finding(extension.name, not_tested(""))
    for finding in found:
        if not _is_about(finding, own):
            raise HarnessError(f"{extension} returned what is not a finding of its own name: {finding}.")
    try:
        results_table(found)
    except HarnessError as error:
        raise HarnessError(f"{extension} returned what cannot be stored ({error}) {extension.remedy}") from None


def _is_about(finding: object, own: Result) -> bool:
    """Whether a row is what `CheckedSystem.finding` makes of the name of the check, with a judgement."""
    if type(finding) is not Result or finding.judgement is None:
        return False
    return all(
        getattr(finding, column) == getattr(own, column) for column in RESULTS.names if column not in _FOUND
    )
