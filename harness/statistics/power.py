"""Power analysis before the run: the gaps that given subjects can detect, and the subjects that are needed.

The rate of a group is that of its pooled samples, so the variance of a gap follows from the number of samples of
each subject in each group and from two assumptions: the rate, and the intra-class correlation (ICC) of a subject's
samples. With S subjects of m samples in each of two groups it is 2 p(1-p) (1 + (m-1) ICC) / (S m). The intervals
are simultaneous over all pairs of an axis (Bonferroni) and use Student's t, with the degrees of freedom of the
comparison (`harness.statistics.freedom`): beside 200 subjects 5 are hardly more certain than alone.

Shapes: S subjects, G groups, W gaps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import logit, nctdtr, nctdtrinc, ndtri, stdtrit  # `scipy.stats` takes half a second to import

from harness.arrays import Floats, Ints
from harness.statistics.freedom import side_freedom, spread_of

MAX_SUBJECTS_NEEDED = 10**9
"""Larger numbers of subjects are not reported."""

GAPS_TRIED = 1999
"""Widths of gaps, evenly spaced, of which the least that is detected is reported."""

TINY = 1e-9
FEW, MANY = 2.0, 1e6
"""With fewer degrees of freedom nothing can be shown; with more, normal quantiles are used."""


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """The assumptions that are needed before there are predictions.

    Attributes:
        rate: the accuracy, 0 to 1.
        icc: the intra-class correlation of being right, 0 to 1.
        power: the desired probability of detecting a gap, or of certifying that there is none.
        level: confidence level of the simultaneous intervals.
    """

    rate: float
    icc: float
    power: float
    level: float


@dataclass(frozen=True)
class GapErrors:
    """The standard errors of all pairwise gaps of an axis.

    Attributes:
        error: ``[G, G]``, of the difference between two groups' rates; NaN if a group is empty.
        per_subject: ``[G, G]``, the same for one subject in each group; divide by the square root of their number.
    """

    error: Floats
    per_subject: Floats


def gap_errors(samples_SG: Ints, assumed: Assumptions) -> GapErrors:
    """The standard errors of all pairwise gaps.

    A subject in both groups is compared with itself: its samples' common part cancels out.

    Args:
        samples_SG: how many samples each subject has in each group.
        assumed: rate and ICC.
    """
    share_SG, variance = _shares(samples_SG), assumed.rate * (1 - assumed.rate)
    own_SG = _own_variance(samples_SG, share_SG, assumed.icc)
    own_G, both_GG = own_SG.sum(0), assumed.icc * (share_SG.T @ share_SG)
    np.fill_diagonal(both_GG, own_G)  # a group has no gap with itself
    squared_GG = variance * np.maximum(own_G[:, None] + own_G[None, :] - 2 * both_GG, 0.0)
    num_G = (samples_SG > 0).sum(0).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        subjects_GG = 2 / (1 / num_G[:, None] + 1 / num_G[None, :])
    empty_GG = (num_G[:, None] == 0) | (num_G[None, :] == 0)
    squared_GG[empty_GG] = np.nan
    return GapErrors(np.sqrt(squared_GG), np.sqrt(squared_GG * subjects_GG))


def degrees_of_freedom(samples_S2: Ints, assumed: Assumptions) -> float:
    """The degrees of freedom of a gap's estimated standard error (Welch-Satterthwaite).

    Subjects with more samples contribute more to the variance, which reduces the effective number of subjects. For
    two groups of n subjects with equally many samples the result is 2 (n - 1), for n subjects in both groups n -
    1.

    Args:
        samples_S2: how many samples each subject has in the two groups.
        assumed: the ICC.
    """
    share_S2 = _shares(samples_S2)
    own_S2 = _own_variance(samples_S2, share_S2, assumed.icc)
    part_S = own_S2.sum(1) - 2 * assumed.icc * share_S2.prod(1)
    group_size_S2 = np.where(samples_S2 > 0, (samples_S2 > 0).sum(0), np.inf)
    num_S = group_size_S2.min(1)
    used_S = np.isfinite(num_S) & (part_S > 0)
    if not used_S.any() or (num_S[used_S] < 2).any():
        return 0.0
    part_S, num_S = part_S[used_S], num_S[used_S]
    return float(part_S.sum() ** 2 / (part_S**2 * num_S / (num_S - 1)).sum())


def detectable_gap(error: float, freedom: float, *, num_pairs: int, assumed: Assumptions) -> float:
    """The gap that is detected with the assumed power by simultaneous intervals over all pairs.

    Args:
        error: the standard error of the gap.
        freedom: the degrees of freedom of its estimate; infinite for the normal quantiles.
        num_pairs: how many pairs are compared.
        assumed: power and level.

    Returns:
        The gap; infinite with fewer than two degrees of freedom.
    """
    critical = _critical(freedom, num_pairs, assumed.level)
    if FEW <= freedom < MANY:
        return error * float(nctdtrinc(freedom, 1 - assumed.power, critical))
    return error * (critical + float(ndtri(assumed.power)))


def detectable_gap_between(samples_S2: Ints, *, num_pairs: int, assumed: Assumptions) -> float:
    """The gap between two given groups that is detected with the assumed power, whichever of them is worse.

    It has to be found on the scale of the rate and on the logit scale, as in the comparison. Groups of unlike size
    need a wider one than `detectable_gap` says: on the first scale where the smaller one is nearer to 0.5 and
    varies more, on the second where it is farther from it.

    Args:
        samples_S2: how many samples each subject has in the two groups.
        num_pairs: how many pairs are compared.
        assumed: the rate, which lies in the middle of both groups; ICC, power and level.

    Returns:
        The gap; infinite if the widest possible one is not detected.
    """
    error = float(gap_errors(samples_S2, assumed).error[0, 1])
    least = detectable_gap(error, degrees_of_freedom(samples_S2, assumed), num_pairs=num_pairs, assumed=assumed)
    if (samples_S2 > 0).all(axis=1).any():
        return least  # the same subjects on both sides: neither is smaller
    freedom_2 = side_freedom(spread_of(samples_S2.T.astype(np.float64)).sum(axis=-2))
    own_2 = _own_variance(samples_S2, _shares(samples_S2), assumed.icc).sum(0)
    tail = (1 - assumed.level) / (2 * num_pairs)
    gaps_W = np.linspace(0, max(assumed.rate, 1 - assumed.rate), GAPS_TRIED + 2)[1:-1]
    either = [_power(gaps_W, own_2[order], freedom_2[order], tail, assumed) for order in ([0, 1], [1, 0])]
    enough = np.flatnonzero(np.min(either, axis=0) >= assumed.power)
    return max(least, float(gaps_W[enough[0]])) if len(enough) else math.inf


def _power(gaps_W: Floats, own_2: Floats, freedom_2: Floats, tail: float, assumed: Assumptions) -> Floats:
    """The probability ``[W]`` of detecting gaps by which the first group is worse, on the less certain scale."""
    low_W = np.clip(assumed.rate - gaps_W / 2, 0, 1 - gaps_W)
    rates_W2 = np.stack([low_W, low_W + gaps_W], axis=1)
    variance_W2 = np.maximum(rates_W2 * (1 - rates_W2), TINY)
    on_logit_W = np.diff(logit(np.clip(rates_W2, TINY, 1 - TINY)), axis=1)[:, 0]
    scales = ((gaps_W, own_2 * variance_W2), (on_logit_W, own_2 / variance_W2))
    found = []
    for difference_W, squared_W2 in scales:
        freedom_W = squared_W2.sum(1) ** 2 / (squared_W2**2 / freedom_2).sum(1)
        found.append(1 - nctdtr(freedom_W, difference_W / np.sqrt(squared_W2.sum(1)), -stdtrit(freedom_W, tail)))
    power_W: Floats = np.min(found, axis=0)
    return power_W


def certifiable_gap(error: float, freedom: float, *, num_pairs: int, assumed: Assumptions) -> float:
    """The tolerance within which the interval lies with the assumed power if both groups are equal.

    The arguments are those of `detectable_gap`.
    """
    if freedom < FEW:
        return math.inf
    wide = (1 + assumed.power) / 2
    beyond = float(stdtrit(freedom, wide) if freedom < MANY else ndtri(wide))
    return error * (_critical(freedom, num_pairs, assumed.level) + beyond)


def subjects_needed(
    tolerance: float,
    per_subject: float,
    *,
    num_pairs: int,
    assumed: Assumptions,
    gap_of: Callable[..., float] = detectable_gap,
    paired: bool = False,
) -> int | None:
    """The fewest subjects per group with which a gap of this size is detected, or its absence certified.

    Args:
        tolerance: the gap, above 0.
        per_subject: the gap's standard error with one subject per group, see `GapErrors`.
        num_pairs: how many pairs are compared.
        assumed: power and level.
        gap_of: `detectable_gap` or `certifiable_gap`.
        paired: whether the same subjects are in both groups.

    Returns:
        The number; None if it exceeds `MAX_SUBJECTS_NEEDED`.
    """

    def enough(num: int) -> bool:
        freedom = (num - 1) * (1 if paired else 2)
        return gap_of(per_subject / math.sqrt(num), freedom, num_pairs=num_pairs, assumed=assumed) <= tolerance

    too_few, some = 1, 2
    while not enough(some):
        too_few, some = some, 2 * some
        if too_few > MAX_SUBJECTS_NEEDED:
            return None
    while some - too_few > 1:
        middle = (too_few + some) // 2
        too_few, some = (too_few, middle) if enough(middle) else (middle, some)
    return some


def _shares(samples_SG: Ints) -> Floats:
    """The weight of each subject in each group's pooled rate."""
    total_G = samples_SG.sum(0)
    shares_SG: Floats = samples_SG / np.where(total_G > 0, total_G, 1)
    return shares_SG


def _own_variance(samples_SG: Ints, share_SG: Floats, icc: float) -> Floats:
    """Each subject's contribution to the variance of each group's rate, in units of p(1-p)."""
    own_SG: Floats = share_SG**2 * (icc + (1 - icc) / np.maximum(samples_SG, 1))
    return own_SG


def _critical(freedom: float, num_pairs: int, level: float) -> float:
    """Half the width of a simultaneous two-sided interval over all pairs, in standard errors."""
    if freedom < FEW:
        return math.inf
    tail = (1 - level) / (2 * num_pairs)
    return float(-stdtrit(freedom, tail) if freedom < MANY else -ndtri(tail))
