"""Contrasts of a metric in standard errors, as normal deviates, on the metric's own scale and on the logit scale.

Near the end of a metric's range, such as a coverage of 0.98, the sides are skewed, and the closer a side happens
to be to the end, the smaller its spread seems: too many differences are found on the metric's own scale. There,
the contrast has to be beyond chance on the logit scale, too. In the middle of the range the two scales agree.

Shapes: U sides, K contrasts, b labellings of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from harness.arrays import Floats, Ints
from harness.metrics.tally import ratio
from harness.statistics.design import Design
from harness.statistics.freedom import normal_deviate, student_t
from harness.statistics.intervals import Range
from harness.statistics.sides import Measured

DIGITS = 9
"""The decimals that deviates are rounded to: differences in the order of addition between processors are far
smaller, so every machine computes the same critical value."""

NO_DIFFERENCE = 1e-12
"""A smaller contrast counts as zero."""


@dataclass(frozen=True)
class OnScale:
    """Contrasts on one scale.

    Attributes:
        value: ``[b, K]``, the contrasts.
        error: ``[b, K]``, their standard errors.
        freedom: ``[b, K]``, the degrees of freedom of the standard errors.
    """

    value: Floats
    error: Floats
    freedom: Floats

    def deviates(self) -> Floats:
        """|value| / error as a normal deviate ``[b, K]``, rounded; 0 without a difference, NaN if undefined."""
        return np.round(normal_deviate(self._t(), self.freedom), DIGITS)

    def largest(self, families: Sequence[Ints]) -> Floats:
        """The largest deviate of each family, ``[b, M]``; those that are undefined count as 0.

        All degrees of freedom must be the same: then it is the deviate of the largest t.

        Args:
            families: the contrasts of each.
        """
        assert self.freedom.size == 1
        t_bK = self._t()
        t_bM = np.stack([np.fmax.reduce(t_bK[:, family_K], axis=1, initial=0.0) for family_K in families], axis=1)
        return np.round(normal_deviate(t_bM, self.freedom), DIGITS)

    def _t(self) -> Floats:
        size_bK = np.abs(self.value)
        with np.errstate(divide="ignore", invalid="ignore"):
            t_bK: Floats = size_bK / self.error
        t_bK[size_bK < NO_DIFFERENCE] = 0.0
        return t_bK

    def half_width(self, deviate_K: Floats) -> Floats:
        """What the given deviates correspond to, ``[b, K]``."""
        return student_t(deviate_K, self.freedom) * self.error


def on_own_scale(measured: Measured, design: Design) -> OnScale:
    """The contrasts of a metric."""
    return OnScale(
        design.value(measured.value),
        design.error(measured.covariance),
        design.freedom(measured.variance, measured.overlap),
    )


@dataclass(frozen=True)
class OnLogitScale:
    """Differences between two sides on the logit scale of the metric's range; NaN where there are none.

    Attributes:
        contrasts: on that scale.
        left, right: ``[b, K]``, the two sides on that scale.
        share: ``[b, K]``, which share of the contrast's variation is that of its left side.
        width: of the metric's range.
    """

    contrasts: OnScale
    left: Floats
    right: Floats
    share: Floats
    width: float

    def difference(self, contrast_bK: Floats) -> Floats:
        """A difference on the logit scale → on the metric's own.

        Both sides are moved, each by its share of the variation: the less certain one further.
        """
        change_bK = contrast_bK - self.contrasts.value
        left_bK = expit(self.left + self.share * change_bK)
        right_bK = expit(self.right - (1 - self.share) * change_bK)
        difference_bK: Floats = self.width * (left_bK - right_bK)
        return difference_bK


def on_logit_scale(measured: Measured, design: Design, within: Range) -> OnLogitScale:
    """The differences on the logit scale of the metric's range; NaN if a side is at one of its ends."""
    width = within.high - within.low
    rate_bU = (measured.value - within.low) / width
    inside_bU = (rate_bU > 0) & (rate_bU < 1)
    rate_bU = np.where(inside_bU, rate_bU, np.nan)
    slope_bU = 1 / (rate_bU * (1 - rate_bU) * width)
    apart = measured.covariance.ndim == 2
    slopes = slope_bU**2 if apart else slope_bU[:, :, None] * slope_bU[:, None, :]
    scaled = Measured(logit(rate_bU), measured.covariance * slopes, measured.overlap)
    contrasts = on_own_scale(scaled, design)
    left_K, right_K = design.weights.argmax(axis=1), design.weights.argmin(axis=1)
    with_left_bK = scaled.variance[:, left_K] - (0.0 if apart else scaled.covariance[:, left_K, right_K])
    value_bK = np.where(design.is_difference, contrasts.value, np.nan)
    return OnLogitScale(
        OnScale(value_bK, contrasts.error, contrasts.freedom),
        scaled.value[:, left_K],
        scaled.value[:, right_K],
        np.clip(ratio(with_left_bK, contrasts.error**2), 0.0, 1.0),
        width,
    )


def smaller_deviates(own: OnScale, on_logit: OnLogitScale | None) -> Floats:
    """The deviates ``[b, K]`` of the scale on which they are smaller; 0 if undefined."""
    own_bK = own.deviates()
    smaller_bK = own_bK if on_logit is None else np.fmin(own_bK, on_logit.contrasts.deviates())
    return np.where(np.isnan(own_bK), 0.0, smaller_bK)
