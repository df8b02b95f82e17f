from __future__ import annotations

import numpy as np
import pytest

from harness.signals.curves import MAX_STEPS, Curve, curves_of
from harness.signals.media import Audio, Beats, Channel, Image, Recording, Video

RATE = 16_000


def one(recording: Recording, name: str) -> Curve:
    (found,) = (curve for curve in curves_of(recording) if curve.name == name)
    return found


def test_a_short_peak_is_not_lost_in_a_long_sound() -> None:
    waveform = np.zeros(3 * RATE, np.float32)
    waveform[RATE + 5] = 0.7
    (curve,) = curves_of(Audio(waveform, RATE))
    assert (curve.name, curve.unit, curve.duration_s, len(curve.low)) == ("amplitude", None, 3.0, MAX_STEPS)
    assert curve.high[MAX_STEPS // 3] == pytest.approx(0.7)
    assert curve.extent == pytest.approx((0.0, 0.7))


def test_pictures_have_no_curves_and_films_those_of_their_sound() -> None:
    assert curves_of(Image(np.zeros((2, 2, 3), np.uint8))) == []
    frames, sound = np.zeros((1, 2, 2, 3), np.uint8), Audio(np.ones(100, np.float32), RATE)
    assert curves_of(Video(frames, np.zeros(1))) == []
    assert [curve.name for curve in curves_of(Video(frames, np.zeros(1), sound))] == ["amplitude"]


def test_values_lie_where_they_were_recorded_and_gaps_are_kept() -> None:
    values = np.arange(40.0)
    values[8:16] = np.nan
    curve = one(Recording(60.0, {"eda": Channel(values, 1.0, start_s=20.0, unit="µS")}), "eda")
    assert (curve.unit, len(curve.low)) == ("µS", 60)
    assert np.isnan(curve.low[:20]).all()
    np.testing.assert_array_equal(curve.low[20:28], np.arange(8.0))
    assert np.isnan(curve.low[28:36]).all()
    np.testing.assert_array_equal(curve.high[36:], np.arange(16.0, 40.0))


@pytest.mark.parametrize("rate_hz", [4.0, 32.0, 63.9, 700.0])
def test_a_whole_channel_has_no_gap(rate_hz: float) -> None:
    values = np.arange(round(60 * rate_hz), dtype=float)
    curve = one(Recording(60.0, {"ecg": Channel(values, rate_hz)}), "ecg")
    assert np.isfinite(curve.low).all()
    assert curve.extent == (0.0, len(values) - 1)


def test_of_movement_the_length_of_the_vector_is_drawn() -> None:
    axes = np.tile([3.0, 4.0, 0.0], (64, 1))
    curve = one(Recording(2.0, {"acceleration": Channel(axes, 32.0, unit="g")}), "acceleration")
    np.testing.assert_array_equal(curve.low, 5.0)


def test_an_interval_lasts_from_beat_to_beat_and_a_missing_beat_leaves_a_gap() -> None:
    beats = Beats(np.array([1.0, 2.0, 6.0]), np.array([1000.0, 1000.0, 1000.0]))
    curve = one(Recording(8.0, {}, beats), "interval between heartbeats")
    known = np.isfinite(curve.low).reshape(8, 4).all(axis=1)
    assert known.tolist() == [True, True, False, False, False, True, False, False]
    assert (curve.unit, curve.extent) == ("ms", (1000.0, 1000.0))
    assert one(Recording(2.0, {}, Beats(np.empty(0), np.empty(0))), "interval between heartbeats").extent is None
