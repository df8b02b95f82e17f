"""Results of single samples: further answers, gaps at equal quality, and checks on the test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.cards.facts import ModelCard
from harness.checks.control_choices import NegativeControl
from harness.checks.run_checks import Evidence, checked_system, run_checks
from harness.evidence.system_files import SystemFiles
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.quality.quality_rows import quality_rows
from harness.measurement.repeated_answers import repeat_rows
from harness.progress import UNSEEN, Share
from harness.scoring.stored_plan import planned_extensions
from harness.scoring.stored_tables import StoredTables
from harness.tables.answers_table import validate_answers
from harness.tables.drawn_samples import DrawnSamples
from harness.tables.probe_tables import validate_media, validate_probes
from harness.tables.repeat_pieces import validate_repeats
from harness.tables.results import Result

Folds = dict[str, list[dict[str, Any]]]


def examined_rows(
    drawn: DrawnSamples,
    *,
    tables: StoredTables,
    plan: dict[str, Any],
    settings: MeasureSettings,
    model_cards: Sequence[ModelCard],
    control: NegativeControl | None,
    folds: Folds,
    probes: pa.Table | None,
    files: SystemFiles | None,
    progress: Share = UNSEEN,
) -> list[Result]:
    """The results of the drawn samples, without those of frames.

    Args:
        drawn: the samples, with the answers of the system under test.
        tables: of the run; what media, single answers and repeats say is read here.
        plan: of the run.
        settings: the choices of the plan.
        model_cards: see `Evidence`.
        control: what the system cannot know.
        folds: see `Evidence`.
        probes: as they are stored; None where the system was not probed.
        files: see `Evidence`.
        progress: told of every check.

    Raises:
        HarnessError: a table does not fit the samples, or a check of another package fails.
    """
    dataset = plan["dataset"]["name"]
    media = tables.read_if_there("media")
    answers = tables.read_if_there("answers")
    stored_repeats = tables.read_if_there("repeats")
    repeats = {} if stored_repeats is None else _repeats(stored_repeats, drawn)
    system = checked_system(
        Evidence(
            samples=drawn.samples,
            predictions=drawn.predictions,
            aligned=drawn.aligned,
            model_cards=model_cards,
            folds=folds,
            media=None if media is None else validate_media(of_drawn(media, drawn), drawn.samples),
            probes=None if probes is None else validate_probes(probes, drawn.samples),
            answers=None if answers is None else validate_answers(of_drawn(answers, drawn), drawn.samples),
            repeats=repeats,
            files=files,
            row=drawn.row,
            num_stored=None if drawn.is_whole else drawn.num_samples,
        ),
        dataset=dataset,
        model=str(settings.system),
        grouping=settings.grouping,
        seed=settings.seed,
        level=settings.level,
        min_subjects=settings.min_subjects,
        control=control,
        votes=settings.vote_source,
    )
    outside = planned_extensions(plan, "checks", tables.folder / "plan.yaml")
    findings = run_checks(system, outside, progress)
    repeated = repeat_rows(drawn, repeats, dataset=dataset, settings=settings) if repeats else []
    return [*repeated, *quality_rows(drawn, dataset=dataset, settings=settings), *findings]


def of_drawn(table: pa.Table, drawn: DrawnSamples) -> pa.Table:
    """The rows of the drawn samples; all rows if all samples were drawn, so that a missing one is noticed."""
    if drawn.is_whole or not table.num_rows:
        return table
    return table.filter(pc.is_in(table["sample_id"], value_set=drawn.samples["sample_id"].combine_chunks()))


def _repeats(table: pa.Table, drawn: DrawnSamples) -> dict[int, pa.Table]:
    """The repeats of the drawn samples, by their time."""
    return validate_repeats(of_drawn(table, drawn), drawn.samples)
