"""Correction for multiple tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.arrays import Floats

CLOSE = 1e-12
"""p-values that differ by less are equal: they are ranks divided by the number of draws."""


def corrected(p_FK: Sequence[Floats], largest_FB: Sequence[Floats], observed_F: Sequence[float]) -> list[Floats]:
    """p-values that are corrected within families, corrected over all families as well.

    A corrected p-value is the share of draws in which the smallest p-value of any family is at most the given
    one (Westfall & Young 1993, "Resampling-based multiple testing", section 2.3). Both are ranks among the
    draws and the data together: with ranks among the draws alone, 72 independent families of 2,880 draws would
    reject something in 7 % of cases in place of 5. Families that are drawn together keep their dependence, so
    that metrics that nearly measure the same hardly count twice. Families that are drawn apart count as
    independent, which errs on the safe side (Šidák 1967, doi:10.2307/2283989).

    Args:
        p_FK: of each family, the p-values of its members; NaN where there was no test.
        largest_FB: of each family, the largest statistic in every draw; draw b of one family is made together with
            draw b of another. If their numbers of draws differ, the first ones that all have are used.
        observed_F: the p-value of the largest statistic in the data, of each family that was drawn.
    """
    num_draws = min((len(largest_B) for largest_B in largest_FB), default=0)
    smallest_B = np.ones(num_draws)
    for largest_B, observed in zip(largest_FB, observed_F, strict=True):
        ordered_B, num = np.sort(largest_B), len(largest_B) + 1
        reaching_B = len(ordered_B) - np.searchsorted(ordered_B, largest_B[:num_draws])
        reaching_B += reaching_B > observed * num - 0.5  # the data reach it, too
        smallest_B = np.minimum(smallest_B, reaching_B / num)
    smallest_B.sort()
    return [_corrected(p_K, smallest_B) for p_K in p_FK]


def holm_families(families: Sequence[Floats]) -> list[Floats]:
    """Holm's method over families whose p-values are already adjusted within the family.

    Families are ordered by their smallest p-value, and all members of a family are multiplied by the factor of its
    rank: a member is rejected if all families before it are, and it is itself significant at the remaining level.

    Args:
        families: each of any shape; NaN where there was no test.
    """
    smallest = np.array([np.nanmin(p) if np.isfinite(p).any() else np.nan for p in families])
    adjusted = [np.full_like(p, np.nan) for p in families]
    floor = 0.0
    for rank, index in enumerate(np.argsort(smallest, kind="stable")):
        if np.isfinite(smallest[index]):
            factor = int(np.isfinite(smallest).sum()) - rank
            adjusted[index] = np.minimum(np.maximum(factor * families[index], floor), 1.0)
            floor = float(np.nanmin(adjusted[index]))
    return adjusted


def _corrected(p_K: Floats, smallest_B: Floats) -> Floats:
    as_small_K = np.searchsorted(smallest_B, p_K + CLOSE)
    return np.where(np.isnan(p_K), np.nan, np.maximum((1 + as_small_K) / (1 + len(smallest_B)), p_K))
