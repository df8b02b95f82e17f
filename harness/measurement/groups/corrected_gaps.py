"""How likely differences between groups are by chance, within their comparison and over the whole report.

Shapes: K contrasts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.arrays import Floats
from harness.measurement.groups.group_comparison import GroupComparison
from harness.measurement.groups.simultaneous_bounds import p_values, simultaneous_bounds
from harness.measurement.measure_settings import MeasureSettings
from harness.statistics.multiplicity import corrected


@dataclass(frozen=True)
class GapTests:
    """The p-values of the differences of one comparison.

    Attributes:
        p: ``[K]``, of no difference, corrected for all differences between groups, or all of a group and the rest,
            of one metric on one axis.
        p_corrected: ``[K]``, the same, corrected for all metrics and axes of the report.
        beyond: ``[K]``, of no difference beyond the tolerance, corrected for the report; 1 where the interval does
            not lie outside the tolerance.
        num_tests: how many tests the report makes.
    """

    p: Floats
    p_corrected: Floats
    beyond: Floats
    num_tests: int


def gap_tests(comparisons: Sequence[GroupComparison], settings: MeasureSettings) -> list[GapTests | None]:
    """The tests of every comparison of a report; None where fewer than two groups could be compared."""
    made = [index for index, compared in enumerate(comparisons) if compared.found is not None]
    p = [p_values(comparisons[index]) for index in made]
    beyond = [_beyond(comparisons[index], settings) for index in made]
    largest = [largest_B for index in made for largest_B in _largest(comparisons[index])]
    over_report = corrected([*p, *beyond], largest)
    tests: list[GapTests | None] = [None] * len(comparisons)
    for place, index in enumerate(made):
        tests[index] = GapTests(p[place], over_report[place], over_report[len(made) + place], len(largest))
    return tests


def _largest(compared: GroupComparison) -> Sequence[Floats]:
    """The largest deviate in every draw, for each family of the comparison."""
    assert compared.found is not None
    return list(compared.found.largest)


def _beyond(compared: GroupComparison, settings: MeasureSettings) -> Floats:
    """The p-values ``[K]`` of the differences whose interval lies outside the tolerance; 1 for the others."""
    tolerance = settings.tolerated(compared.metric.name)
    lo_K, hi_K = simultaneous_bounds(compared, settings.level)
    outside_K = (lo_K > tolerance) | (hi_K < -tolerance)
    return np.where(outside_K, p_values(compared, tolerance), 1.0) if outside_K.any() else np.ones(len(lo_K))
