"""Measure a run's stored tables, check the test itself, and write results and report.

A pure function of the folder: the same tables and plan give the same bytes, whoever computes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.attributes.facts import origins
from harness.cards.facts import DatasetCard, ModelCard
from harness.checks.run_checks import Evidence, run_checks
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.files import canonical_hash
from harness.measurement.measure import measure
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.streaming.measure_files import is_large
from harness.report import run_page as report
from harness.scoring.outputs import write_outputs
from harness.scoring.score_large import score_large
from harness.scoring.stored_plan import extensions, measure_settings, require_whole, unmeasurable
from harness.tables.folds import Fold
from harness.tables.parquet_files import read_parquet
from harness.tables.predictions import validate_predictions
from harness.tables.probe_tables import validate_media, validate_probes
from harness.tables.results import results_table
from harness.tables.samples import validate_samples


def score(folder: RunFolder, into: Path | None = None) -> pa.Table:
    """Measure from the stored tables, without model or data, and write results and report.

    Args:
        folder: holds the plan, the samples and the predictions.
        into: where to write; the folder itself if not given.

    Raises:
        HarnessError: a table is missing or does not fit the plan.
    """
    plan = folder.read_plan()
    settings, dataset_card, model_cards = _understood(plan, folder / "plan.yaml")
    target = into or folder.path
    if is_large(folder / "predictions.parquet"):
        return score_large(folder, plan, settings, target)
    samples = read_parquet(folder / "samples.parquet")
    predictions = read_parquet(folder / "predictions.parquet")
    samples = validate_samples(samples, rows_independent=True)
    predictions = validate_predictions(predictions, samples)
    results = measure(samples, predictions, dataset=plan["dataset"]["name"], settings=settings)
    folds = _folds(folder / "folds.json")
    findings = run_checks(
        Evidence(
            samples=samples,
            predictions=predictions,
            model_cards=model_cards,
            folds=folds,
            media=_if_there(folder / "media.parquet", validate_media, samples),
            probes=_if_there(folder / "probes.parquet", validate_probes, samples),
        ),
        dataset=plan["dataset"]["name"],
        model=plan["model"]["name"],
        merge=settings.merge,
        grouping=settings.grouping,
        seed=settings.seed,
        level=settings.level,
        min_subjects=settings.min_subjects,
        outside=extensions(plan, "checks", folder / "plan.yaml"),
    )
    results = pa.concat_tables([results, results_table(findings)])
    page = report.render(
        report.Report(
            plan=plan,
            plan_sha256=canonical_hash(plan),
            dataset_card=dataset_card,
            model_cards=model_cards,
            samples=samples,
            predictions=predictions,
            results=results,
            folds=folds,
        )
    )
    write_outputs(results, page, target)
    return results


def _understood(plan: dict[str, Any], path: Path) -> tuple[MeasureSettings, DatasetCard, list[ModelCard]]:
    """What measuring needs of a plan, which may come from elsewhere: its bounds hold here as for a config."""
    require_whole(plan, path)
    settings = measure_settings(plan, path)
    try:
        _ = origins(plan["attributes"])
        dataset_card = DatasetCard.model_validate(plan["cards"]["dataset"])
        models = (plan["model"], *plan["baselines"])
        cards = [ModelCard.model_validate(card) for _, card in zip(models, plan["cards"]["models"], strict=True)]
        return settings, dataset_card, cards
    except (KeyError, TypeError, ValueError) as error:
        raise unmeasurable(path, error) from None


def _if_there(
    path: Path, validate: Callable[[pa.Table, pa.Table], pa.Table], samples: pa.Table
) -> pa.Table | None:
    """A table that a run has only where its system reads media."""
    return validate(read_parquet(path), samples) if path.is_file() else None


def _folds(path: Path) -> dict[str, Any]:
    try:
        folds: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return {model: [asdict(Fold(**fold)) for fold in of_model] for model, of_model in folds.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        raise HarnessError(f"{path}: not the folds of a run.") from None
