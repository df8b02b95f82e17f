"""How likely differences between groups are by chance, within their comparison and over the whole report.

Shapes: K contrasts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from harness.arrays import Floats
from harness.measurement.groups.group_comparison import GroupComparison
from harness.measurement.groups.simultaneous_bounds import p_values
from harness.statistics.multiplicity import corrected


@dataclass(frozen=True)
class GapTests:
    """The p-values of the differences of one comparison.

    Attributes:
        p: ``[K]``, of no difference, corrected for all differences between groups, or all of a group and the rest,
            of one metric on one axis.
        p_corrected: ``[K]``, the same, corrected for all metrics and axes of the report.
        num_tests: how many tests the report makes.
    """

    p: Floats
    p_corrected: Floats
    num_tests: int


def gap_tests(comparisons: Sequence[GroupComparison]) -> list[GapTests | None]:
    """The tests of every comparison of a report; None where fewer than two groups could be compared."""
    made = [index for index, compared in enumerate(comparisons) if compared.found is not None]
    p = [p_values(comparisons[index]) for index in made]
    drawn = [each for index, p_K in zip(made, p, strict=True) for each in _families(comparisons[index], p_K)]
    over_report = corrected(p, [largest_B for largest_B, _ in drawn], [least for _, least in drawn])
    tests: list[GapTests | None] = [None] * len(comparisons)
    for place, index in enumerate(made):
        tests[index] = GapTests(p[place], over_report[place], len(drawn))
    return tests


def _families(compared: GroupComparison, p_K: Floats) -> Iterator[tuple[Floats, float]]:
    """Of each family of the comparison the largest deviates of all draws, and the smallest p-value."""
    found = compared.found
    assert found is not None
    for family, largest_B in enumerate(found.largest):
        yield largest_B, float(np.fmin.reduce(p_K[found.family == family]))
