"""Differences between groups of subjects, with intervals that hold for all of them together.

One pass gives everything: each difference with its standard error over subjects, the critical value of the largest
studentised difference (max-t), the p-value of the global test (no group differs), and what differences look like
where groups are alike. Test and intervals agree: a difference is beyond chance where its interval excludes zero.

The critical value comes from subjects who change groups (`relabelling`), each time with differences *and* standard
errors computed anew: a permutation test of unstudentised differences, or with the standard errors of the whole,
does not keep its level when groups differ in size or spread (DiCiccio, Vasudevan, Basu, Kenthapadi & Agarwal 2020,
arXiv:2007.05124; Chung & Romano 2013, doi:10.1214/13-AOS1090). Where every group has `MANY_SUBJECTS`, the
studentised differences are normal for all practical purposes, and are drawn from Student's t with their estimated
correlation instead, which costs nothing (Hothorn, Bretz & Westfall 2008, doi:10.1002/bimj.200810425).

Shapes: S subjects, R rows (a subject within one label), L labels, U sides, K contrasts, k statistics, B draws, b
draws in one chunk. A label is a group; a side is a set of labels, such as one group, or all the others; a contrast
is a weighted sum of sides, such as one less another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from harness.metrics.additive import Floats, Ints, ratio
from harness.statistics.influence import gradient
from harness.statistics.relabelling import Relabelling

MANY_SUBJECTS = 100
"""From here on in every side, Student's t takes the place of permutations (``benchmarks/validity``)."""

CHUNK_CELLS = 2_000_000
DIGITS = 9
"""Studentised differences are rounded to so many decimals: what a processor's order of addition changes lies far
below, and the same critical value comes out on every machine."""

PERMUTED = "simultaneous max-t over subjects, permuted"
STUDENT = "simultaneous max-t over subjects, Student's t"


@dataclass(frozen=True)
class Rows:
    """Who is where.

    Attributes:
        subject: ``[R]``, 0 … S - 1.
        label: ``[R]``, 0 … L - 1.
        num_subjects: S.
        num_labels: L.
    """

    subject: Ints
    label: Ints
    num_subjects: int
    num_labels: int


@dataclass(frozen=True)
class Design:
    """What is compared.

    Attributes:
        sides: ``[U, L]``, which labels a side is made of.
        weights: ``[K, U]``, the contrasts; every row sums to zero.
        family: ``[K]``, 0 …: the intervals of one family hold together; None where all are one family.
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
        p: ``[K]``, the share of draws in which the largest studentised contrast of its family reaches this one.
        critical: ``[K]``, what the largest studentised contrast of its family stays below with probability
            ``level``.
        null_sides: ``[B, U]``, the sides where groups are alike.
        null_errors: ``[B, U]``, and their standard errors.
        null_value: ``[B, K]``, the contrasts where groups are alike.
        defined: ``[K]``, the share of draws in which the contrast was defined.
        method: how the critical value was found.
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


def contrasts(
    statistics_Rk: Floats,
    value: Callable[[Floats], Floats],
    rows: Rows,
    design: Design,
    relabelling: Relabelling,
    *,
    draws: int,
    level: float,
    seed: int,
    derivative: Callable[[Floats], Floats] | None = None,
    always_permute: bool = False,
) -> Contrasts:
    """Compare sides.

    Args:
        statistics_Rk: additive statistics per row.
        value: the metric, ``[..., k]`` → ``[...]``; unchanged when all statistics are doubled.
        rows: who is where.
        design: what is compared.
        relabelling: what leaves everything as it is where groups are alike.
        draws: how often groups are drawn anew.
        level: of all intervals together, such as 0.95.
        seed: of the draws.
        derivative: of the metric by its statistics, ``[..., k]`` → ``[..., k]``; by default taken by differences.
        always_permute: also with many subjects.
    """
    with threadpool_limits(1, user_api="blas"):
        metric = _Metric(statistics_Rk, value, derivative or partial(gradient, value), rows, design)
        return _contrasts(metric, relabelling, draws, level, seed, always_permute)


def side_estimates(
    statistics_Rk: Floats,
    value: Callable[[Floats], Floats],
    rows: Rows,
    sides_UL: npt.NDArray[np.bool_],
    *,
    derivative: Callable[[Floats], Floats] | None = None,
) -> tuple[Floats, Floats]:
    """The metric on each side ``[U]`` and its standard errors over subjects ``[U]``; see `contrasts`."""
    design = Design(sides_UL, np.zeros((0, len(sides_UL))))
    metric = _Metric(statistics_Rk, value, derivative or partial(gradient, value), rows, design)
    with threadpool_limits(1, user_api="blas"):
        evaluated, _ = metric.evaluate(rows.label[None])
    return evaluated.sides[0], evaluated.side_errors[0]


def _contrasts(
    metric: _Metric, relabelling: Relabelling, draws: int, level: float, seed: int, always_permute: bool
) -> Contrasts:
    observed, covariance_1UU = metric.evaluate(metric.rows.label[None])
    value_K, error_K = observed.contrasts[0], observed.contrast_errors[0]
    t_K = _studentised(value_K, error_K)
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, metric.rows.num_subjects])))
    if always_permute or metric.fewest_subjects() < MANY_SUBJECTS:
        null, method = metric.permuted(relabelling, rng, draws), f"{PERMUTED} {draws:,} times"
    else:
        null, method = metric.drawn(observed, covariance_1UU[0], rng, draws), STUDENT
    null_t_BK = _studentised(null.contrasts, null.contrast_errors)
    p_K, critical_K = np.full(len(t_K), np.nan), np.full(len(t_K), np.nan)
    for of_family in metric.design.families():
        largest_B = null_t_BK[:, of_family].max(axis=1)
        p_K[of_family] = (1 + (largest_B[:, None] >= t_K[of_family]).sum(axis=0)) / (draws + 1)
        critical_K[of_family] = np.quantile(largest_B, level, method="higher")
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


@dataclass(frozen=True)
class _Evaluated:
    """Sides ``[b, U]`` and contrasts ``[b, K]``, with their standard errors."""

    sides: Floats
    side_errors: Floats
    contrasts: Floats
    contrast_errors: Floats

    @classmethod
    def joined(cls, parts: Sequence[_Evaluated]) -> _Evaluated:
        """Chunks, one after another."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


@dataclass(frozen=True)
class _Metric:
    """One metric over rows whose labels may change."""

    statistics: Floats
    value: Callable[[Floats], Floats]
    derivative: Callable[[Floats], Floats]
    rows: Rows
    design: Design

    def evaluate(self, label_bR: Ints) -> tuple[_Evaluated, Floats]:
        """The metric under each labelling, and the covariance of the sides ``[b, U, U]``."""
        member_bUR = self._members(label_bR)
        total_bUk = member_bUR @ self.statistics
        sides_bU = self.value(total_bUk)
        influence_bUR = (self.derivative(total_bUk) @ self.statistics.T) * member_bUR
        influence_bUS = self._by_subject(influence_bUR) * self._correction(member_bUR)[..., None]
        covariance_bUU = influence_bUS @ influence_bUS.swapaxes(1, 2)
        variance_bU = np.diagonal(covariance_bUU, axis1=1, axis2=2)
        weights_KU = self.design.weights
        contrast_variance_bK = ((weights_KU @ covariance_bUU) * weights_KU).sum(axis=-1)
        evaluated = _Evaluated(
            sides_bU,
            np.sqrt(variance_bU),
            _weighted(sides_bU, weights_KU),
            np.sqrt(np.maximum(contrast_variance_bK, 0.0)),
        )
        return evaluated, covariance_bUU

    def permuted(self, relabelling: Relabelling, rng: np.random.Generator, draws: int) -> _Evaluated:
        """The metric with groups drawn anew, ``draws`` times."""
        num_sides, num_rows = len(self.design.sides), len(self.rows.label)
        width = max(num_rows, self.statistics.shape[1])
        size = max(1, CHUNK_CELLS // (num_sides * width))
        chunks = (min(size, draws - start) for start in range(0, draws, size))
        return _Evaluated.joined([self.evaluate(relabelling.draw(rng, num))[0] for num in chunks])

    def drawn(
        self, observed: _Evaluated, covariance_UU: Floats, rng: np.random.Generator, draws: int
    ) -> _Evaluated:
        """Sides drawn from Student's t around one common value, with their estimated covariance."""
        scale, vectors = np.linalg.eigh(covariance_UU)
        root_UU = vectors * np.sqrt(np.maximum(scale, 0.0))
        deviation_BU = rng.standard_normal((draws, len(scale))) @ root_UU.T
        freedom = self.fewest_subjects() - 1
        spread_B1 = np.sqrt(rng.chisquare(freedom, (draws, 1)) / freedom)
        return _Evaluated(
            float(observed.sides.mean()) + deviation_BU,
            observed.side_errors * spread_B1,
            _weighted(deviation_BU, self.design.weights),
            observed.contrast_errors * spread_B1,
        )

    def fewest_subjects(self) -> int:
        """The number of subjects on the smallest side."""
        return int(self._num_subjects(self._members(self.rows.label[None])).min(initial=np.inf))

    def _members(self, label_bR: Ints) -> Floats:
        """Which rows each side has, ``[b, U, R]``."""
        return self.design.sides.T[label_bR].swapaxes(1, 2).astype(np.float64)

    def _num_subjects(self, member_bUR: Floats) -> Floats:
        """Subjects per side, ``[b, U]``."""
        num_bU: Floats = (self._by_subject(member_bUR) > 0).sum(axis=-1).astype(np.float64)
        return num_bU

    def _correction(self, member_bUR: Floats) -> Floats:
        """√(n / (n - 1)) per side: deviations from a mean that was itself estimated; NaN with fewer than two."""
        num_bU = self._num_subjects(member_bUR)
        return np.sqrt(ratio(num_bU, num_bU - 1))

    def _by_subject(self, values_bUR: Floats) -> Floats:
        """Rows added up per subject, ``[b, U, S]``."""
        if len(self.rows.subject) == self.rows.num_subjects:
            return values_bUR
        order = np.argsort(self.rows.subject, kind="stable")
        starts = np.flatnonzero(np.diff(self.rows.subject[order], prepend=-1))
        return np.add.reduceat(values_bUR[..., order], starts, axis=-1)


def _weighted(sides_bU: Floats, weights_KU: Floats) -> Floats:
    """Contrasts ``[b, K]``; a side that is undefined spoils only the contrasts that it is part of."""
    undefined_bU = np.isnan(sides_bU)
    values_bK = np.where(undefined_bU, 0.0, sides_bU) @ weights_KU.T
    spoiled_bK = undefined_bU.astype(np.float64) @ (weights_KU != 0).T > 0
    return np.where(spoiled_bK, np.nan, values_bK)


def _studentised(value: Floats, error: Floats) -> Floats:
    """|value| / error, rounded; zero where there is no difference at all or it is undefined."""
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(value) / error
    t = np.where(np.isnan(t) | (np.abs(value) < 1e-12), 0.0, t)
    return np.round(t, DIGITS)
