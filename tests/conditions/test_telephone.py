from __future__ import annotations

import numpy as np
import pytest
from scipy import signal
from sounds_made import RATE_HZ, changed, level_db, noise, voice

from harness.conditions.low_quality_phone import compress
from harness.conditions.telephone import in_telephone_band
from harness.signals.media import Audio
from harness.study.assembly import open_condition

pytest.importorskip("av")

SPEECH = voice(2.0)


@pytest.mark.parametrize(
    "name", ["voice/telephone@1", "voice/telephone@4", "voice/g711@2", "voice/opus@3", "voice/low_quality_phone"]
)
def test_a_call_has_the_level_and_the_length_of_the_clip(name: str) -> None:
    heard = changed(name, SPEECH).waveform
    assert len(heard) == len(SPEECH.waveform)
    assert level_db(heard) == pytest.approx(level_db(SPEECH.waveform), abs=1e-3)


def test_the_telephone_band_is_300_to_3400_hz() -> None:
    impulse = np.zeros(RATE_HZ, np.float32)
    impulse[0] = 1
    response_db = 20 * np.log10(np.abs(np.fft.rfft(in_telephone_band(impulse, RATE_HZ))))
    assert response_db[[300, 3_400]] == pytest.approx([-3.01, -3.01], abs=0.05)
    assert np.abs(response_db[600:2_500]).max() < 0.2
    assert response_db[[75, 7_000]].max() < -40
    narrow = in_telephone_band(impulse[:6_000], 6_000)  # such a recording ends under 3.4 kHz by itself
    assert np.abs(20 * np.log10(np.abs(np.fft.rfft(narrow))[1_000:2_900])).max() < 0.1


@pytest.mark.parametrize("severity", [1, 2, 3, 4])
def test_a_telephone_passes_its_band_alone(severity: int) -> None:
    wide = Audio(noise(2.0).astype(np.float32), RATE_HZ)
    frequency_hz, power = signal.welch(
        changed(f"voice/telephone@{severity}", wide).waveform, RATE_HZ, nperseg=1024
    )
    passed = power[(frequency_hz > 500) & (frequency_hz < 3_000)].mean()
    assert power[frequency_hz > 4_300].max() < 1e-3 * passed
    assert power[frequency_hz < 100].mean() < 0.03 * passed


def test_severities_name_band_codec_and_rate() -> None:
    meanings = [open_condition(f"voice/telephone@{severity}").plain()["meaning"] for severity in (1, 2, 3, 4)]
    assert meanings == [
        "300 to 3400 Hz, G.711 A-law 64 kbit/s",
        "300 to 3400 Hz, AMR-NB 12.2 kbit/s",
        "300 to 3400 Hz, AMR-NB 7.4 kbit/s",
        "300 to 3400 Hz, AMR-NB 4.75 kbit/s",
    ]


@pytest.mark.parametrize(
    ("level_in_db", "level_out_db"), [(-50, -46), (-40, -36), (-26, -22), (-16, -12.8), (-10, -8), (0, 0)]
)
def test_the_compressor_follows_the_line_through_minus_20_to_minus_16_and_0_to_0(
    level_in_db: float, level_out_db: float
) -> None:
    """SoX's compand 4:-20,-16: quiet sounds 4 dB louder, 4 dB per 5 dB above the threshold; knee of 4 dB apart."""
    square = (10 ** (level_in_db / 20) * np.where(np.arange(8_000) % 40 < 20, 1, -1)).astype(np.float32)
    out = compress(square, 8_000)
    assert level_db(out[4_000:]) == pytest.approx(level_out_db, abs=0.05)


def test_a_bad_call_hisses_over_3_khz_25_db_under_its_peak() -> None:
    quiet = SPEECH.waveform.copy()
    quiet[RATE_HZ:] = 0
    heard = changed("voice/low_quality_phone", Audio(quiet, RATE_HZ)).waveform
    hiss = heard[RATE_HZ + 4_000 :]
    frequency_hz, power = signal.welch(hiss, RATE_HZ, nperseg=512)
    assert power[frequency_hz > 4_000].mean() > 20 * power[frequency_hz < 1_000].mean()
    speech_peak = np.abs(heard[:RATE_HZ]).max()
    assert -60 < 20 * np.log10(np.abs(hiss).max() / speech_peak) < -27  # the high-pass takes most of pink noise


@pytest.mark.parametrize("name", ["voice/telephone@3", "voice/g711@1", "voice/opus@3"])
def test_a_call_sounds_the_same_however_loud_the_recording_is(name: str) -> None:
    """Codecs work at the level of calls: a recording 40 dB down is no worse."""
    quiet = changed(name, Audio(SPEECH.waveform * np.float32(0.01), RATE_HZ)).waveform.astype(float)
    assert np.corrcoef(quiet, changed(name, SPEECH).waveform)[0, 1] > 0.99
