"""A search over all combinations of attributes for groups that differ from everyone else.

Among hundreds of cells, some differ by chance. The threshold is therefore the 95 % quantile of the largest
statistic over all cells when people are randomly permuted over attributes: if groups do not differ, 95 % of
searches flag nothing (Westfall & Young 1993; studentised as in DiCiccio et al. 2020, arXiv:2007.05124).

A row of the input is one subject or, if an attribute varies within subjects, one subject within one combination of
attributes. Subjects are permuted with subjects that have the same number of rows, and rows within a subject;
attributes stay together. The rows of a subject may therefore be correlated.

Shapes: R rows, A attributes, C cells, V distinct combinations of attributes, b permutations in one chunk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from harness.arrays import Floats, Ints
from harness.metrics.tally import ratio
from harness.statistics.freedom import normal_deviate, student_t
from harness.statistics.resampling import affordable_draws, exact_sums
from harness.statistics.search_cells import Parts, SearchCells, enumerate_cells
from harness.statistics.threads import in_threads, one_thread

MAX_CHUNK_SUMS = 200_000
"""Sums at a time: few enough for the processor's cache."""

NUM_SUMS = 5
"""The sums per row: residual², residual · weight, weight², residual, weight."""


@dataclass(frozen=True)
class Flag:
    """A cell that differs from everyone else significantly, adjusted for all cells of the search.

    Attributes:
        parts: (attribute, value) pairs, as indices into the columns of ``codes`` and their values.
        difference: the metric in the cell minus that of all others.
        statistic: the difference in standard errors, on the scale of a normal deviate.
        threshold: the value that the statistic must exceed; the same for all cells.
        band: the difference that corresponds to the threshold.
        p_adjusted: the share of permutations in which any cell has at least this statistic.
        num_subjects: subjects in the cell.
    """

    parts: Parts
    difference: float
    statistic: float
    threshold: float
    band: float
    p_adjusted: float
    num_subjects: int


@dataclass(frozen=True)
class Found:
    """The outcome of a search, largest statistic first.

    Attributes:
        flags: the cells beyond the threshold.
        num_cells: cells that were tested.
        num_skipped: cells with too few subjects inside or outside.
        depth: attributes of the longest cells; less than requested if there were too many (`MAX_SEARCH_CELLS`).
        threshold: of the statistic; NaN if there was no cell to test.
    """

    flags: tuple[Flag, ...]
    num_cells: int
    num_skipped: int
    depth: int
    threshold: float


def search(
    residual_R: Floats,
    weight_R: Floats,
    codes_RA: Ints,
    *,
    depth: int,
    min_subjects: int,
    permutations: int,
    level: float,
    seed: int,
    subject_R: Ints | None = None,
) -> Found:
    """Compare every cell of 1 to ``depth`` attributes with all other rows.

    Args:
        residual_R: numerators of a metric that is a ratio of sums, such as right answers. Subtracting the overall
            metric times the weight changes nothing.
        weight_R: denominators, such as samples; above 0.
        codes_RA: the value of each attribute, 0, 1, …; `NO_GROUP` if it is unknown: such a row is outside every
            cell of this attribute.
        depth: the most attributes of a cell; fewer if that gives too many cells, see `Found`.
        min_subjects: cells with fewer subjects inside or outside are skipped and counted.
        permutations: the most permutations.
        level: such as 0.95: the share of searches without a difference in which nothing is flagged.
        seed: of the permutations.
        subject_R: the subject of each row; None if every row is a subject of its own.
    """
    subject_R = np.arange(len(weight_R)) if subject_R is None else subject_R
    cells = enumerate_cells(codes_RA, subject_R, depth, min_subjects)
    if not cells.parts:
        return Found((), 0, cells.num_skipped, cells.depth, float("nan"))
    slope = residual_R.sum() / weight_R.sum()
    residual_R = residual_R - slope * weight_R
    columns_R5 = np.stack([residual_R**2, residual_R * weight_R, weight_R**2, residual_R, weight_R], axis=1)
    columns_R5 = exact_sums(columns_R5)
    permutations = affordable_draws(permutations, NUM_SUMS * (len(weight_R) + cells.member.size))
    sums = _Sums.of(cells, columns_R5)

    def greatest(order_Rb: Ints) -> Floats:
        greatest_b: Floats = np.abs(_compare(cells, sums, order_Rb).statistic).max(axis=0)
        return greatest_b

    with one_thread():
        observed = _compare(cells, sums, cells.order[:, None])
        orders = _orders(cells.order, subject_R, permutations, seed)
        greatest_B = np.concatenate(list(in_threads(greatest, orders)))
    return _found(cells, observed, np.sort(greatest_B), level)


@dataclass(frozen=True)
class _Sums:
    """Sums over the rows of every cell, by way of its combinations of attributes.

    With many of these, few rows are in each combination, and few combinations in each cell. All sums are exact, so
    they do not depend on the order of addition.

    Attributes:
        columns: ``[R, 5]``, what is summed.
        total: ``[5]``, the sums over all rows.
        combinations: ``[V, R]``, the rows of each combination, in the order of `SearchCells.order`.
        cells: ``[C, V]``, the combinations of each cell.
    """

    columns: Floats
    total: Floats
    combinations: csr_array
    cells: csr_array

    @classmethod
    def of(cls, cells: SearchCells, columns_R5: Floats) -> _Sums:
        num_rows = len(cells.order)
        rows = np.ones(num_rows), np.arange(num_rows), np.append(cells.starts, num_rows)
        combinations = csr_array(rows, shape=(len(cells.starts), num_rows))
        return cls(columns_R5, columns_R5.sum(axis=0), combinations, csr_array(cells.member))

    def inside(self, order_Rb: Ints) -> Floats:
        """The sums ``[5, C, b]`` in permutations, see `_orders`."""
        num_rows, num_draws = order_Rb.shape
        columns_Rx = self.columns.take(order_Rb, axis=0).reshape(num_rows, -1)
        inside_Cx = self.cells @ (self.combinations @ columns_Rx)
        return np.ascontiguousarray(np.moveaxis(inside_Cx.reshape(-1, num_draws, NUM_SUMS), -1, 0))


@dataclass(frozen=True)
class _Comparison:
    """Every cell compared with the rest, ``[C, b]`` each."""

    difference: Floats
    error: Floats
    freedom: Floats
    statistic: Floats


def _orders(order_R: Ints, subject_R: Ints, permutations: int, seed: int) -> Iterator[Ints]:
    """Yield chunks ``[R, b]`` of permutations: which row's data each row gets, rows sorted by their attributes."""
    _, subject_R, rows_S = np.unique(subject_R, return_inverse=True, return_counts=True)
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, len(order_R)])))
    place_R = np.lexsort((subject_R, rows_S[subject_R]))  # blocks of subjects, those of equal size together
    chunk = max(1, MAX_CHUNK_SUMS // (NUM_SUMS * len(order_R)))
    for start in range(0, permutations, chunk):
        drawn = [_dealt(place_R, subject_R, rows_S, rng) for _ in range(min(chunk, permutations - start))]
        yield np.ascontiguousarray(np.stack(drawn)[:, order_R].T)


def _dealt(place_R: Ints, subject_R: Ints, rows_S: Ints, rng: np.random.Generator) -> Ints:
    """A permutation of rows: subjects with subjects of as many rows, and rows within a subject."""
    if len(rows_S) == len(subject_R):
        return rng.permutation(len(subject_R))
    key_S, key_R = rng.permutation(len(rows_S)), rng.permutation(len(subject_R))
    dealt_R = np.empty_like(place_R)
    dealt_R[place_R] = np.lexsort((key_R, key_S[subject_R], rows_S[subject_R]))
    return dealt_R


def _compare(cells: SearchCells, sums: _Sums, order_Rb: Ints) -> _Comparison:
    """The differences and their Welch standard errors in permutations, see `_orders`."""
    inside_5Cb = sums.inside(order_Rb)
    outside_5Cb = sums.total[:, None, None] - inside_5Cb  # every permutation has the same rows
    num_in_C1 = cells.num_rows[:, None]
    num_out_C1 = len(order_Rb) - num_in_C1
    mean_in, variance_in = _mean(inside_5Cb, num_in_C1)
    mean_out, variance_out = _mean(outside_5Cb, num_out_C1)
    variance = variance_in + variance_out
    freedom = ratio(variance**2, variance_in**2 / (num_in_C1 - 1) + variance_out**2 / (num_out_C1 - 1))
    difference, error = mean_in - mean_out, np.sqrt(variance)
    return _Comparison(difference, error, freedom, _deviate(ratio(difference, error), freedom))


def _mean(sums_5Cb: Floats, num_C1: Floats) -> tuple[Floats, Floats]:
    """A ratio of sums and the variance of it over rows (linearised)."""
    rr, rw, ww, r, w = sums_5Cb
    mean = ratio(r, w)
    spread = np.maximum(rr - 2 * mean * rw + mean**2 * ww, 0.0)
    return mean, ratio(spread * num_C1, w**2 * (num_C1 - 1))


def _deviate(t: Floats, freedom: Floats) -> Floats:
    """`normal_deviate`; without variation there is no evidence either way: 0."""
    return np.nan_to_num(normal_deviate(t, np.nan_to_num(freedom, nan=1.0)))


def _found(cells: SearchCells, observed: _Comparison, greatest_B: Floats, level: float) -> Found:
    num = len(greatest_B)
    allowed = int(np.floor((1 - level) * (num + 1) + 1e-9))
    threshold = float(greatest_B[num - allowed]) if allowed else float("inf")
    statistic_C = observed.statistic[:, 0]
    reaching_C = num - np.searchsorted(greatest_B, np.abs(statistic_C) - 1e-12)
    flags = [
        Flag(
            parts=cells.parts[i],
            difference=float(observed.difference[i, 0]),
            statistic=float(statistic_C[i]),
            threshold=threshold,
            band=float(observed.error[i, 0] * student_t(threshold, observed.freedom[i, 0])),
            p_adjusted=float((1 + reaching_C[i]) / (1 + num)),
            num_subjects=int(cells.num_subjects[i]),
        )
        for i in np.argsort(-np.abs(statistic_C), kind="stable")
        if abs(statistic_C[i]) > threshold
    ]
    return Found(tuple(flags), len(cells.parts), cells.num_skipped, cells.depth, threshold)
