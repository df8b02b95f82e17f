"""Tallies: additive statistics, of which every metric is a function.

Shapes: R rows, N samples, F the axes of one row's statistics, B resamples. A row is a subject, or a subject within
one combination of groups, so one pass over the samples serves the whole and every group.

A row's statistics are sums over its samples, so those of two sets of samples merge by addition, a resample of
subjects is a weighted sum, and leaving a subject out is a subtraction. A metric maps summed statistics
``[..., *F]`` to values ``[...]``; leading axes are resamples. It is NaN where it is undefined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints
from harness.metrics.metric_facts import Direction, MetricFacts

FIXED_POINT = 2.0**36


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric as a function of summed statistics.

    Attributes:
        facts: what is declared about it, independent of the data.
        value: sums ``[..., *F]`` → values ``[...]``; NaN if undefined.
        num_samples: sums → the number of samples behind the value.
        num_unscored: sums → the samples without a score, whether they count as wrong or are excluded.
        chance: sums → the chance level ``[...]``, such as that of always giving the best constant answer; None if
            there is none.
        gradient: sums ``[..., *F]`` → the derivative of the value with respect to each, same shape; None for
            numerical differences, which are slow for many statistics.
        part: its class, dimension or reason; None if there is only one metric.
        highest: the highest possible value, if it depends on the data; by default that of the facts.
    """

    facts: MetricFacts
    value: Callable[[Floats], Floats]
    num_samples: Callable[[Floats], Floats]
    num_unscored: Callable[[Floats], Floats]
    chance: Callable[[Floats], Floats] | None = None
    gradient: Callable[[Floats], Floats] | None = None
    part: str | None = None
    highest: float | None = None

    @property
    def name(self) -> str:
        """Its name in the results: ``uar``, ``recall:anger``."""
        return self.facts.base if self.part is None else f"{self.facts.base}:{self.part}"

    @property
    def low(self) -> float:
        """The lowest possible value."""
        return self.facts.low

    @property
    def high(self) -> float:
        """The highest possible value; infinity if there is none."""
        return self.facts.high if self.highest is None else self.highest

    @property
    def better(self) -> Direction | None:
        """Which direction is better, or ``zero`` for a signed error; None if neither is."""
        return self.facts.better


@dataclass(frozen=True)
class Component:
    """One of several values that a function computes together, such as the recall of one class among all.

    `Evaluated` calls `function` only once when several components are needed.

    Attributes:
        function: sums ``[..., *F]`` → values ``[..., M]``.
        index: which of the M.
    """

    function: Callable[[Floats], Floats]
    index: int

    def __call__(self, sums_F: Floats) -> Floats:
        """The one value ``[...]``."""
        return self.function(sums_F)[..., self.index]


class Evaluated:
    """Evaluates functions of the same sums, each only once.

    Args:
        sums_F: statistics ``[..., *F]``.
    """

    def __init__(self, sums_F: Floats) -> None:
        self._sums = sums_F
        self._found: dict[Callable[[Floats], Floats], Floats] = {}

    def __call__(self, function: Callable[[Floats], Floats]) -> Floats:
        """The value of a function of the sums, or of a `Component`."""
        if isinstance(function, Component):
            return self._once(function.function)[..., function.index]
        return self._once(function)

    def _once(self, function: Callable[[Floats], Floats]) -> Floats:
        found = self._found.get(function)
        if found is None:
            found = self._found[function] = function(self._sums)
        return found


@dataclass(frozen=True)
class Tally:
    """Statistics ``[R, *F]``, and the metrics of their sum.

    Attributes:
        sums: one row per subject, or per subject within one combination of groups.
        metrics: functions of the sum over rows.
        complete: sums ``[R, *F]`` → the same with those columns recomputed that are functions of the others in a
            row, such as the square of a row's sum. They are additive over rows, but not over two parts of one row.
    """

    sums: Floats
    metrics: tuple[Metric, ...]
    complete: Callable[[Floats], Floats] | None = None

    def rows(self, chosen: Ints) -> Tally:
        """Some of the rows."""
        if len(chosen) == len(self.sums) and np.array_equal(chosen, np.arange(len(chosen))):
            return self
        return replace(self, sums=self.sums[chosen])

    def summed(self, row_R: Ints, num_rows: int) -> Tally:
        """Sum rows of different subjects: row r is added to row ``row_R[r]``, 0 … ``num_rows`` - 1."""
        shape, num = self.sums.shape[1:], int(np.prod(self.sums.shape[1:]))
        place_RF = row_R[:, None] * num + np.arange(num)
        sums: Floats = np.bincount(place_RF.ravel(), weights=self.sums.ravel(), minlength=num_rows * num).astype(
            np.float64, copy=False
        )
        return replace(self, sums=sums.reshape(num_rows, *shape))

    def joined(self, row_R: Ints, num_rows: int) -> Tally:
        """Join parts of subjects: as `summed`, for rows that are parts of the same subject."""
        return _completed(self.summed(row_R, num_rows))


def merge(first: Tally, second: Tally) -> Tally:
    """Merge the tallies of two sets of samples, row by row for the same subjects.

    Args:
        first: of one part of the samples; its metrics are those of the result.
        second: of another part, made with the same options and rows.

    Raises:
        ValueError: the two have different metrics or shapes.
    """
    names = [[metric.name for metric in tally.metrics] for tally in (first, second)]
    if names[0] != names[1] or first.sums.shape != second.sums.shape:
        raise ValueError(f"tallies of {names[0]} {first.sums.shape} and {names[1]} {second.sums.shape}")
    return _completed(replace(first, sums=first.sums + second.sums))


def _completed(tally: Tally) -> Tally:
    return tally if tally.complete is None else replace(tally, sums=tally.complete(tally.sums))


def sum_by_row(row_N: Ints, values_N: npt.NDArray[np.generic], num_rows: int) -> Floats:
    """Sum one value per sample into one per row ``[R]``.

    Values are rounded to multiples of 2⁻³⁶ (1.5e-11), so that sums up to 2¹⁷ are exact: the bytes do not depend on
    the order of the samples or on how they are split.
    """
    weights_N = values_N.astype(np.float64)
    if not np.issubdtype(values_N.dtype, np.integer) and values_N.dtype != np.bool_:
        weights_N = np.round(weights_N * FIXED_POINT) / FIXED_POINT
    sums_R: Floats = np.bincount(row_N, weights=weights_N, minlength=num_rows).astype(np.float64)
    return sums_R


def fraction_gradient(above_F: npt.ArrayLike, below_F: npt.ArrayLike) -> Callable[[Floats], Floats]:
    """The gradient of a metric that is the ratio of two weighted sums of the statistics.

    Args:
        above_F: the weight of each statistic in the numerator.
        below_F: the weight of each statistic in the denominator.
    """
    above, below = np.asarray(above_F, dtype=np.float64), np.asarray(below_F, dtype=np.float64)
    axes = tuple(range(-above.ndim, 0))

    def gradient(sums_F: Floats) -> Floats:
        denominator = (sums_F * below).sum(axes, keepdims=True)
        value = ratio((sums_F * above).sum(axes, keepdims=True), denominator)
        return np.nan_to_num(ratio(above - value * below, denominator))

    return gradient


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; NaN where the denominator is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: Floats = np.where(denominator != 0, numerator / denominator, np.nan)
    return quotient
