"""Every check on the test itself, of one system on one dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from harness.attributes.grouping import MAX_GROUPS, Grouping
from harness.attributes.groups import axes_of, group_samples
from harness.cards.facts import ModelCard
from harness.checks.checked_system import CheckedSystem
from harness.checks.collapsed import collapsed
from harness.checks.label_order import label_order
from harness.checks.near_duplicates import near_duplicates
from harness.checks.probabilities import probabilities
from harness.checks.probes import probed
from harness.checks.proxy_leakage import proxy_leakage
from harness.checks.recording_condition import recording_condition
from harness.checks.subject_leakage import subject_leakage
from harness.checks.support import acted_only, support
from harness.tables.alignment import align
from harness.tables.predictions import label_orders, runs
from harness.tables.probe_tables import MEDIA
from harness.tables.results import Result


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a run has stored.

    Attributes:
        samples: validated.
        predictions: validated; of the system and of its baselines.
        model_cards: the card of the system under test first, then those of the baselines.
        folds: the trainings within the study, per model, as in ``folds.json``.
        media: validated, see `harness.tables.probe_tables.validate_media`; None where no media were read.
        probes: validated, see `harness.tables.probe_tables.validate_probes`; None where the system was not probed.
    """

    samples: pa.Table
    predictions: pa.Table
    model_cards: Sequence[ModelCard]
    folds: Mapping[str, Any]
    media: pa.Table | None = None
    probes: pa.Table | None = None


def run_checks(
    evidence: Evidence,
    *,
    dataset: str,
    model: str,
    merge: Mapping[str, str],
    grouping: Grouping | None,
    seed: int,
    level: float,
    min_subjects: int,
) -> list[Result]:
    """The findings about the test itself: rows of the kind ``check``.

    Args:
        evidence: the stored tables.
        dataset: its name in the results.
        model: the system under test, as in the predictions.
        merge: the study's merged classes.
        grouping: the study's groups.
        seed: of resampling and of drawing subjects.
        level: of the intervals.
        min_subjects: fewer say nothing about a group or a class.

    Raises:
        HarnessError: the tables do not fit each other, see `align` and `group_samples`.
    """
    condition = next(condition for name, condition in runs(evidence.predictions) if name == model)
    axes = (group_samples(evidence.samples, axis, grouping) for axis in axes_of(evidence.samples))
    system = CheckedSystem(
        dataset=dataset,
        model=model,
        condition=condition,
        card=evidence.model_cards[0],
        samples=evidence.samples,
        labels=tuple(label_orders(evidence.predictions).get(model, ())),
        aligned=align(evidence.samples, evidence.predictions, model=model, condition=condition, merge=merge),
        axes=tuple(groups for groups in axes if len(groups.names) <= MAX_GROUPS),
        seed=seed,
        level=level,
        min_subjects=min_subjects,
    )
    return [
        *label_order(system),
        *subject_leakage(system, evidence.folds.get(model, ())),
        *collapsed(system),
        *probabilities(system),
        *support(system),
        *acted_only(system),
        *recording_condition(system, evidence.media),
        *proxy_leakage(system),
        *near_duplicates(system, MEDIA.empty_table() if evidence.media is None else evidence.media),
        *probed(system, evidence.probes),
    ]
