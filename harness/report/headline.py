"""The figures at the top of the report and the plots under its headline table, each with its chance level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.known_metrics import facts_of
from harness.metrics.metric_facts import Shown
from harness.report import sections


@dataclass(frozen=True)
class Lead:
    """A figure at the top with its chance level on the same samples, if there is one."""

    claimed: sections.HeadlineMetric
    chance: float | None


NUM_LEAD, NUM_LEAD_TWO_CLASSES = 2, 3
"""How many performance figures are at the top, before coverage; one more with two classes."""


def lead(headline: Sequence[sections.HeadlineMetric]) -> list[Lead]:
    """The figures at the top: performance metrics with their chance levels, then coverage."""
    leading = [claimed for claimed in headline if facts_of(claimed.metric).lead is not None]
    leading.sort(key=lambda claimed: facts_of(claimed.metric).lead or 0)
    how_well = [claimed for claimed in leading if facts_of(claimed.metric).chance]
    two_classes = any("two_classes" in facts_of(claimed.metric).needs for claimed in how_well)
    shown = how_well[: NUM_LEAD_TWO_CLASSES if two_classes else NUM_LEAD]
    shown += [claimed for claimed in leading if claimed not in how_well]
    return [Lead(claimed, _chance(claimed)) for claimed in shown]


def plots(headline: Sequence[sections.HeadlineMetric]) -> list[dict[str, Any]]:
    """The metrics that are plotted for all models, with the range and ticks of their axes and chance levels."""
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
                    "chance": _chance(claimed),
                }
            )
    return found


def _chance(claimed: sections.HeadlineMetric) -> float | None:
    """The chance level on the system's samples; None if there is none."""
    row = claimed.cells[0]
    return row["chance"] if row else None
