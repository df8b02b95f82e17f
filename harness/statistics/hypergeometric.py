"""The hypergeometric distribution: how many of those drawn are marked, drawing without replacement."""

from __future__ import annotations

import numpy as np
from scipy.special import betaln  # `scipy.stats` takes half a second to import

from harness.arrays import Floats

_NEGLIGIBLE = 1e-18
"""A term that is a smaller share of the first adds nothing to a sum of falling terms."""


def hypergeometric_cdf(found: Floats, total: Floats, marked: Floats, drawn: Floats) -> Floats:
    """The probability that at most so many of those drawn are marked.

    Args:
        found: whole numbers that are possible; of any shape, which is that of the others and of the result.
        total: how many there are.
        marked: how many of them are marked.
        drawn: how many are drawn.
    """
    is_low = found * total <= marked * drawn
    # Terms fall towards the nearer end. From there, marked ones that are not drawn are counted.
    tail = _lower_tail(
        np.where(is_low, found, marked - found - 1), total, marked, np.where(is_low, drawn, total - drawn)
    )
    return np.where(is_low, tail, 1 - tail)


def _lower_tail(found: Floats, total: Floats, marked: Floats, drawn: Floats) -> Floats:
    """The sum of the terms from ``found``, which is below the mean, downwards."""
    left, least = found, np.maximum(0, marked + drawn - total)
    term = np.where(left < least, 0.0, _probability(np.maximum(left, least), total, marked, drawn))
    tail, negligible = term, _NEGLIGIBLE * term
    while (term > negligible).any():
        falls = left * (total - marked - drawn + left) / ((marked - left + 1) * (drawn - left + 1))
        term = np.where(left > least, term * falls, 0.0)
        tail, left = tail + term, left - 1
    return tail


def _probability(found: Floats, total: Floats, marked: Floats, drawn: Floats) -> Floats:
    """That exactly so many are marked."""
    ways = _log_choose(marked, found) + _log_choose(total - marked, drawn - found)
    probability: Floats = np.exp(ways - _log_choose(total, drawn))
    return probability


def _log_choose(total: Floats, chosen: Floats) -> Floats:
    ways: Floats = -betaln(total - chosen + 1, chosen + 1) - np.log1p(total)
    return ways
