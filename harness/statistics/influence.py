"""The influence of each subject on a metric: the first-order approximation behind standard errors.

Shapes: S subjects, k statistics, U sets of subjects, ``...`` anything.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from harness.arrays import Floats

STEP = 1e-5
"""Step of the numerical differences, relative to the largest statistic; their error is of the order of its
square."""


def gradient(value: Callable[[Floats], Floats], sums_k: Floats) -> Floats:
    """The derivative ``[..., k]`` of a metric with respect to each of its summed statistics ``[..., k]``.

    It uses central differences, so that a new metric needs no derivative of its own. If one side is undefined, as
    at a count of zero, the one-sided difference is taken; 0 if both are undefined.

    A subject s with statistics x_s has the influence ∇m(Σx) · x_s. A metric does not change when all statistics
    are multiplied by a constant, so influences sum to zero, and n / (n - 1) · Σ influence² is the squared standard
    error over n subjects (the infinitesimal jackknife; Efron 1982, chapter 6).
    """
    step = STEP * np.maximum(np.abs(sums_k).max(axis=-1), 1e-300)
    here = value(sums_k)
    derivative = np.empty(sums_k.shape)
    for index in range(sums_k.shape[-1]):
        above, below = sums_k.copy(), sums_k.copy()
        above[..., index] += step
        below[..., index] -= step
        up, down = value(above) - here, here - value(below)
        both = np.stack([np.where(np.isnan(up), down, up), np.where(np.isnan(down), up, down)])
        derivative[..., index] = both.mean(0) / step
    return np.nan_to_num(derivative, nan=0.0, posinf=0.0, neginf=0.0)
