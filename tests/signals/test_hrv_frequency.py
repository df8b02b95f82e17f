"""Band powers of series whose spectrum is known."""

from __future__ import annotations

import numpy as np
import pytest

from harness.signals.hrv import time_domain
from harness.signals.hrv_frequency import FrequencyDomain, FrequencySettings, frequency_domain
from harness.signals.media import Beats


def modulated(frequency_hz: float, amplitude_ms: float, duration_s: float = 300.0) -> Beats:
    """Intervals about 500 ms that swing with one frequency."""
    time_s, beats = 0.0, []
    while time_s < duration_s:
        interval = 500 + amplitude_ms * np.sin(2 * np.pi * frequency_hz * time_s)
        time_s += interval / 1000
        beats.append((time_s, interval))
    return Beats(*np.array(beats).T)


def measure(beats: Beats, start_s: list[float], end_s: list[float]) -> FrequencyDomain:
    starts, ends = np.array(start_s), np.array(end_s)
    return frequency_domain(beats, starts, ends, time_domain(beats, starts, ends).coverage)


@pytest.mark.parametrize(("frequency_hz", "band", "other"), [(0.1, "lf", "hf"), (0.25, "hf", "lf")])
def test_power_of_a_sine_is_half_its_amplitude_squared(frequency_hz: float, band: str, other: str) -> None:
    found = measure(modulated(frequency_hz, 20.0), [0.0], [300.0])
    # interpolating two beats a second linearly costs a tenth of the power at 0.25 Hz
    assert getattr(found, band)[0] == pytest.approx(20**2 / 2, rel=0.12)
    assert getattr(found, other)[0] < 2.0
    assert found.lf_hf[0] == pytest.approx(found.lf[0] / found.hf[0])


def test_a_window_does_not_depend_on_its_neighbours() -> None:
    beats = modulated(0.1, 20.0)
    inside = (beats.time_s >= 100) & (beats.time_s < 200)
    alone = Beats(beats.time_s[inside], beats.interval_ms[inside])
    together = measure(beats, [0.0, 100.0, 120.0], [60.0, 200.0, 180.0])
    np.testing.assert_allclose(together.lf[1], measure(alone, [100.0], [200.0]).lf[0], rtol=1e-12)


def test_poorly_covered_windows_are_not_measured() -> None:
    beats = modulated(0.1, 20.0)
    kept = (beats.time_s < 60) | (beats.time_s > 120)
    gappy = Beats(beats.time_s[kept], beats.interval_ms[kept])
    found = measure(gappy, [0.0, 30.0, 400.0], [60.0, 130.0, 460.0])
    assert np.isfinite(found.lf).tolist() == [True, False, False]


def test_settings_name_everything_that_decides_a_power() -> None:
    assert FrequencySettings() == FrequencySettings(
        interpolation_hz=4.0, window="hann", detrend="linear", lf_hz=(0.04, 0.15), hf_hz=(0.15, 0.4)
    )
