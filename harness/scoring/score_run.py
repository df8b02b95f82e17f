"""Measure a run's stored tables, check the test itself, and write results, curves and report.

A pure function of the folder: the same tables and plan give the same bytes, whoever computes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.attributes.origins import origins
from harness.cards.facts import DatasetCard, ModelCard
from harness.checks.run_checks import Evidence, run_checks
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.measurement.curves import training_curves
from harness.measurement.measure import Measured, measure_run
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.streaming.measure_files import is_large
from harness.report.run_page import Report, render
from harness.scoring.outputs import write_outputs
from harness.scoring.score_large import measure_large
from harness.scoring.stored_plan import extensions, measure_settings, require_whole, unmeasurable
from harness.tables.curves import curves_table
from harness.tables.folds import Fold
from harness.tables.predictions import validate_predictions
from harness.tables.probe_tables import validate_media, validate_probes
from harness.tables.results import Result, results_table
from harness.tables.samples import validate_samples
from harness.tables.versions import read_table

Folds = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Scored:
    """A run that was measured.

    Attributes:
        results: the results table.
        curves: the curves table.
        steps: by which plan and tables of an earlier version were read, such as ``plan 1→2``.
    """

    results: pa.Table
    curves: pa.Table
    steps: tuple[str, ...]


def score(folder: RunFolder, into: Path | None = None) -> Scored:
    """Measure from the stored tables, without model or data, and write results, curves and report.

    Args:
        folder: holds the plan, the samples and the predictions.
        into: where to write; the folder itself if not given.

    Raises:
        HarnessError: a table is missing or does not fit the plan; a newer harness wrote it.
    """
    stored = folder.read_plan()
    plan = stored.plan
    settings, model_cards = _understood(plan, folder / "plan.yaml")
    dataset = plan["dataset"]["name"]
    tables, folds = _StoredTables(folder), _folds(folder / "folds.json")
    if is_large(folder / "predictions.parquet"):
        measured, findings = measure_large(folder, dataset, settings)
    else:
        outside = extensions(plan, "checks", folder / "plan.yaml")
        measured, findings = _measured(tables, folds, dataset, settings, model_cards, outside)
    results = pa.concat_tables([measured.results, results_table(findings)])
    curves = curves_table([*measured.curves, *training_curves(dataset, folds)])
    page = render(Report(plan=plan, plan_sha256=stored.sha256, results=results, curves=curves))
    write_outputs(results, curves, page, into or folder.path)
    return Scored(results, curves, (*stored.steps, *tables.steps))


@dataclass
class _StoredTables:
    """The tables of a run, and the steps by which those were read that have been so far."""

    folder: RunFolder
    steps: list[str] = field(default_factory=list)

    def read(self, name: str) -> pa.Table:
        """A table that every run has."""
        read = read_table(self.folder / f"{name}.parquet", name)
        self.steps += read.steps
        return read.table

    def read_if_there(
        self, name: str, validate: Callable[[pa.Table, pa.Table], pa.Table], samples: pa.Table
    ) -> pa.Table | None:
        """A table that a run has only where its system reads media."""
        return validate(self.read(name), samples) if (self.folder / f"{name}.parquet").is_file() else None


def _measured(
    tables: _StoredTables,
    folds: Folds,
    dataset: str,
    settings: MeasureSettings,
    model_cards: Sequence[ModelCard],
    outside: Sequence[str],
) -> tuple[Measured, list[Result]]:
    """Measure tables that are held in memory, and check the test itself."""
    samples = validate_samples(tables.read("samples"), rows_independent=True)
    predictions = validate_predictions(tables.read("predictions"), samples)
    measured = measure_run(samples, predictions, dataset=dataset, settings=settings)
    if measured.system is None:
        raise HarnessError(f"{tables.folder / 'predictions.parquet'} holds no predictions of {settings.system}.")
    evidence = Evidence(
        samples=samples,
        predictions=predictions,
        aligned=measured.system,
        model_cards=model_cards,
        folds=folds,
        media=tables.read_if_there("media", validate_media, samples),
        probes=tables.read_if_there("probes", validate_probes, samples),
    )
    findings = run_checks(
        evidence,
        dataset=dataset,
        model=str(settings.system),
        grouping=settings.grouping,
        seed=settings.seed,
        level=settings.level,
        min_subjects=settings.min_subjects,
        outside=outside,
    )
    return measured, findings


def _understood(plan: dict[str, Any], path: Path) -> tuple[MeasureSettings, list[ModelCard]]:
    """What measuring needs of a plan, which may come from elsewhere: its bounds hold here as for a config."""
    require_whole(plan, path)
    settings = measure_settings(plan, path)
    try:
        _ = origins(plan["attributes"]), DatasetCard.model_validate(plan["cards"]["dataset"])
        models = (plan["model"], *plan["baselines"])
        cards = [ModelCard.model_validate(card) for _, card in zip(models, plan["cards"]["models"], strict=True)]
        return settings, cards
    except (KeyError, TypeError, ValueError) as error:
        raise unmeasurable(path, error) from None


def _folds(path: Path) -> Folds:
    try:
        folds: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {model: [asdict(Fold(**fold)) for fold in of_model] for model, of_model in folds.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        raise HarnessError(f"{path}: not the folds of a run.") from None
