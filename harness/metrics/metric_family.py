"""Metrics that are counted together: what they declare, and how their tallies are counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from harness.metrics.metric_facts import MetricFacts, Need
from harness.metrics.tally import Tally


@dataclass(frozen=True)
class MetricFamily:
    """Metrics that follow from the same sums.

    Attributes:
        facts: what each of them declares.
        count: samples (`harness.measurement.samples_in_rows.SamplesInRows`) → tallies ``[R, …]`` whose metrics
            carry these facts. It is only called where the `needs` of all of them are met. Sums add up over samples
            and a run may be counted in parts: how many tallies there are, and of what shape, must follow from what
            is fixed over the whole run alone, the samples' ``options`` and the labels' mapping.
    """

    facts: tuple[MetricFacts, ...]
    count: Callable[[Any], Iterable[Tally]]

    @property
    def needs(self) -> frozenset[Need]:
        """What it cannot be counted without."""
        return frozenset(need for facts in self.facts for need in facts.needs)
