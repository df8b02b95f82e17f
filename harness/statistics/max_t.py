"""Differences between groups of subjects, with simultaneous intervals.

One pass gives each difference with its standard error over subjects, the critical value of the largest studentised
difference (max-t), the p-value of the global test (no group differs), and the null distribution of the
differences. Test and intervals agree: a difference is significant if its interval excludes zero.

The critical value comes from permuting subjects between groups (`relabelling`) and recomputing differences *and*
standard errors each time: a permutation test of unstudentised differences, or with fixed standard errors, does not
keep its level if groups differ in size or variance (DiCiccio, Vasudevan, Basu, Kenthapadi & Agarwal 2020,
arXiv:2007.05124; Chung & Romano 2013, doi:10.1214/13-AOS1090). If every group has `MANY_SUBJECTS`, the studentised
differences are close to normal and are drawn from Student's t with their estimated correlation instead, which is
much faster (Hothorn, Bretz & Westfall 2008, doi:10.1002/bimj.200810425).

Shapes: S subjects, R rows (a subject within one label), L labels, U sides, K contrasts, k statistics, B draws, b
draws in one chunk. A label is a group; a side is a set of labels, such as one group, or all the others; a contrast
is a weighted sum of sides, such as one less another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri  # `scipy.stats` takes half a second to import

from harness.arrays import Floats, Ints
from harness.statistics.intervals import NULL_TAILS
from harness.statistics.relabelling import Relabelling
from harness.statistics.sides import Additive, Labelled, Measured, Rows
from harness.statistics.threads import one_thread

MANY_SUBJECTS = 200
"""If every side has this many subjects, Student's t replaces permutations (``benchmarks/validity``)."""

MAX_CHUNK_VALUES = 2_000_000
DIGITS = 9
"""The decimals that studentised differences are rounded to: differences in the order of addition between
processors are far smaller, so every machine computes the same critical value."""

MAX_CRITICAL = 1e12
"""Replaces an infinite critical value, which occurs if exchanging a few subjects can leave a side without
variation."""

PERMUTED = "simultaneous max-t over subjects, permuted"
STUDENT = "simultaneous max-t over subjects, Student's t"


@dataclass(frozen=True)
class Design:
    """The sides and contrasts of a comparison.

    Attributes:
        sides: ``[U, L]``, the labels of each side.
        weights: ``[K, U]``, the contrasts; every row sums to zero.
        family: ``[K]``, 0 …: intervals are simultaneous within a family; None if all contrasts are one family.
    """

    sides: npt.NDArray[np.bool_]
    weights: Floats
    family: Ints | None = None

    def families(self) -> list[Ints]:
        """The contrasts of each family."""
        family_K = np.zeros(len(self.weights), dtype=np.int64) if self.family is None else self.family
        return [np.flatnonzero(family_K == number) for number in range(int(family_K.max(initial=-1)) + 1)]


@dataclass(frozen=True)
class Contrasts:
    """The contrasts of one metric.

    Attributes:
        sides: ``[U]``, the metric on each side.
        side_errors: ``[U]``, their standard errors over subjects; NaN with fewer than two.
        value: ``[K]``, the contrasts.
        error: ``[K]``, their standard errors.
        p: ``[K]``, the p-values: the share of draws in which the largest studentised contrast of the family is at
            least as large.
        critical: ``[K]``, the ``level`` quantile of the largest studentised contrast of the family.
        null_sides: ``[B, U]``, the sides under the null hypothesis.
        null_errors: ``[B, U]``, their standard errors.
        null_value: ``[B, K]``, the contrasts under the null hypothesis.
        defined: ``[K]``, the share of draws in which the contrast is defined.
        method: how the critical value was computed.
    """

    sides: Floats
    side_errors: Floats
    value: Floats
    error: Floats
    p: Floats
    critical: Floats
    null_sides: Floats
    null_errors: Floats
    null_value: Floats
    defined: Floats
    method: str

    def null_range(self, contrast: int) -> tuple[float | None, float | None]:
        """The central 95 % of a contrast's null distribution; None if it is never defined."""
        return _ranges(self.null_value[:, contrast : contrast + 1])[0]

    def null_ranges(self) -> list[tuple[float | None, float | None]]:
        """The same for every contrast ``[K]``, in little more time than for one."""
        return _ranges(self.null_value)


def contrasts(
    metric: Additive, rows: Rows, design: Design, relabelling: Relabelling, *, draws: int, level: float, seed: int
) -> Contrasts:
    """Compare sides on one metric; see `contrasts_of`."""
    return contrasts_of([metric], rows, design, relabelling, draws=draws, level=level, seed=seed)[0]


def contrasts_of(
    metrics: Sequence[Additive],
    rows: Rows,
    design: Design,
    relabelling: Relabelling,
    *,
    draws: int,
    level: float,
    seed: int,
    always_permute: bool = False,
) -> list[Contrasts]:
    """Compare sides on several metrics of the same rows, with the same draws.

    Args:
        metrics: the metrics that are compared.
        rows: the subject and the label of each row.
        design: the sides and their contrasts.
        relabelling: draws labels under the null hypothesis.
        draws: the number of draws.
        level: simultaneous confidence level, such as 0.95.
        seed: seed of the draws.
        always_permute: permute even with many subjects.

    Returns:
        One for each metric.
    """
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, rows.num_subjects])))
    with one_thread():
        observed = Labelled(rows, design.sides, rows.label[None])
        fewest = int(observed.num_subjects.min())
        measured = [observed.measure(metric) for metric in metrics]
        if always_permute or fewest < MANY_SUBJECTS:
            nulls = _permuted(metrics, rows, design, relabelling, rng, draws)
            method = f"{PERMUTED} {draws:,} times"
        else:
            nulls = [_drawn(each, design, fewest - 1, rng, draws) for each in measured]
            method = STUDENT
    return [
        _result(_compared(each, design), null, design, level, method)
        for each, null in zip(measured, nulls, strict=True)
    ]


def side_estimates(metric: Additive, rows: Rows, sides_UL: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The metric on each side ``[U]`` and its standard errors over subjects ``[U]``."""
    with one_thread():
        measured = Labelled(rows, sides_UL, rows.label[None]).measure(metric)
    return measured.value[0], measured.error[0]


@dataclass(frozen=True)
class _Draws:
    """Sides ``[B, U]`` and contrasts ``[B, K]``, with their standard errors."""

    sides: Floats
    side_errors: Floats
    contrasts: Floats
    contrast_errors: Floats

    @classmethod
    def joined(cls, parts: Sequence[_Draws]) -> _Draws:
        """Concatenate chunks."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


def _compared(measured: Measured, design: Design) -> _Draws:
    weights_KU, error_bU = design.weights, measured.error
    variance_bK = ((weights_KU @ np.nan_to_num(measured.covariance)) * weights_KU).sum(axis=-1)
    error_bK = np.where(_part_of(np.isnan(error_bU), weights_KU), np.nan, np.sqrt(np.maximum(variance_bK, 0.0)))
    return _Draws(measured.value, error_bU, _weighted(measured.value, weights_KU), error_bK)


def _permuted(
    metrics: Sequence[Additive],
    rows: Rows,
    design: Design,
    relabelling: Relabelling,
    rng: np.random.Generator,
    draws: int,
) -> list[_Draws]:
    """Every metric under ``draws`` random relabellings."""
    width = max(len(rows.label), *(metric.statistics.shape[1] for metric in metrics))
    size = max(1, MAX_CHUNK_VALUES // (len(design.sides) * width))
    parts: list[list[_Draws]] = [[] for _ in metrics]
    for start in range(0, draws, size):
        labelled = Labelled(rows, design.sides, relabelling.draw(rng, min(size, draws - start)))
        for metric, of_metric in zip(metrics, parts, strict=True):
            of_metric.append(_compared(labelled.measure(metric), design))
    return [_Draws.joined(of_metric) for of_metric in parts]


def _drawn(observed: Measured, design: Design, freedom: int, rng: np.random.Generator, draws: int) -> _Draws:
    """Sides drawn from Student's t around a common value, with their estimated covariance."""
    compared = _compared(observed, design)
    scale, vectors = np.linalg.eigh(observed.covariance[0])
    root_UU = vectors * np.sqrt(np.maximum(scale, 0.0))
    deviation_BU = rng.standard_normal((draws, len(scale))) @ root_UU.T
    spread_B1 = np.sqrt(rng.chisquare(freedom, (draws, 1)) / freedom)
    return _Draws(
        float(observed.value.mean()) + deviation_BU,
        compared.side_errors * spread_B1,
        _weighted(deviation_BU, design.weights),
        compared.contrast_errors * spread_B1,
    )


def _result(observed: _Draws, null: _Draws, design: Design, level: float, method: str) -> Contrasts:
    value_K, error_K = observed.contrasts[0], observed.contrast_errors[0]
    t_K = _studentised(value_K, error_K)
    null_t_BK = _studentised(null.contrasts, null.contrast_errors)
    p_K, critical_K = np.full(len(t_K), np.nan), np.full(len(t_K), np.nan)
    for of_family in design.families():
        largest_B = null_t_BK[:, of_family].max(axis=1)
        p_K[of_family] = (1 + (largest_B[:, None] >= t_K[of_family]).sum(axis=0)) / (len(largest_B) + 1)
        critical_K[of_family] = _critical(largest_B, level)
    return Contrasts(
        sides=observed.sides[0],
        side_errors=observed.side_errors[0],
        value=value_K,
        error=error_K,
        p=np.where(np.isfinite(value_K), p_K, np.nan),
        critical=critical_K,
        null_sides=null.sides,
        null_errors=null.side_errors,
        null_value=null.contrasts,
        defined=np.isfinite(null.contrasts).mean(axis=0),
        method=method,
    )


def _ranges(null_BK: Floats) -> list[tuple[float | None, float | None]]:
    """The central 95 % of the finite values of each column; None if there are none."""
    known_BK = np.isfinite(null_BK)
    always_K = known_BK.all(axis=0)
    bounds_2K = np.full((2, null_BK.shape[1]), np.nan)
    bounds_2K[:, always_K] = np.quantile(null_BK[:, always_K], NULL_TAILS, axis=0)
    for contrast in np.flatnonzero(~always_K & known_BK.any(axis=0)):
        bounds_2K[:, contrast] = np.quantile(null_BK[known_BK[:, contrast], contrast], NULL_TAILS)
    return [(None, None) if np.isnan(lo) else (lo, hi) for lo, hi in zip(*bounds_2K.tolist(), strict=True)]


def _weighted(sides_bU: Floats, weights_KU: Floats) -> Floats:
    """Contrasts ``[b, K]``; an undefined side only affects the contrasts that it is part of."""
    undefined_bU = np.isnan(sides_bU)
    values_bK = np.where(undefined_bU, 0.0, sides_bU) @ weights_KU.T
    return np.where(_part_of(undefined_bU, weights_KU), np.nan, values_bK)


def _part_of(chosen_bU: npt.NDArray[np.bool_], weights_KU: Floats) -> npt.NDArray[np.bool_]:
    """Which contrasts ``[b, K]`` one of the chosen sides is part of."""
    found_bK: npt.NDArray[np.bool_] = chosen_bU.astype(np.float64) @ (weights_KU != 0).T > 0
    return found_bK


def _critical(largest_B: Floats, level: float) -> float:
    """The value that a studentised contrast must exceed for its p-value to be at most 1 - ``level``.

    It is slightly above the corresponding draw, so that rounding does not turn a tie into a difference, and never
    below the normal quantile of a single contrast: if all draws are equal, they carry no information on the
    variance.
    """
    rank = max(1, math.floor((1 - level) * (len(largest_B) + 1) + 1e-9))
    drawn = float(np.sort(largest_B)[-rank])
    return float(np.clip(drawn, ndtri((1 + level) / 2), MAX_CRITICAL)) + 10.0**-DIGITS


def _studentised(value: Floats, error: Floats) -> Floats:
    """|value| / error, rounded; zero if there is no difference or it is undefined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(value) / error
    t = np.where(np.isnan(t) | (np.abs(value) < 1e-12), 0.0, t)
    return np.round(t, DIGITS)
