"""Several tests at once."""

from __future__ import annotations

import numpy as np

from harness.metrics.additive import Floats


def holm(p: Floats) -> Floats:
    """Adjusted p-values that keep the family-wise error whatever the tests have to do with each other.

    Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6.

    Args:
        p: any shape; NaN where there was no test, which stays NaN and does not count.
    """
    flat = p.ravel()
    order = np.argsort(flat, kind="stable")  # NaN last
    num_tests = int(np.isfinite(flat).sum())
    factor = np.maximum(num_tests - np.arange(len(flat)), 1)
    stepped = np.minimum(np.maximum.accumulate(flat[order] * factor), 1.0)
    adjusted = np.empty_like(flat)
    adjusted[order] = stepped
    return adjusted.reshape(p.shape)
