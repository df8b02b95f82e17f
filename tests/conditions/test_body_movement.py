"""A moving arm and a heart that works harder, measured after they were made."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from made_recordings import changed, made, rmssd

from harness.conditions.body_movement import INTENSITY_G, RAISED_BPM, SWING_KEPT
from harness.signals.hrv import time_domain
from harness.signals.media import Recording


@pytest.mark.parametrize("severity", INTENSITY_G)
def test_the_intensity_of_movement(severity: int) -> None:
    given = made()
    found = changed(f"wearable/movement@{severity}", given)
    moved = found.channels["acceleration"].values - given.channels["acceleration"].values
    assert np.sqrt((moved**2).sum(axis=1).mean()) == pytest.approx(INTENSITY_G[severity], rel=0.05)
    wave = found.channels["bvp"].values - given.channels["bvp"].values
    assert wave.std() == pytest.approx(8 * INTENSITY_G[severity] * given.channels["bvp"].values.std(), rel=1e-6)
    assert found.channels["eda"] is given.channels["eda"]


def test_more_movement_loses_the_same_beats_and_more() -> None:
    given, left = made(), []
    for severity, lost in zip(INTENSITY_G, (0.35, 0.65, 0.85, 0.9, 0.95), strict=True):
        beats = changed(f"wearable/movement@{severity}", given).beats
        assert beats is not None
        assert given.beats is not None
        assert 1 - len(beats.time_s) / len(given.beats.time_s) == pytest.approx(lost, abs=0.01)
        left.append(set(beats.time_s.tolist()))
    assert all(more <= fewer for fewer, more in pairwise(left))


def described(recording: Recording) -> tuple[float, float]:
    assert recording.beats is not None
    found = time_domain(recording.beats, np.zeros(1), np.array([recording.duration_s]))
    return float(found.heart_rate[0]), float(found.coverage[0])


@pytest.mark.parametrize("severity", RAISED_BPM)
def test_the_heart_beats_faster_with_less_variation_and_the_skin_stays(severity: int) -> None:
    given = made()
    found = changed(f"wearable/exercise@{severity}", given)
    before, after = described(given), described(found)
    assert after[0] - before[0] == pytest.approx(RAISED_BPM[severity], abs=1.0)
    assert after[1] == pytest.approx(before[1], abs=0.05)
    faster = after[0] / before[0]
    assert rmssd(found) == pytest.approx(rmssd(given) * SWING_KEPT[severity] / faster, rel=0.15)
    assert found.channels["eda"] is given.channels["eda"]
    assert found.channels["acceleration"] is given.channels["acceleration"]
    own = found.channels["heart_rate"].values / given.channels["heart_rate"].values
    assert own == pytest.approx(np.full(len(own), faster), rel=0.02)
    spectrum = np.abs(np.fft.rfft(found.channels["bvp"].values))
    assert np.argmax(spectrum) / 120 * 60 == pytest.approx(60 / 0.85 * faster, rel=0.03)


def test_gaps_stay_gaps() -> None:
    """Beats of the middle third alone: as much of the window is covered as before."""
    given = made()
    assert given.beats is not None
    middle = (given.beats.time_s > 40) & (given.beats.time_s < 80)
    some = Recording(
        120.0, given.channels, type(given.beats)(given.beats.time_s[middle], given.beats.interval_ms[middle])
    )
    assert described(changed("wearable/exercise@3", some))[1] == pytest.approx(described(some)[1], abs=0.06)
