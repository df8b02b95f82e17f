"""Movement of the wrist, from a three-axis accelerometer.

Shapes: W windows, T frames, A axes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from harness.arrays import Floats
from harness.signals.nan_statistics import nan_mean, nan_sd


class Motion(NamedTuple):
    """One value per window, shape (W,); NaN where the window has no signal.

    Attributes:
        level: mean magnitude of the acceleration, g; 1 at rest (gravity).
        sd: standard deviation of the magnitude, g: movement, whatever the position of the wrist.
        jerk: mean magnitude of the change of the acceleration vector, g/s.
    """

    level: Floats
    sd: Floats
    jerk: Floats


def motion(acceleration_WTA: Floats, rate_hz: float) -> Motion:
    """Measure acceleration in g, shape (W, T, A), NaN where it is missing."""
    magnitude_WT = np.sqrt(np.sum(acceleration_WTA**2, axis=2))
    change_WT = np.sqrt(np.sum(np.diff(acceleration_WTA, axis=1) ** 2, axis=2)) * rate_hz
    return Motion(level=nan_mean(magnitude_WT), sd=nan_sd(magnitude_WT), jerk=nan_mean(change_WT))
