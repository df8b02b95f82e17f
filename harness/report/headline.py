"""The figures at the top of the report, and the plots under its headline table, beside chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.known_metrics import facts_of
from harness.metrics.metric_facts import Shown
from harness.report import sections
from harness.report.levels_table import Results
from harness.report.run_curves import Confusion


@dataclass(frozen=True)
class Lead:
    """A figure at the top, with what it is to be held against: the name and the value of chance."""

    claimed: sections.HeadlineMetric
    against: tuple[str, float] | None


NUM_LEAD, NUM_LEAD_TWO_CLASSES = 2, 3
"""The figures at the top that say how well, before the one that says on how much; one more with two classes."""


def lead(
    headline: Sequence[sections.HeadlineMetric], names: Sequence[str], matrix: Confusion | None
) -> list[Lead]:
    """The figures at the top: how well, how often right, on how much; each beside chance."""
    leading = [claimed for claimed in headline if facts_of(claimed.metric).lead is not None]
    leading.sort(key=lambda claimed: facts_of(claimed.metric).lead or 0)
    how_well = [claimed for claimed in leading if facts_of(claimed.metric).chance]
    two_classes = any("two_classes" in facts_of(claimed.metric).needs for claimed in how_well)
    shown = how_well[: NUM_LEAD_TWO_CLASSES if two_classes else NUM_LEAD]
    shown += [claimed for claimed in leading if claimed not in how_well]
    return [Lead(claimed, _against(claimed, names, matrix)) for claimed in shown]


def _against(
    claimed: sections.HeadlineMetric, names: Sequence[str], matrix: Confusion | None
) -> tuple[str, float] | None:
    """Chance where it is known; where it depends on the data, as for accuracy, the baseline that reaches it."""
    known, chance = chance_of(claimed.metric, matrix), facts_of(claimed.metric).chance
    if known is not None:
        return "chance", known
    baseline = chance.baseline if chance else None
    cells = dict(zip(names, claimed.cells, strict=True))
    row = cells.get(baseline) if baseline and names[0] != baseline else None
    return (f"{baseline} class", row["value"]) if row and row["value"] is not None else None


def chance_of(metric: str, matrix: Confusion | None) -> float | None:
    """What is reached without looking at the sample, where it follows from the number of classes."""
    facts = facts_of(metric)
    if facts.chance is None or facts.chance.of_classes is None:
        return None
    num_classes = len(matrix.classes) if matrix else 0
    return facts.chance.of_classes(num_classes) if num_classes or "labels" not in facts.needs else None


def plots(headline: Sequence[sections.HeadlineMetric], matrix: Confusion | None) -> list[dict[str, Any]]:
    """The metrics that are drawn for all models, each with the range and ticks of its axis and with chance."""
    found: list[dict[str, Any]] = []
    for claimed in headline:
        facts = facts_of(claimed.metric)
        if facts.shown >= Shown.HEADLINE and facts.chance is not None and facts.is_bounded:
            ticks = tuple(np.linspace(facts.low, facts.high, 5).tolist())
            found.append(
                {
                    "claimed": claimed,
                    "axis": (facts.low, facts.high),
                    "ticks": ticks,
                    "chance": chance_of(claimed.metric, matrix),
                }
            )
    return found


def chances(results: Results, matrix: Confusion | None) -> dict[str, float]:
    """Per metric what is reached without looking at the sample, where it is the same for every group."""
    found = {metric: chance_of(metric, matrix) for metric in results.metrics(results.system)}
    return {metric: chance for metric, chance in found.items() if chance is not None}
