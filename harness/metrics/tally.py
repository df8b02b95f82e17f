"""Additive statistics: what every metric is a function of.

Shapes: R rows, N samples, F the axes of one row's statistics, B resamples. A row is a subject, or a subject within
one combination of groups: so one pass over the samples serves the whole and every group.

A row's statistics are sums over its samples, so those of two sets of samples merge by addition, a resample of
subjects is a weighted sum, and leaving a subject out is a subtraction. A metric maps summed statistics
``[..., *F]`` to values ``[...]``; leading axes are resamples. It is NaN where it is undefined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
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
        facts: what is true of it whatever the data.
        value: sums ``[..., *F]`` → values ``[...]``; NaN where undefined.
        num_samples: sums → the number of samples that the value rests on.
        num_unscored: sums → the samples without a score, whether they count as wrong or are left out.
        chance: sums → the value ``[...]`` that is reached without looking at the sample, such as by always giving
            the best constant answer; None where there is no such value.
        gradient: sums ``[..., *F]`` → the derivative of the value by each of them, same shape; None where it is
            taken by differences, which is slow for many statistics.
        part: the class, dimension or reason that it is of; None where there is just one of it.
        highest: the greatest value that it can take, where the data decide it; by default that of the facts.
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
        """The least value that it can take."""
        return self.facts.low

    @property
    def high(self) -> float:
        """The greatest; infinity where there is none."""
        return self.facts.high if self.highest is None else self.highest

    @property
    def better(self) -> Direction | None:
        """Which way is better, or ``zero`` for a signed error; None where neither is."""
        return self.facts.better


@dataclass(frozen=True)
class Component:
    """One of the values that a function gives together, such as the recall of one class among those of all.

    Who needs several of them calls `function` once: see `Functions`.

    Attributes:
        function: sums ``[..., *F]`` → values ``[..., M]``.
        index: which of the M.
    """

    function: Callable[[Floats], Floats]
    index: int

    def __call__(self, sums_F: Floats) -> Floats:
        """The one value ``[...]``."""
        return self.function(sums_F)[..., self.index]


class Functions:
    """Several functions of the same sums, where one that gives several of the values is called once.

    Args:
        functions: M of them, sums ``[..., *F]`` → values ``[...]``; `Component` among them.
    """

    def __init__(self, functions: Iterable[Callable[[Floats], Floats]]) -> None:
        self._places: dict[Callable[[Floats], Floats], list[int]] = {}
        self._components: dict[Callable[[Floats], Floats], list[int]] = {}
        self._num = 0
        for function in functions:
            called = function.function if isinstance(function, Component) else function
            self._places.setdefault(called, []).append(self._num)
            if isinstance(function, Component):
                self._components.setdefault(called, []).append(function.index)
            self._num += 1

    def __call__(self, sums_F: Floats, num_axes: int) -> Floats:
        """The values ``[M, ...]``.

        Args:
            sums_F: statistics ``[..., *F]``.
            num_axes: how many axes F has.
        """
        values_M = np.empty((self._num, *sums_F.shape[: sums_F.ndim - num_axes]))
        for function, places in self._places.items():
            found = function(sums_F)
            components = self._components.get(function)
            values_M[places] = found if components is None else np.moveaxis(found, -1, 0)[components]
        return values_M


@dataclass(frozen=True)
class Tally:
    """Statistics ``[R, *F]``, and the metrics of their sum.

    Attributes:
        sums: one row per subject, or per subject within one combination of groups.
        metrics: functions of rows added up.
        complete: sums ``[R, *F]`` → the same with those columns recomputed that follow from the others row by row,
            such as the square of a row's sum. They add up over rows, but not over two parts of one row.
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
        """Rows of different subjects added up: row r goes into ``row_R[r]``, 0 … ``num_rows`` - 1."""
        order_R = np.argsort(row_R, kind="stable")
        starts = np.flatnonzero(np.diff(row_R[order_R], prepend=-1))
        sums = np.zeros((num_rows, *self.sums.shape[1:]))
        if len(starts):
            sums[row_R[order_R[starts]]] = np.add.reduceat(self.sums[order_R], starts, axis=0)
        return replace(self, sums=sums)

    def joined(self, row_R: Ints, num_rows: int) -> Tally:
        """Parts of subjects joined: as `summed`, where the rows that meet are parts of one subject."""
        return _completed(self.summed(row_R, num_rows))


def merge(first: Tally, second: Tally) -> Tally:
    """The statistics of two sets of samples as if they were one: row by row of the same subjects.

    Args:
        first: of one part of the samples; its metrics are those of the whole.
        second: of another part, counted with the same options into the same rows.

    Raises:
        ValueError: the two do not measure the same.
    """
    names = [[metric.name for metric in tally.metrics] for tally in (first, second)]
    if names[0] != names[1] or first.sums.shape != second.sums.shape:
        raise ValueError(f"tallies of {names[0]} {first.sums.shape} and {names[1]} {second.sums.shape}")
    return _completed(replace(first, sums=first.sums + second.sums))


def _completed(tally: Tally) -> Tally:
    return tally if tally.complete is None else replace(tally, sums=tally.complete(tally.sums))


def sum_by_row(row_N: Ints, values_N: npt.NDArray[np.generic], num_rows: int) -> Floats:
    """Sum one value per sample into one per row ``[R]``.

    Values are rounded to multiples of 2⁻³⁶ (1.5e-11), so that sums up to 2¹⁷ are exact: the same bytes in whatever
    order the samples stand and in whatever parts they are counted.
    """
    weights_N = values_N.astype(np.float64)
    if not np.issubdtype(values_N.dtype, np.integer) and values_N.dtype != np.bool_:
        weights_N = np.round(weights_N * FIXED_POINT) / FIXED_POINT
    sums_R: Floats = np.bincount(row_N, weights=weights_N, minlength=num_rows).astype(np.float64)
    return sums_R


class FractionGradient:
    """The gradient of a metric that is one weighted sum of the statistics over another.

    Such a metric follows from its two sums alone, see `above_and_below`.

    Args:
        above_F: the weight of each statistic above the line.
        below_F: below it.
    """

    def __init__(self, above_F: npt.ArrayLike, below_F: npt.ArrayLike) -> None:
        self._above_F, self._below_F = (np.asarray(weights, dtype=np.float64) for weights in (above_F, below_F))
        self._axes = tuple(range(-self._above_F.ndim, 0))

    def __call__(self, sums_F: Floats) -> Floats:
        """The derivative by each statistic, ``[..., *F]`` as the sums."""
        above, below = (
            (sums_F * weights).sum(self._axes, keepdims=True) for weights in (self._above_F, self._below_F)
        )
        value = ratio(above, below)
        return np.nan_to_num(ratio(self._above_F - value * self._below_F, below))

    def above_and_below(self, sums_F: Floats) -> Floats:
        """The two sums ``[..., 2]`` of which the metric is the ratio."""
        return np.stack(
            [(sums_F * weights).sum(self._axes) for weights in (self._above_F, self._below_F)], axis=-1
        )


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; NaN where the denominator is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: Floats = np.where(denominator != 0, numerator / denominator, np.nan)
    return quotient
