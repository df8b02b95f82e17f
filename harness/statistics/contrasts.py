"""The contrasts of one metric: values and standard errors, and from the draws intervals, p-values and null ranges.

Shapes: U sides, K contrasts, B draws, M families of contrasts; see `design`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr, ndtri  # `scipy.stats` takes half a second to import

from harness.arrays import Floats, Ints
from harness.statistics.freedom import student_t
from harness.statistics.intervals import NULL_TAILS, quantiles
from harness.statistics.studentised import DIGITS, OnLogitScale, OnScale, smaller_deviates

MAX_CRITICAL = 1e12
"""Replaces an infinite critical value, which occurs if exchanging a few subjects can leave a side without
variation."""


NullRange = tuple[float | None, float | None]


@dataclass(frozen=True)
class Contrasts:
    """The contrasts of one metric.

    Attributes:
        sides: ``[U]``, the metric on each side.
        side_errors: ``[U]``, their standard errors over subjects; NaN with fewer than two.
        own: the contrasts on the metric's own scale, ``[1, K]``.
        on_logit: those that are one side less another, on the logit scale; None if the metric has no finite
            range.
        family: ``[K]``, the family of each contrast.
        largest: ``[M, B]``, the largest deviate of each family in every draw.
        null_sides: ``[B, U]``, the sides under the null hypothesis.
        null_errors: ``[B, U]``, their standard errors.
        null_ranges: ``[K]``, the central 95 % of each contrast under the null hypothesis; None if it is never
            defined.
        defined: ``[K]``, the share of draws in which the contrast is defined.
        method: how the critical value was computed.
    """

    sides: Floats
    side_errors: Floats
    own: OnScale
    on_logit: OnLogitScale | None
    family: Ints
    largest: Floats
    null_sides: Floats
    null_errors: Floats
    null_ranges: Sequence[NullRange]
    defined: Floats
    method: str

    @property
    def value(self) -> Floats:
        """The contrasts ``[K]``."""
        value_K: Floats = self.own.value[0]
        return value_K

    @property
    def error(self) -> Floats:
        """Their standard errors ``[K]``."""
        error_K: Floats = self.own.error[0]
        return error_K

    @property
    def num_draws(self) -> int:
        """B."""
        return int(self.largest.shape[1])

    @cached_property
    def _ordered(self) -> Floats:
        """``[M, B]``, the largest deviates of each family, ascending."""
        return np.sort(self.largest, axis=1)

    @property
    def p(self) -> Floats:
        """The p-values ``[K]``.

        The share of draws in which the largest deviate of the family is at least as large, but never below that of
        a single normal deviate: if all draws are equal, they carry no information on the variance.
        """
        z_K = smaller_deviates(self.own, self.on_logit)[0]
        reaching_K = [
            self.num_draws - np.searchsorted(self._ordered[family], z)
            for family, z in zip(self.family.tolist(), z_K.tolist(), strict=True)
        ]
        p_K = np.maximum((1 + np.array(reaching_K)) / (1 + self.num_draws), 2 * ndtr(-z_K))
        return np.where(np.isfinite(self.value), p_K, np.nan)

    def critical_deviates(self, level: float | Floats) -> Floats:
        """The value ``[K]`` that a deviate must exceed for its p-value to be at most 1 - ``level``.

        It is slightly above the corresponding draw, so that rounding does not turn a tie into a difference.

        Args:
            level: simultaneous confidence level; one for all, or one for each contrast.
        """
        level_K = np.broadcast_to(level, self.family.shape)
        rank_K = np.maximum(1, np.floor((1 - level_K) * (self.num_draws + 1) + 1e-9)).astype(np.int64)
        drawn_K = self._ordered[self.family, self.num_draws - np.minimum(rank_K, self.num_draws)]
        critical_K: Floats = np.clip(drawn_K, ndtri((1 + level_K) / 2), MAX_CRITICAL) + 10.0**-DIGITS
        return critical_K

    def critical(self, level: float | Floats) -> Floats:
        """The critical value of each contrast in standard errors, ``[K]``."""
        return student_t(self.critical_deviates(level), self.own.freedom[0])

    def bounds(self, level: float | Floats) -> tuple[Floats, Floats]:
        """The bounds of the simultaneous intervals ``[K]``, on the scale on which they reach further.

        Args:
            level: as in `critical_deviates`.
        """
        deviate_K = self.critical_deviates(level)
        half_width_K = self.own.half_width(deviate_K)[0]
        lo_K, hi_K = self.value - half_width_K, self.value + half_width_K
        if self.on_logit is not None:
            contrasts = self.on_logit.contrasts
            reach_K = contrasts.half_width(deviate_K)
            lo_K = np.fmin(lo_K, self.on_logit.difference(contrasts.value - reach_K)[0])
            hi_K = np.fmax(hi_K, self.on_logit.difference(contrasts.value + reach_K)[0])
        return lo_K, hi_K


def null_ranges(null_BK: Floats) -> list[NullRange]:
    """The central 95 % of the finite values of each contrast; None if there are none.

    Only they are kept of the draws of contrasts: thousands of draws of a thousand contrasts for every metric on
    every axis would fill the memory.
    """
    known_BK = np.isfinite(null_BK)
    always_K = known_BK.all(axis=0)
    bounds_2K = np.full((2, null_BK.shape[1]), np.nan)
    bounds_2K[:, always_K] = [quantiles(null_BK.T[always_K], tail) for tail in NULL_TAILS]
    for contrast in np.flatnonzero(~always_K & known_BK.any(axis=0)):
        known_1B = null_BK[None, known_BK[:, contrast], contrast]
        bounds_2K[:, contrast] = [quantiles(known_1B, tail)[0] for tail in NULL_TAILS]
    return [(None, None) if np.isnan(lo) else (lo, hi) for lo, hi in zip(*bounds_2K.tolist(), strict=True)]
