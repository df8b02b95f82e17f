"""Totals of a finite population from a random sample of each stratum, with intervals.

Where cases are drawn at random from a list, it is known how many there are, and nothing is assumed of them: the
only uncertainty is which were drawn. Within one stratum the limits of a count are exact (Buonaccorsi 1987,
doi:10.1080/00031305.1987.10475485; Wright 1991, "Exact Confidence Bounds when Sampling from Small Finite
Universes"). Sums and ratios of independent counts combine the limits of their parts (MOVER: Zou & Donner 2008,
doi:10.1002/sim.3095; for ratios Donner & Zou 2012, doi:10.1177/0962280210383082).

Shapes: H strata.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.statistics.hypergeometric import hypergeometric_cdf

EXACT = "exact limits of a sample without replacement"
COMBINED = "exact limits of each stratum, combined (MOVER)"


@dataclass(frozen=True)
class Bounded:
    """An estimate and its limits; the estimate is NaN where nothing was drawn that it needs."""

    value: float
    lo: float
    hi: float


def count_limits(found_H: Ints, drawn_H: Ints, total_H: Ints, level: float) -> tuple[Ints, Ints]:
    """The exact limits of how many of each stratum are marked, of shape ``[H]``.

    A number is within the limits if neither as few nor as many among those drawn is less probable than half of
    what the level leaves. Without a draw, everything that is possible is.

    Args:
        found_H: the marked ones among those drawn.
        drawn_H: how many were drawn, without replacement.
        total_H: how many there are.
        level: confidence level of the two-sided limits.
    """
    half = (1.0 - level) / 2.0
    lowest, highest = found_H, total_H - (drawn_H - found_H)
    # The more are marked, the less probable are as few; as many are as few of those that are not marked.
    hi_H = _last(lambda marked: _as_few(found_H, total_H, marked, drawn_H) > half, lowest, highest)
    others_H = drawn_H - found_H
    most_others_H = _last(
        lambda others: _as_few(others_H, total_H, others, drawn_H) > half, others_H, total_H - found_H
    )
    return total_H - most_others_H, hi_H


def stratified_total(found_H: Ints, drawn_H: Ints, total_H: Ints, level: float) -> Bounded:
    """How many are marked in all strata together.

    Args:
        found_H: the marked ones among those drawn.
        drawn_H: how many were drawn; a stratum without a draw makes the estimate NaN, and widens the limits by all
            that it holds.
        total_H: how many there are.
        level: confidence level of the two-sided limits.
    """
    lo_H, hi_H = count_limits(found_H, drawn_H, total_H, level)
    seen_H = drawn_H > 0
    estimate_H = np.divide(found_H * total_H, drawn_H, out=np.zeros(len(drawn_H)), where=seen_H)
    below = math.sqrt(float(np.square(estimate_H - lo_H)[seen_H].sum()))
    above = math.sqrt(float(np.square(hi_H - estimate_H)[seen_H].sum()))
    value, unseen = float(estimate_H.sum()), float(total_H[~seen_H].sum())
    return Bounded(
        value=value if unseen == 0 else math.nan,
        lo=value - below,
        hi=value + above + unseen,
    )


def share_of_both(part: Bounded, rest: Bounded) -> Bounded:
    """The share of one count in its sum with another that was drawn independently: ``part / (part + rest)``.

    The limits are those of the ratio of both counts (Donner & Zou 2012, equations 7 and 8), of which the share is
    a rising function. NaN and all that is possible where both estimates are zero or one is NaN.
    """
    if math.isnan(part.value + rest.value) or part.value + rest.value == 0:
        return Bounded(math.nan, 0.0, 1.0)
    return Bounded(
        value=part.value / (part.value + rest.value),
        lo=_share(_ratio_limit(part.value, part.lo, rest.value, rest.hi, lower=True)),
        hi=_share(_ratio_limit(part.value, part.hi, rest.value, rest.lo, lower=False)),
    )


def _ratio_limit(over: float, over_limit: float, under: float, under_limit: float, *, lower: bool) -> float:
    """One limit of ``over / under``; infinite where the denominator may be zero."""
    product = over * under
    square = product**2 - over_limit * under_limit * (2 * over - over_limit) * (2 * under - under_limit)
    both = product + math.sqrt(max(square, 0.0))
    if lower:  # equation 7, multiplied by ``both``: its own denominator may be zero
        nothing_under = math.inf if over_limit > 0 else 0.0
        return over_limit * (2 * over - over_limit) / both if both > 0 else nothing_under
    denominator = under_limit * (2 * under - under_limit)
    return both / denominator if denominator > 0 else math.inf


def _share(ratio: float) -> float:
    return 1.0 if math.isinf(ratio) else ratio / (1.0 + ratio)


def _as_few(found_H: Ints, total_H: Ints, marked_H: Ints, drawn_H: Ints) -> Floats:
    """The probability of at most so many marked ones among those drawn."""
    return hypergeometric_cdf(*(array.astype(float) for array in (found_H, total_H, marked_H, drawn_H)))


def _last(holds: Callable[[Ints], Bools], least_H: Ints, most_H: Ints) -> Ints:
    """The largest number of each stratum for which it holds, by bisection; it holds for the least."""
    low_H, high_H = least_H.copy(), most_H.copy()
    while (low_H < high_H).any():
        middle_H = (low_H + high_H + 1) // 2
        fits_H = holds(middle_H)
        low_H = np.where(fits_H, middle_H, low_H)
        high_H = np.where(fits_H, high_H, middle_H - 1)
    return low_H
