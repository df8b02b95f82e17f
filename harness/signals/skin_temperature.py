"""Skin temperature: peripheral vessels narrow under stress, and the skin of the hand cools.

Shapes: W windows, T frames.
"""

from __future__ import annotations

from typing import NamedTuple

from harness.arrays import Floats
from harness.signals.nan_statistics import nan_mean, nan_sd, nan_slope


class SkinTemperature(NamedTuple):
    """One value per window, shape (W,); NaN where the window has no signal.

    Attributes:
        level: mean temperature, °C.
        slope: its drift, °C per minute.
        sd: its standard deviation, °C.
    """

    level: Floats
    slope: Floats
    sd: Floats


def skin_temperature(temperature_WT: Floats, rate_hz: float) -> SkinTemperature:
    """Measure skin temperature in °C, shape (W, T), NaN where it is missing."""
    return SkinTemperature(
        level=nan_mean(temperature_WT),
        slope=nan_slope(temperature_WT, rate_hz),
        sd=nan_sd(temperature_WT),
    )
