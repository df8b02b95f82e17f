"""Skin-conductance responses of known number and height."""

from __future__ import annotations

import numpy as np
import pytest

from harness.arrays import Floats
from harness.signals.electrodermal import electrodermal

RATE_HZ = 4.0


def conductance(onsets_s: list[float], height: float, duration_s: float = 60.0, level: float = 2.0) -> Floats:
    """A level with responses that rise linearly for 2 s and decay exponentially."""
    time_s = np.arange(round(duration_s * RATE_HZ)) / RATE_HZ
    since = time_s - np.array(onsets_s)[:, None]
    rise = np.clip(since / 2.0, 0.0, 1.0)
    decay = np.exp(-np.maximum(since - 2.0, 0.0) / 3.0)
    return level + height * (rise * decay).sum(axis=0)


def test_responses_are_counted_and_measured() -> None:
    found = electrodermal(conductance([5.0, 20.0, 40.0], 0.5)[None], RATE_HZ)
    assert found.responses_per_minute[0] == 3.0
    # the smoothing over 1 s cuts a little off the tops
    assert found.response_amplitude[0] == pytest.approx(0.5, rel=0.1)
    assert found.level[0] == pytest.approx(2.0 + 3 * 0.5 * (1.0 + 3.0) / 60, rel=0.01)


def test_small_short_and_slow_changes_are_not_responses() -> None:
    rng = np.random.default_rng(0)
    noise = 2.0 + rng.normal(0, 0.002, 240)
    spike = np.where(np.arange(240) == 100, 2.3, 2.0)
    falling = np.linspace(3.0, 2.0, 240)
    found = electrodermal(np.stack([noise, conductance([10.0], 0.015), falling]), RATE_HZ)
    assert found.responses_per_minute.tolist() == [0.0, 0.0, 0.0]
    assert found.response_amplitude.tolist() == [0.0, 0.0, 0.0]
    assert found.slope[2] == pytest.approx(-1.0, rel=0.01)
    assert electrodermal(spike[None], RATE_HZ).responses_per_minute[0] <= 1.0


def test_windows_do_not_touch_one_another() -> None:
    # the first window ends low, the second starts high: no rise between them
    low, high = conductance([10.0], 0.3, level=1.0), conductance([10.0, 30.0], 0.3, level=9.0)
    together = np.stack(electrodermal(np.stack([low, high]), RATE_HZ), axis=1)
    for row, window in zip(together, (low, high), strict=True):
        np.testing.assert_allclose(row, np.concatenate(electrodermal(window[None], RATE_HZ)), rtol=1e-12)
    assert together[:, 3].tolist() == [1.0, 2.0]


def test_missing_frames() -> None:
    half = conductance([5.0, 20.0, 40.0], 0.5)
    half[120:] = np.nan
    found = electrodermal(np.stack([half, np.full(240, np.nan)]), RATE_HZ)
    assert found.responses_per_minute[0] == 4.0  # two in the half minute that was measured
    assert np.isnan([values[1] for values in found]).all()
