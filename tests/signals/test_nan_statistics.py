"""Statistics with missing frames, against numpy on the frames that are there."""

from __future__ import annotations

import numpy as np
import pytest

from harness.signals.nan_statistics import nan_mean, nan_sd, nan_slope


def test_equal_numpy_on_the_present_frames() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(5, 2, (6, 50))
    values[rng.random(values.shape) < 0.3] = np.nan
    for row, mean, sd, slope in zip(values, nan_mean(values), nan_sd(values), nan_slope(values, 4.0), strict=True):
        frames = np.flatnonzero(np.isfinite(row))
        assert mean == pytest.approx(row[frames].mean())
        assert sd == pytest.approx(row[frames].std(ddof=1))
        assert slope == pytest.approx(np.polyfit(frames / 240.0, row[frames], 1)[0])


def test_too_few_frames_are_nan_without_a_warning() -> None:
    values = np.array([[np.nan, np.nan], [1.0, np.nan], [1.0, 3.0]])
    np.testing.assert_array_equal(nan_mean(values), [np.nan, 1.0, 2.0])
    np.testing.assert_array_equal(nan_sd(values), [np.nan, np.nan, np.sqrt(2.0)])
    np.testing.assert_array_equal(nan_slope(values, 1.0), [np.nan, np.nan, 120.0])
