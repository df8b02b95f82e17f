"""Measure a run's stored tables, check the test itself, and write results, curves and report.

A pure function of the folder: the same tables and plan give the same bytes on any machine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.groups import PREFIX, axes_of, group_samples
from harness.attributes.missing_answers import MissingAnswers
from harness.attributes.origins import origins
from harness.cards.facts import DatasetCard, ModelCard
from harness.errors import HarnessError
from harness.evidence.names_in_plan import id_pieces, plan_by_rows
from harness.evidence.run_folder import RunFolder, StoredPlan
from harness.evidence.run_seconds import recorded_seconds
from harness.evidence.system_files import SystemFiles, recorded_system_files
from harness.measurement.curve_rows import training_curves
from harness.measurement.frame_coverage import frame_coverage
from harness.measurement.measure import Measurement, measure_run, usable
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.shares import measuring_cost
from harness.measurement.streaming.measure_files import is_large, measure_files
from harness.measurement.streaming.spans import HERE, Spread
from harness.metrics.latency import Latency
from harness.progress import UNSEEN, Share
from harness.report.run_page import Report, render_run
from harness.scoring.examined_samples import Folds, examined_rows, of_drawn
from harness.scoring.outputs import require_results_only, write_outputs
from harness.scoring.recorded_times import recorded_times
from harness.scoring.stored_plan import (
    measure_settings,
    negative_control,
    require_whole,
    unmeasurable,
)
from harness.scoring.stored_tables import StoredTables
from harness.statistics.threads import beside, one_thread
from harness.tables.curves import Curve, curves_table
from harness.tables.drawn_samples import MAX_DRAWN, DrawnSamples
from harness.tables.film_frames import validate_frames
from harness.tables.folds import read_folds
from harness.tables.pieces import TableFile
from harness.tables.predictions import validate_predictions
from harness.tables.results import Result, results_table
from harness.tables.samples import validate_samples

CHECKED, CHECKED_AT_ONCE = 4.4, 0.8
"""What checking a million drawn samples costs, and checking any number of them, in comparison with measuring."""
READ_AS_WHOLE = 0.1
"""The part of measuring in which tables are read that are in memory as a whole."""
WRITTEN = 0.02
"""The part of scoring in which the results are written."""


@dataclass(frozen=True)
class Scored:
    """The results of scoring a run.

    Attributes:
        results: the results table.
        curves: the curves table.
        steps: the upgrade steps of plan and tables of an earlier version, such as ``plan 1→2``.
    """

    results: pa.Table
    curves: pa.Table
    steps: tuple[str, ...]


def score(
    folder: RunFolder,
    into: Path | None = None,
    *,
    started: str | None = None,
    times: Sequence[Latency] | None = None,
    seconds: Callable[[], Mapping[str, float] | None] | None = None,
    files: SystemFiles | None = None,
    spread: Spread = HERE,
    progress: Share = UNSEEN,
) -> Scored:
    """Measure a run from its stored tables, and write results, curves and report.

    Args:
        folder: the run folder, with plan, samples and predictions.
        into: where to write; by default the folder itself.
        started: when the run began (ISO 8601); by default as ``run.json`` says it, which a run writes last.
        times: how long answers took; by default likewise.
        seconds: where the time of the run went, asked for when all is measured; by default likewise.
        files: of the system, before and after the run; by default likewise.
        spread: where spans of tables are counted that are too large for memory.
        progress: told of what is read, measured and checked.

    Raises:
        HarnessError: a table is missing or does not match the plan; a newer harness wrote it; ``into`` is a run's
            folder, or holds something else than results.
    """
    if into is not None:
        require_results_only(into)
    stored = folder.read_plan()
    measuring, writing = progress.split(1.0 - WRITTEN, WRITTEN)
    with beside() as begin:
        plan = begin(lambda: plan_by_rows(stored.plan, id_pieces(folder / "samples.parquet")))
        scored = measure_stored(folder, stored, files=files, spread=spread, progress=measuring)
    page = render_run(
        Report(
            plan=plan(),
            plan_sha256=stored.sha256,
            results=scored.results,
            curves=scored.curves,
            started=started or started_of(folder),
            times=recorded_times(folder.read_run()) if times is None else times,
            seconds=recorded_seconds(folder.read_run()) if seconds is None else seconds(),
        )
    )
    write_outputs(scored.results, scored.curves, page, into or folder.path)
    writing.end()
    return scored


def measure_stored(
    folder: RunFolder,
    stored: StoredPlan,
    *,
    files: SystemFiles | None = None,
    spread: Spread = HERE,
    progress: Share = UNSEEN,
) -> Scored:
    """Measure a run from its stored tables, and write nothing.

    Args:
        folder: the run folder, with samples and predictions.
        stored: its plan.
        files: see `score`.
        spread: see `score`.
        progress: likewise.

    Raises:
        HarnessError: a table is missing or does not match the plan, or a newer harness wrote it.
    """
    plan = stored.plan
    settings, model_cards = _understood(plan, folder / "plan.yaml")
    dataset = plan["dataset"]["name"]
    tables = StoredTables(folder)
    measuring, checking = _shares(progress, tables, plan)
    read = read_folds(folder / "folds.json")
    folds: Folds = {model: [asdict(fold) for fold in of_model] for model, of_model in read.folds.items()}
    probes = tables.read_if_there("probes")
    examined = partial(
        examined_rows,
        tables=tables,
        plan=plan,
        settings=settings,
        model_cards=model_cards,
        control=negative_control(plan, folder / "plan.yaml"),
        folds=folds,
        probes=probes,
        files=recorded_system_files(folder.read_run()) if files is None else files,
        progress=checking,
    )
    found: list[Callable[[], list[Result]]] = []
    with one_thread(), beside() as begin:  # either thread would end a limit that the other one set
        measured = _measured(
            tables,
            dataset,
            settings,
            None if probes is None else probes["sample_id"],
            lambda drawn: found.append(begin(partial(examined, drawn))),
            spread,
            measuring,
        )
        drawn = measured.drawn
        if drawn is None:
            raise HarnessError(f"{folder / 'predictions.parquet'} holds no predictions of {settings.system}.")
        rows = found[0]()
    progress.end()
    results = pa.concat_tables([measured.results, results_table(rows)])
    frames = tables.read_if_there("frames")
    of_frames = [] if frames is None else _frame_curves(frames, drawn, dataset, settings)
    curves = curves_table([*measured.curves, *training_curves(dataset, folds), *of_frames])
    return Scored(results, curves, (*stored.steps, *read.steps, *tables.steps))


def started_of(folder: RunFolder) -> str | None:
    """When a finished run began; None if its record does not say it."""
    stated = (folder.read_run() or {}).get("started")
    try:
        return datetime.fromisoformat(stated).isoformat() if isinstance(stated, str) else None
    except ValueError:
        return None


def _measured(
    tables: StoredTables,
    dataset: str,
    settings: MeasureSettings,
    probed: pa.ChunkedArray | None,
    when_drawn: Callable[[DrawnSamples], None],
    spread: Spread,
    progress: Share,
) -> Measurement:
    """Measure the stored tables, in memory or, if they are too large, piece by piece, with the same results."""
    always = None if probed is None else pc.unique(probed)
    predictions_file = tables.folder / "predictions.parquet"
    if is_large(predictions_file):
        samples_file = tables.folder / "samples.parquet"
        return measure_files(
            samples_file,
            predictions_file,
            dataset=dataset,
            settings=settings,
            always=always,
            when_drawn=when_drawn,
            spread=spread,
            progress=progress,
        )
    reading, measuring = progress.split(READ_AS_WHOLE, 1.0 - READ_AS_WHOLE)
    samples = validate_samples(tables.read("samples"), rows_independent=True)
    predictions = validate_predictions(tables.read("predictions"), samples)
    reading.end()
    return measure_run(
        samples,
        predictions,
        dataset=dataset,
        settings=settings,
        always=always,
        when_drawn=when_drawn,
        progress=measuring,
    )


def _shares(progress: Share, tables: StoredTables, plan: dict[str, Any]) -> list[Share]:
    """The shares of measuring, and of checking the test on drawn samples, of which there is a limited number."""
    if not progress.is_seen:
        return [progress, progress]
    paths = [tables.folder / f"{name}.parquet" for name in ("samples", "predictions")]
    files = [TableFile(path) for path in paths if path.is_file()]  # whoever reads them says if one is not there
    num_samples, num_predictions = (file.num_rows for file in files) if len(files) == len(paths) else (0, 0)
    stated = plan["dataset"].get("num_subjects")
    num_people = min(stated, num_samples) if isinstance(stated, int) else 0
    num_axes = sum(name.startswith(PREFIX) for name in files[0].schema.names) if files else 0
    measuring = measuring_cost(num_samples, num_predictions, num_people, num_axes)
    return progress.split(measuring, CHECKED_AT_ONCE + CHECKED * min(num_samples, MAX_DRAWN) / 1e6)


def _frame_curves(frames: pa.Table, drawn: DrawnSamples, dataset: str, settings: MeasureSettings) -> list[Curve]:
    """Frames of films without an answer, over all films and per group."""
    samples = drawn.samples
    axes = [group_samples(samples, axis, settings.grouping) for axis in axes_of(samples)]
    return list(
        frame_coverage(
            validate_frames(of_drawn(frames, drawn), samples),
            samples,
            usable(axes),
            dataset=dataset,
            model=str(settings.system),
            level=settings.level,
            min_subjects=settings.min_subjects,
        )
    )


def _understood(plan: dict[str, Any], path: Path) -> tuple[MeasureSettings, list[ModelCard]]:
    """The parts of a plan that measuring needs, validated like a config because a plan is not trusted."""
    require_whole(plan, path)
    settings = measure_settings(plan, path)
    try:
        _ = (
            origins(plan["attributes"]),
            MissingAnswers.of(plan),
            DatasetCard.model_validate(plan["cards"]["dataset"]),
        )
        models = (plan["model"], *plan["baselines"])
        cards = [ModelCard.model_validate(card) for _, card in zip(models, plan["cards"]["models"], strict=True)]
        return settings, cards
    except (KeyError, TypeError, ValueError) as error:
        raise unmeasurable(path, error) from None
