"""Tallies: additive statistics, of which every metric is a function.

Shapes: R rows, N samples, F the axes of one row's statistics, B resamples. A row is a subject, or a subject within
one combination of groups, so one pass over the samples serves the whole and every group.

A row's statistics are sums over its samples, so those of two sets of samples merge by addition, a resample of
subjects is a weighted sum, and leaving a subject out is a subtraction. A metric maps summed statistics
``[..., *F]`` to values ``[...]``; leading axes are resamples. It is NaN where it is undefined.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints, are_all
from harness.metrics.metric_facts import Direction, MetricFacts
from harness.metrics.strata import Strata

FIXED_POINT = 2.0**36

BLOCK_ROWS = 256
"""Rows that are brought into order at a time: few enough for the processor's cache."""

BLOCK_CELLS = 131_072
"""Statistics of which metrics are evaluated at a time: one megabyte."""


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
        num_in_least: sums → the samples of the smallest class that occurs, of a mean over classes; else None.
        highest: the highest possible value, if it depends on the data; by default that of the facts.
        strata: the strata over which it is standardised, so that groups are compared over those that both have;
            None if it is not.
    """

    facts: MetricFacts
    value: Callable[[Floats], Floats]
    num_samples: Callable[[Floats], Floats]
    num_unscored: Callable[[Floats], Floats]
    chance: Callable[[Floats], Floats] | None = None
    gradient: Callable[[Floats], Floats] | None = None
    part: str | None = None
    num_in_least: Callable[[Floats], Floats] | None = None
    highest: float | None = None
    strata: Strata | None = None

    @cached_property
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

    `Functions` calls `function` only once if several components are needed.

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
    """Several functions of the same sums; a function that computes several of them is called only once.

    Args:
        functions: M functions, sums ``[..., *F]`` → values ``[...]``; some may be a `Component`.
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

    def __call__(self, sums_F: Floats, num_axes: int, out: Floats | None = None) -> Floats:
        """The values ``[M, ...]``.

        Args:
            sums_F: statistics ``[..., *F]``.
            num_axes: how many axes F has.
            out: filled with the values and returned; by default a new array.
        """
        values_M = np.empty((self._num, *sums_F.shape[: sums_F.ndim - num_axes])) if out is None else out
        for function, places in self._places.items():
            found = function(sums_F)
            components = self._components.get(function)
            values_M[places] = found if components is None else np.moveaxis(found, -1, 0)[components]
        return values_M

    def of_rows(self, sums_RF: Floats) -> Floats:
        """The values ``[M, R]`` in every row of the statistics."""
        values_MR = np.empty((self._num, len(sums_RF)))
        for block in row_blocks(len(sums_RF), math.prod(sums_RF.shape[1:])):
            self(sums_RF[block], sums_RF.ndim - 1, out=values_MR[:, block])
        return values_MR


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
        return self if are_all(chosen, len(self.sums)) else replace(self, sums=self.sums[chosen])

    def summed(self, row_R: Ints, num_rows: int) -> Tally:
        """Sum rows of different subjects: row r is added to row ``row_R[r]``, 0 … ``num_rows`` - 1."""
        order_R = np.argsort(row_R, kind="stable")
        starts = np.flatnonzero(np.diff(row_R[order_R], prepend=-1))
        sums = np.zeros((num_rows, *self.sums.shape[1:]))
        for first, last in _blocks(starts, len(order_R)):
            order_r, starts_r = order_R[first:last], starts[(starts >= first) & (starts < last)] - first
            sums[row_R[order_r[starts_r]]] = np.add.reduceat(self.sums[order_r], starts_r, axis=0)
        return replace(self, sums=sums)

    def joined(self, row_R: Ints, num_rows: int) -> Tally:
        """Join parts of subjects: as `summed`, for rows that are parts of the same subject."""
        return _completed(self.summed(row_R, num_rows))


def _blocks(starts: Ints, num_rows: int) -> Iterator[tuple[int, int]]:
    """Where blocks of about `BLOCK_ROWS` rows, of whole sums, begin and end; each is copied at a time."""
    bounds = np.append(starts, num_rows)
    _, index = np.unique(bounds // BLOCK_ROWS, return_index=True)
    return pairwise([*dict.fromkeys([0, *bounds[index].tolist(), num_rows])])


def row_blocks(num_rows: int, num_statistics: int) -> Iterator[slice]:
    """Rows of so many statistics each that fit into the processor's cache together; at least one block."""
    size = max(1, BLOCK_CELLS // max(num_statistics, 1))
    return (slice(start, start + size) for start in range(0, max(num_rows, 1), size))


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
        weights_N *= FIXED_POINT
        np.rint(weights_N, out=weights_N)
        weights_N /= FIXED_POINT
    sums_R: Floats = np.bincount(row_N, weights=weights_N, minlength=num_rows).astype(np.float64)
    return sums_R


class FractionGradient:
    """The gradient of a metric that is the ratio of two weighted sums of the statistics.

    Such a metric can be computed from these two sums alone, see `above_and_below`.

    Args:
        above_F: the weight of each statistic in the numerator.
        below_F: the weight of each statistic in the denominator.
    """

    def __init__(self, above_F: npt.ArrayLike, below_F: npt.ArrayLike) -> None:
        self._above_F, self._below_F = (np.asarray(weights, dtype=np.float64) for weights in (above_F, below_F))
        self._axes = tuple(range(-self._above_F.ndim, 0))

    def __call__(self, sums_F: Floats) -> Floats:
        """The derivative with respect to each statistic, in the shape of the sums ``[..., *F]``."""
        above, below = (
            (sums_F * weights).sum(self._axes, keepdims=True) for weights in (self._above_F, self._below_F)
        )
        value = ratio(above, below)
        return or_zero(ratio(self._above_F - value * self._below_F, below))

    def above_and_below(self, sums_F: Floats) -> Floats:
        """The numerator and the denominator of the metric, ``[..., 2]``."""
        return np.stack(
            [(sums_F * weights).sum(self._axes) for weights in (self._above_F, self._below_F)], axis=-1
        )


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; NaN where the denominator is zero."""
    undefined = denominator == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: Floats = np.divide(numerator, denominator)
    return np.where(undefined, np.nan, quotient) if undefined.any() else quotient


def or_zero(values: Floats) -> Floats:
    """Turn NaN into zero in place, such as in a gradient: there, what is undefined has no influence.

    ``numpy.nan_to_num`` does the same to infinities as well, in five times as many passes.
    """
    undefined = np.isnan(values)
    if undefined.any():
        values[undefined] = 0.0
    return values
