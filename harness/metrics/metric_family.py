"""Metric families: metrics that are computed from the same sums."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from harness.metrics.metric_facts import MetricFacts, Need
from harness.metrics.tally import Tally


@dataclass(frozen=True)
class MetricFamily:
    """Metrics that are computed from the same sums.

    Attributes:
        facts: the facts of each metric.
        count: samples (`harness.measurement.samples_in_rows.SamplesInRows`) → tallies ``[R, …]`` whose metrics
            have these facts. It is only called if the `needs` of all of them are met. A run may be counted in
            parts whose sums are added: the number of tallies and their shapes may therefore only depend on what is
            fixed for the whole run, the samples' ``options`` and the label mapping.
    """

    facts: tuple[MetricFacts, ...]
    count: Callable[[Any], Iterable[Tally]]

    @property
    def needs(self) -> frozenset[Need]:
        """What the metrics require."""
        return frozenset(need for facts in self.facts for need in facts.needs)
