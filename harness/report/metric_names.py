"""Titles, directions and display order of metrics."""

from __future__ import annotations

from collections.abc import Sequence

from harness.known_metrics import facts_of
from harness.metrics.metric_facts import Direction, Shown


def metric_name(metric: str) -> tuple[str, str]:
    """A metric's title and meaning: ``ccc:valence`` is "CCC, valence". An unknown metric keeps its name."""
    detail = metric.partition(":")[2]
    facts = facts_of(metric)
    return (f"{facts.title}, {detail.replace('_', ' ')}" if detail else facts.title), facts.meaning


def compared_name(metric: str) -> str:
    """A metric's title in comparisons, whose differences are those of the roots where the metric is a square."""
    title = metric_name(metric)[0]
    return f"{title} (its root)" if facts_of(metric).squared else title


def better(metric: str) -> Direction:
    """Which direction is better for a metric; ``zero`` for signed errors.

    If neither is, as for the coverage of conformal sets, or the metric is unknown, higher counts as better.
    """
    return facts_of(metric).better or "higher"


def in_display_order(metrics: Sequence[str]) -> list[str]:
    """Metrics in the order in which they are shown."""
    return sorted(metrics, key=lambda metric: facts_of(metric).order)


def shown_in(metrics: Sequence[str], least: Shown) -> list[str]:
    """The metrics with at least a level of `Shown`, in display order."""
    return in_display_order([metric for metric in metrics if facts_of(metric).shown >= least])
