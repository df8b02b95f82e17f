"""Degrees of freedom of standard errors over subjects, and Student's t as a normal deviate.

A standard error from few subjects, or from many of whom a few have most of the samples, is itself uncertain; its
degrees of freedom say how uncertain. Those of a side are taken from how its samples are spread over its subjects
(Bell & McCaffrey 2002, "Bias reduction in standard errors for linear regression with multi-stage samples", Survey
Methodology 28), those of a contrast from its sides (Welch 1947, doi:10.1093/biomet/34.1-2.28; Satterthwaite 1946,
doi:10.2307/3002019). If every t is then turned into the normal deviate with the same tail probability, a small
group that varies much does not dominate the largest of many.

Shapes: U sides, S subjects, K contrasts, b labellings of the rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from harness.arrays import Floats
from harness.metrics.tally import ratio

ICC = 0.3
"""The intra-class correlation of the samples of one subject under which the uncertainty of a standard error is
computed: a subject's mean over n samples varies in proportion to `ICC` + (1 - `ICC`) / n."""

LEAST = 1.0
"""The fewest degrees of freedom: fewer are those of a side of which one subject has nearly all samples."""

MAX_EXPONENT = 600.0
"""A larger exponential overflows."""

BLOCK_SIDES, BLOCK_SIZES = 256, 8_192
"""Sides, and sizes of their subjects, looked up at a time: few enough for the processor's cache."""


def spread_of(size_U: Floats, icc: float = ICC) -> Floats:
    """What `side_freedom` needs of every subject, ``[..., S]`` → ``[..., S, 7]``; it adds up over subjects.

    Args:
        size_U: the samples of each subject; 0 where it has none.
        icc: see `ICC`.
    """
    variance, square = variance_of_mean(size_U, icc), size_U**2
    by_variance = [variance * square, variance * square * size_U, variance * square**2]
    by_square = [(variance * square) ** 2, variance**2 * square**2 * size_U]
    return np.stack([size_U, square, *by_variance, *by_square], axis=-1)


def variance_of_mean(size_U: Floats, icc: float = ICC) -> Floats:
    """What the mean over some samples of a subject varies in proportion to; 0 where there are none.

    Args:
        size_U: the samples of each subject.
        icc: see `ICC`.
    """
    return np.where(size_U > 0, icc + (1 - icc) * ratio(np.ones_like(size_U), size_U), 0.0)


def total_spread(size_US: Floats, icc: float = ICC) -> Floats:
    """The sum of `spread_of` over the subjects of each side, ``[..., U, S]`` → ``[..., U, 7]``.

    Sizes are numbers of samples, of which few are distinct: what there is of each is computed once and looked up.

    Args:
        size_US: the samples of each subject; 0 where it has none.
        icc: see `ICC`.
    """
    most = float(size_US.max(initial=0.0))
    if most >= size_US.size or not (size_US == np.floor(size_US)).all():
        exactly_U7: Floats = spread_of(size_US, icc).sum(axis=-2)
        return exactly_U7
    of_size_n7 = spread_of(np.arange(most + 1), icc)
    flat_uS = size_US.reshape(math.prod(size_US.shape[:-1]), size_US.shape[-1])
    total_u7 = np.zeros((len(flat_uS), of_size_n7.shape[1]))
    for sides, subjects in _blocks(*flat_uS.shape):
        spread_su7 = of_size_n7.take(flat_uS[sides, subjects].T.astype(np.intp), axis=0)
        spread_su7[0] += total_u7[sides]  # one subject after the other, so blocks do not change the rounding
        total_u7[sides] = spread_su7.sum(axis=0)
    return total_u7.reshape(*size_US.shape[:-1], total_u7.shape[1])


def _blocks(num_sides: int, num_subjects: int) -> Iterator[tuple[slice, slice]]:
    """Some sides and subjects at a time; of each side the subjects in their order."""
    for side in range(0, num_sides, BLOCK_SIDES):
        num = max(1, BLOCK_SIZES // min(BLOCK_SIDES, num_sides - side))
        for subject in range(0, num_subjects, num):
            yield slice(side, side + BLOCK_SIDES), slice(subject, subject + num)


def side_freedom(powers_U7: Floats) -> Floats:
    """The degrees of freedom of the standard error of a side, ``[..., U, 7]`` → ``[..., U]``; at least 1.

    With w_s the share of subject s in the samples and σ_s the variance of its mean (see `ICC`), they are
    tr(AΣ)² / tr(AΣAΣ), where Σ = diag(σ), A = (I - 1wᵀ)ᵀ diag(w²) (I - 1wᵀ): n - 1 if all n subjects have as many
    samples.

    Args:
        powers_U7: the sum of `spread_of` over the subjects of each side.
    """
    num, q, p2, p3, p4, q4, q5 = np.moveaxis(powers_U7, -1, 0)
    q, p2, p3, p4 = ratio(q, num**2), ratio(p2, num**2), ratio(p3, num**3), ratio(p4, num**4)
    q4, q5 = ratio(q4, num**4), ratio(q5, num**5)
    trace = p2 * (1 + q) - 2 * p3
    of_square = q4 * (1 + 2 * q) - 4 * q5 + 2 * p2 * p4 + 2 * p3**2 - 4 * q * p2 * p3 + (q * p2) ** 2
    return np.fmax(ratio(trace**2, of_square), LEAST)


def normal_deviate(t: Floats, freedom: Floats) -> Floats:
    """Student's t → the normal deviate with the same tail probability, infinite where t is.

    Wallace 1959, doi:10.1214/aoms/1177706106; from 4 degrees of freedom at most 1.5 %
    below the exact deviate, from 2 at most 4 %.
    """
    shrunk: Floats = (8 * freedom + 1) / (8 * freedom + 3) * np.sqrt(freedom * np.log1p(t**2 / freedom))
    return np.copysign(shrunk, t)


def student_t(deviate: Floats | float, freedom: Floats | float) -> Floats:
    """The inverse of `normal_deviate`."""
    scaled = (deviate * (8 * freedom + 3) / (8 * freedom + 1)) ** 2 / freedom
    return np.copysign(np.sqrt(freedom * np.expm1(np.minimum(scaled, MAX_EXPONENT))), deviate)
