"""The headline metrics of a system over all samples under each condition, clean first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.group import EVERYBODY
from harness.known_metrics import facts_of
from harness.report.levels_table import Results
from harness.report.metric_names import metric_name
from harness.tables.results import select
from harness.tables.schemas import CLEAN


@dataclass(frozen=True)
class ConditionLevels:
    """One system under every condition that it was tested under.

    Attributes:
        metrics: their titles.
        rows: condition → its row of the results for each metric, None if there is none.
    """

    metrics: tuple[str, ...]
    rows: dict[str, tuple[dict[str, Any] | None, ...]]


def condition_levels(results: pa.Table, system: str) -> ConditionLevels | None:
    """The levels under all conditions; None if `clean` is the only one."""
    own = results.filter(pc.equal(results["model"], system))
    measured = select(own, condition=None, statistic="level")
    others = sorted(set(measured["condition"].unique().to_pylist()) - {CLEAN})
    if not others:
        return None
    levels = {condition: Results(own, system, condition) for condition in (CLEAN, *others)}
    found = levels[CLEAN].metrics(system)
    metrics = [metric for metric in found if facts_of(metric).lead is not None]
    return ConditionLevels(
        metrics=tuple(metric_name(metric)[0] for metric in metrics),
        rows={
            condition: tuple(of.row(system, metric, group=EVERYBODY) for metric in metrics)
            for condition, of in levels.items()
        },
    )
