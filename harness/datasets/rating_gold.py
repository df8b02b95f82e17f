"""One course of a dimension from those of several raters, and how far the raters agree.

Shapes: T moments, K raters. NaN where a rater says nothing.
"""

from __future__ import annotations

from itertools import combinations
from typing import Literal, NamedTuple

import numpy as np

from harness.arrays import Floats
from harness.signals.nan_statistics import nan_mean

Gold = Literal["mean", "ewe"]


class Agreement(NamedTuple):
    """How far raters agree on one clip.

    Attributes:
        pairwise: the mean CCC of all pairs; NaN with one rater.
        with_others: ``[K]``, of each rater the CCC with the mean of the others; NaN with one rater.
    """

    pairwise: float
    with_others: Floats


def gold_standard(ratings_TK: Floats, method: Gold) -> Floats:
    """The course that stands for all raters ``[T]``; NaN where nobody says anything.

    ``mean``: of the raters. ``ewe``, the evaluator weighted estimator (Grimm & Kroschel 2005,
    doi:10.1109/ASRU.2005.1566530): each rater is weighted by the correlation with the mean of all. Here raters
    are left out whose correlation is not positive; where nobody's is positive, they count alike.
    """
    mean_T = nan_mean(ratings_TK)
    if method == "mean" or ratings_TK.shape[1] == 1:
        return mean_T
    weight_K = np.array([max(0.0, _correlation(of_rater_T, mean_T)) for of_rater_T in ratings_TK.T])
    if not weight_K.any():
        return mean_T
    weight_TK = np.where(np.isnan(ratings_TK), 0.0, weight_K)
    total_T = weight_TK.sum(axis=1)
    weighted_T = (weight_TK * np.nan_to_num(ratings_TK)).sum(axis=1)
    gold_T: Floats = np.divide(weighted_T, total_T, out=np.full(len(total_T), np.nan), where=total_T > 0)
    return gold_T


def agreement(ratings_TK: Floats) -> Agreement:
    """How far the raters of one clip agree."""
    num = ratings_TK.shape[1]
    pairs = [concordance(ratings_TK[:, one], ratings_TK[:, other]) for one, other in combinations(range(num), 2)]
    others = [
        concordance(ratings_TK[:, one], nan_mean(np.delete(ratings_TK, one, axis=1))) if num > 1 else np.nan
        for one in range(num)
    ]
    known = [value for value in pairs if not np.isnan(value)]
    return Agreement(float(np.mean(known)) if known else np.nan, np.array(others))


def concordance(one_T: Floats, other_T: Floats) -> float:
    """The concordance correlation coefficient of two courses (Lin 1989, doi:10.2307/2532051) where both are known.

    NaN with fewer than two moments, or where both are the same constant.
    """
    both = ~(np.isnan(one_T) | np.isnan(other_T))
    one, other = one_T[both], other_T[both]
    if len(one) < 2:
        return np.nan
    if _is_constant(one) or _is_constant(other):
        return np.nan if _is_constant(np.append(one, other)) else 0.0
    covariance = np.mean((one - one.mean()) * (other - other.mean()))
    spread = one.var() + other.var() + (one.mean() - other.mean()) ** 2
    return float(2 * covariance / spread)


def _correlation(one_T: Floats, other_T: Floats) -> float:
    both = ~(np.isnan(one_T) | np.isnan(other_T))
    one, other = one_T[both], other_T[both]
    if len(one) < 2 or _is_constant(one) or _is_constant(other):
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _is_constant(values_T: Floats) -> bool:
    """Whether a rater never moved; the spread of equal numbers is not quite 0 where their mean is rounded."""
    return bool((values_T == values_T[0]).all())
