from __future__ import annotations

import numpy as np
import pytest
from sounds_made import RATE_HZ, changed, level_db, voice

from harness.signals.f0_track import f0_track
from harness.signals.media import Audio


def gain_db(name: str, rate_hz: int = RATE_HZ) -> np.ndarray:
    """The response in dB, one value per Hz, up to a constant."""
    impulse = np.zeros(rate_hz, np.float32)
    impulse[rate_hz // 2] = 0.5
    return 20 * np.log10(np.abs(np.fft.rfft(changed(name, Audio(impulse, rate_hz)).waveform)) + 1e-12)


@pytest.mark.parametrize(("name", "sign"), [("voice/tilt_down", -1), ("voice/tilt_up", 1)])
@pytest.mark.parametrize(("severity", "slope_db"), [(1, 1.5), (2, 3.0), (3, 6.0)])
@pytest.mark.parametrize("rate_hz", [16_000, 48_000])
def test_a_tilt_is_so_many_decibels_per_octave_from_125_hz_to_8_khz(
    name: str, sign: int, severity: int, slope_db: float, rate_hz: int
) -> None:
    response_db = gain_db(f"{name}@{severity}", rate_hz)
    for octave_hz in (125, 250, 500, 1_000, 2_000, 3_900):
        found_db = response_db[2 * octave_hz] - response_db[octave_hz]
        assert found_db == pytest.approx(sign * slope_db, abs=0.15)
    assert response_db[60] == pytest.approx(response_db[120], abs=0.1)


def test_a_tilt_keeps_the_level_and_delays_nothing() -> None:
    speech = voice()
    tilted = changed("voice/tilt_down@3", speech).waveform
    assert level_db(tilted) == pytest.approx(level_db(speech.waveform), abs=1e-4)
    lags = np.correlate(tilted.astype(float), speech.waveform[200:-200].astype(float), "valid")
    assert lags.argmax() == 200


def test_words_are_filtered_out_and_prosody_stays() -> None:
    response_db = gain_db("voice/prosody_only")
    passed_db = response_db[100]
    assert response_db[300] == pytest.approx(passed_db, abs=0.2)
    assert response_db[400] - passed_db == pytest.approx(-6.02, abs=0.1)
    assert response_db[800] - passed_db < -90
    speech = voice(2.0)
    filtered = changed("voice/prosody_only", speech)
    assert level_db(filtered.waveform) == pytest.approx(level_db(speech.waveform), abs=1e-3)
    before, after = (f0_track(audio.waveform, RATE_HZ).f0_hz for audio in (speech, filtered))
    both = np.isfinite(before) & np.isfinite(after)
    assert both.mean() > 0.8
    assert np.abs(12 * np.log2(after[both] / before[both])).max() < 0.3
