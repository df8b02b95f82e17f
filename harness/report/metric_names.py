"""How metrics are called where people read them, which way is better, and in which order they stand."""

from __future__ import annotations

from collections.abc import Sequence

from harness.known_metrics import facts_of
from harness.metrics.metric_facts import Direction, Shown


def metric_name(metric: str) -> tuple[str, str]:
    """A metric's name and meaning: ``ccc:valence`` is "CCC, valence". One that is not known keeps its own."""
    detail = metric.partition(":")[2]
    facts = facts_of(metric)
    return (f"{facts.title}, {detail.replace('_', ' ')}" if detail else facts.title), facts.meaning


def better(metric: str) -> Direction:
    """Which way a metric of the results is better; ``zero`` for signed errors.

    Where neither is, as for the coverage of conformal sets, or nothing is known, more counts as better.
    """
    return facts_of(metric).better or "higher"


def in_display_order(metrics: Sequence[str]) -> list[str]:
    """Metrics in the order in which they are shown; those of one place as they come."""
    return sorted(metrics, key=lambda metric: facts_of(metric).order)


def shown_in(metrics: Sequence[str], least: Shown) -> list[str]:
    """Those of the metrics that are shown in a place, in their order."""
    return in_display_order([metric for metric in metrics if facts_of(metric).shown >= least])
