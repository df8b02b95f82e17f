"""The area under a degradation curve: a metric over the severities of one family, clean media at severity 0.

The trapezoids from 0 to the highest severity are divided by it, so the area is a mean of the metric and equals its
value on clean media if no severity changes anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.arrays import Floats
from harness.measurement.conditions.paired_counts import PairedCounts
from harness.metrics.outcomes import is_of_outcomes
from harness.tables.condition_names import family_and_severity


@dataclass(frozen=True)
class SeveritySeries:
    """One model under several severities of one family.

    Attributes:
        family: its name.
        severities: ascending, above 0.
        pairs: one for each.
    """

    family: str
    severities: tuple[float, ...]
    pairs: tuple[PairedCounts, ...]

    @property
    def same_samples(self) -> bool:
        """Whether every severity could change as many samples of every subject and group."""
        return all(np.array_equal(_num_samples(pair), _num_samples(self.pairs[0])) for pair in self.pairs[1:])

    def weights(self) -> Floats:
        """The weight of clean media and of each severity in the area; the sum is 1."""
        at = np.array([0.0, *self.severities])
        wide = np.diff(at)
        weights: Floats = (np.append(wide, 0.0) + np.insert(wide, 0, 0.0)) / 2 / at[-1]
        return weights


def severity_series(pairs: Sequence[PairedCounts]) -> list[SeveritySeries]:
    """The families of which there are at least two severities, in the order of their names.

    Args:
        pairs: of one model.
    """
    found: dict[str, dict[float, PairedCounts]] = {}
    for pair in pairs:
        family, severity = family_and_severity(pair.condition)
        if severity is not None and severity > 0:
            found.setdefault(family, {})[severity] = pair
    return [_series(family, found[family]) for family in sorted(found) if len(found[family]) > 1]


def _series(family: str, by_severity: Mapping[float, PairedCounts]) -> SeveritySeries:
    severities = tuple(sorted(by_severity))
    return SeveritySeries(family, severities, tuple(by_severity[severity] for severity in severities))


def _num_samples(pair: PairedCounts) -> Floats:
    (outcomes,) = (tally for tally in pair.changed.tallies if is_of_outcomes(tally))
    return outcomes.metrics[0].num_samples(outcomes.sums)
