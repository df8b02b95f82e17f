"""Faults of sensors, measured after they were made."""

from __future__ import annotations

import numpy as np
import pytest
from made_recordings import changed, made, rmssd

from harness.conditions.sensor_faults import DRIFT, MISSING_SHARE, NOISE, OTHER_DEVICE
from harness.errors import Unscored
from harness.signals.media import Channel, Recording


@pytest.mark.parametrize("severity", MISSING_SHARE)
def test_the_share_that_is_missing(severity: int) -> None:
    found, share = changed(f"wearable/missing@{severity}", made()), MISSING_SHARE[severity]
    for name, channel in found.channels.items():
        missing = ~np.isfinite(channel.values.reshape(len(channel.values), -1)[:, 0])
        assert missing.mean() == pytest.approx(share, abs=0.04), name
        if channel.rate_hz >= 4:
            assert np.sum(np.diff(missing.astype(int)) == 1) + missing[0] <= 4
    given = made().beats
    assert given is not None
    assert found.beats is not None
    gone = ~np.isin(given.time_s, found.beats.time_s)
    wave = found.channels["bvp"]
    frame = np.minimum((given.time_s * wave.rate_hz).astype(int), len(wave.values) - 1)
    assert np.isnan(wave.values[frame][~gone]).sum() == 0  # no beat is left within a gap
    assert gone.mean() >= share - 0.05


@pytest.mark.parametrize(("severity", "divisor"), [(1, 2), (2, 4), (3, 8), (4, 16)])
def test_fewer_frames_with_the_mean_of_those_they_stand_for(severity: int, divisor: int) -> None:
    given = made()
    found = changed(f"wearable/lower_rate@{severity}", given)
    wave, before = found.channels["bvp"], given.channels["bvp"]
    assert wave.rate_hz == before.rate_hz / divisor
    assert wave.values[3] == pytest.approx(before.values[3 * divisor : 4 * divisor].mean())
    assert wave.start_s == pytest.approx((divisor - 1) / 2 / 64)
    assert found.beats is not None
    ticks = found.beats.time_s * 64 / divisor
    assert ticks == pytest.approx(np.round(ticks), abs=1e-6)


def test_a_frame_of_missing_frames_is_missing() -> None:
    given = Recording(2.0, {"eda": Channel(np.array([1.0, 3, np.nan, 5, np.nan, np.nan, 7, 7]), 4.0)})
    found = changed("wearable/lower_rate@1", given)
    assert np.array_equal(found.channels["eda"].values, [2, 5, np.nan, 7], equal_nan=True)


@pytest.mark.parametrize("severity", NOISE)
def test_the_signal_to_noise_ratio_and_the_beats(severity: int) -> None:
    given = made(1800.0)
    found = changed(f"wearable/noise@{severity}", given)
    db, beat_ms = NOISE[severity]
    for name in ("bvp", "eda", "temperature"):
        noise = found.channels[name].values - given.channels[name].values
        assert 10 * np.log10(given.channels[name].values.var() / noise.var()) == pytest.approx(db, abs=0.3)
    assert np.array_equal(found.channels["heart_rate"].values, given.channels["heart_rate"].values)
    assert rmssd(found) ** 2 - rmssd(given) ** 2 == pytest.approx(6 * beat_ms**2, rel=0.15, abs=40)


@pytest.mark.parametrize("severity", DRIFT)
def test_drift_at_the_end_of_the_window(severity: int) -> None:
    given = made()
    found, (share, celsius) = changed(f"wearable/drift@{severity}", given), DRIFT[severity]
    ratio = found.channels["eda"].values / given.channels["eda"].values
    rise = found.channels["temperature"].values - given.channels["temperature"].values
    assert (ratio[0], rise[0]) == (1.0, 0.0)
    assert ratio[-1] == pytest.approx(1 + share, rel=0.01)
    assert rise[-1] == pytest.approx(celsius, rel=0.01)
    assert found.channels["bvp"] is given.channels["bvp"]


@pytest.mark.parametrize("severity", OTHER_DEVICE)
def test_the_errors_of_another_device(severity: int) -> None:
    given = made(3600.0)
    found = changed(f"wearable/other_device@{severity}", given)
    _, beat_ms, lost = OTHER_DEVICE[severity]
    assert found.beats is not None
    assert given.beats is not None
    assert 1 - len(found.beats.time_s) / len(given.beats.time_s) == pytest.approx(lost, abs=0.03)
    assert np.sqrt((rmssd(found) ** 2 - rmssd(given) ** 2) / 6) == pytest.approx(beat_ms, rel=0.1)


def test_only_beats_have_the_errors_of_another_device() -> None:
    with pytest.raises(Unscored, match="not_applicable"):
        changed("wearable/other_device@1", Recording(60.0, made().channels))
