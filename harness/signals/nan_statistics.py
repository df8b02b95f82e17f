"""Statistics of windows with missing frames: rows are windows, NaN is a missing frame.

Unlike `numpy.nanmean` and the like, they do not warn about a window without any frame: its statistic is NaN.
Shapes: W windows, T frames.
"""

from __future__ import annotations

import numpy as np

from harness.arrays import Floats


def nan_mean(values_WT: Floats) -> Floats:
    """The mean of each window's frames, shape (W,); NaN if there are none."""
    present = np.isfinite(values_WT)
    total = np.sum(values_WT, axis=1, where=present)
    return ratio_if_positive(total, present.sum(axis=1).astype(np.float64))


def nan_sd(values_WT: Floats) -> Floats:
    """The standard deviation of each window's frames (ddof 1), shape (W,); NaN for fewer than two."""
    present = np.isfinite(values_WT)
    centred = values_WT - nan_mean(values_WT)[:, None]
    squares = np.sum(centred**2, axis=1, where=present)
    return np.sqrt(ratio_if_positive(squares, present.sum(axis=1) - 1.0))


def nan_slope(values_WT: Floats, rate_hz: float) -> Floats:
    """The least-squares slope per minute of each window's frames, shape (W,); NaN for fewer than two."""
    present = np.isfinite(values_WT)
    minutes_WT = np.where(present, np.arange(values_WT.shape[1]) / (60.0 * rate_hz), np.nan)
    times = minutes_WT - nan_mean(minutes_WT)[:, None]
    centred = values_WT - nan_mean(values_WT)[:, None]
    return ratio_if_positive(
        np.sum(times * centred, axis=1, where=present), np.sum(times**2, axis=1, where=present)
    )


def ratio_if_positive(numerator: Floats, denominator: Floats) -> Floats:
    """Divide, element by element; NaN where the denominator is not above zero."""
    result: Floats = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=result, where=denominator > 0)
    return result
