"""Movement of known size."""

from __future__ import annotations

import numpy as np
import pytest

from harness.signals.motion import motion


def test_still_wrist_in_any_direction() -> None:
    still = np.tile([0.6, 0.0, 0.8], (1, 320, 1))
    found = motion(still, 32.0)
    assert found.level[0] == pytest.approx(1.0)
    assert found.sd[0] == pytest.approx(0.0, abs=1e-12)
    assert found.jerk[0] == 0.0


def test_swing_along_gravity() -> None:
    time_s = np.arange(640) / 32.0
    wave = np.zeros((1, 640, 3))
    wave[0, :, 2] = 1.0 + 0.3 * np.sin(2 * np.pi * 2.0 * time_s)
    found = motion(wave, 32.0)
    assert found.level[0] == pytest.approx(1.0, abs=1e-6)
    assert found.sd[0] == pytest.approx(0.3 / np.sqrt(2), rel=0.01)
    assert found.jerk[0] == pytest.approx(0.3 * 4 * 2.0, rel=0.03)  # four quarter swings per period


def test_missing_frames() -> None:
    wave = np.tile([0.0, 0.0, 1.0], (2, 64, 1))
    wave[0, 10:20] = np.nan
    wave[1] = np.nan
    found = motion(wave, 32.0)
    assert found.level[0] == pytest.approx(1.0)
    assert np.isnan([values[1] for values in found]).all()
