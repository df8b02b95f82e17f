"""Correction for multiple tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.arrays import Floats


def holm(p: Floats) -> Floats:
    """Adjusted p-values that control the family-wise error rate under any dependence between tests.

    Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6.

    Args:
        p: any shape; NaN where there was no test: it stays NaN and is not counted.
    """
    flat = p.ravel()
    order = np.argsort(flat, kind="stable")  # NaN last
    num_tests = int(np.isfinite(flat).sum())
    factor = np.maximum(num_tests - np.arange(len(flat)), 1)
    stepped = np.minimum(np.maximum.accumulate(flat[order] * factor), 1.0)
    adjusted = np.empty_like(flat)
    adjusted[order] = stepped
    return adjusted.reshape(p.shape)


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
