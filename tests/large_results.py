"""Results of everything at once: many classes, groups, axes and models, with the longest names there may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any

import pyarrow as pa
from judgements import judged

from harness.report.gap_tables import INDICES
from harness.report.run_page import Report
from harness.tables.curves import Curve, curves_table
from harness.tables.results import Result, results_table

SYSTEM, NUM_MODELS, NUM_AXES, NUM_GROUPS, NUM_CLASSES = "fer_mini_xception", 20, 14, 48, 60
MAX_BYTES = 2_000_000
"""That a page may have."""
METRICS = (
    *("accuracy", "accuracy_scored", "uar", "macro_f1", "coverage", "negative_assignment", "log_loss", "brier"),
    *("ece", "calibration_error_sq", "aurc", "conformal_coverage", "conformal_set_size", "valence_error"),
)
COMPARED = ("accuracy", "uar", "macro_f1", "coverage", "negative_assignment", "ece", "calibration_error_sq")
LONG = "<&\"'>" * 40
"""The longest name that a group may have, of characters that take up to six bytes in HTML."""


def _row(metric: str, **columns: Any) -> Result:
    counts = {"value": 0.5, "lo": 0.4, "hi": 0.6, "n_samples": 900, "n_subjects": 90, "n_unscored": 7}
    return Result(**{"dataset": "d", "model": SYSTEM, "metric": metric, "level": 0.95, **counts, **columns})


def _side(group: int, prefix: str = "group") -> dict[str, Any]:
    name = f"{group:02d}{LONG}"[:200]
    return {prefix: name, f"{prefix}_values": (name,)}


def _group(axis: int, group: int) -> dict[str, Any]:
    return {**_axis(axis), **_side(group)}


def _axis(axis: int) -> dict[str, Any]:
    name = f"axis {axis} {LONG}"
    return {"axis": name, "attributes": (name,)}


def _result_rows() -> Iterator[Result]:
    models = [SYSTEM, *(f"model {index} {LONG}" for index in range(NUM_MODELS - 1))]
    for model in models:
        yield from (_row(metric, model=model, chance=0.3) for metric in METRICS)
    for label in range(NUM_CLASSES):
        yield from (_row(f"{metric}:{label:03d}{LONG}") for metric in ("recall", "precision"))
    open_one = judged("inconclusive", f"equivalent, but not better than chance for {LONG}")
    for axis in range(NUM_AXES):
        for metric in COMPARED:
            yield from (_row(metric, **_group(axis, group), chance=0.3) for group in range(NUM_GROUPS))
            for index in INDICES:
                yield _row(
                    metric, statistic="index", index=index, null_mean=0.1, null_lo=0.0, null_hi=0.2, **_axis(axis)
                )
            for left, right in list(combinations(range(NUM_GROUPS), 2))[:60]:
                sides = {**_group(axis, left), **_side(right, "versus")}
                bounds = {"null_lo": -0.1, "null_hi": 0.1, "threshold": 0.05, "p_corrected": 0.3}
                yield _row(metric, statistic="difference", **sides, **bounds, judgement=open_one)


def _curve_rows() -> Iterator[Curve]:
    of_system = {"dataset": "d", "model": SYSTEM, "condition": "clean"}
    labels = [f"{label:03d}{LONG}" for label in range(NUM_CLASSES)]
    for truth in labels:
        yield Curve(**of_system, curve="label_shares", answer=truth, x=1 / NUM_CLASSES, y=1 / NUM_CLASSES)
        yield from (
            Curve(**of_system, curve="confusion", truth=truth, answer=answer, n_samples=9) for answer in labels
        )
    for axis in range(NUM_AXES):
        for group in range(NUM_GROUPS):
            yield from (
                Curve(
                    **of_system,
                    curve="reliability",
                    **_group(axis, group),
                    x=(part + 0.5) / 15,
                    x_lo=part / 15,
                    x_hi=(part + 1) / 15,
                    y=0.5,
                    n_samples=60,
                )
                for part in range(15)
            )
    for index in range(100):
        yield Curve(**of_system, curve="risk_coverage", x=(index + 1) / 100, y=index / 200)


def large_report(report: Report) -> Report:
    """The report of a study with these results in place of its own.

    Args:
        report: of any study.
    """
    results: pa.Table = results_table(list(_result_rows()))
    baseline, card = report.plan["baselines"][0], report.plan["cards"]["models"][1]
    names = [f"model {index} {LONG}" for index in range(NUM_MODELS - 1)]
    plan = {
        **report.plan,
        "baselines": [{**baseline, "name": name} for name in names],
        "cards": {
            **report.plan["cards"],
            "models": [report.plan["cards"]["models"][0], *([card] * len(names))],
        },
    }
    return replace(report, plan=plan, results=results, curves=curves_table(_curve_rows()))
