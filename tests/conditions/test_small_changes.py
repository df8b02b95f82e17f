from __future__ import annotations

import numpy as np
import pytest
from scipy import signal
from sounds_made import RATE_HZ, changed, level_db, voice

from harness.errors import Unscored
from harness.signals.media import Audio

SPEECH = voice()


@pytest.mark.parametrize(("severity", "under_db"), [(1, 50), (2, 45), (3, 40)])
def test_a_tone_of_5_to_7_khz_lies_under_the_peak_of_the_speech(severity: int, under_db: float) -> None:
    found_hz = []
    for seed in range(20):
        tone = changed(f"voice/tone@{severity}", SPEECH, seed=seed).waveform - SPEECH.waveform
        assert 20 * np.log10(0.5 / np.abs(tone).max()) == pytest.approx(under_db, abs=0.1)
        found_hz.append(int(np.abs(np.fft.rfft(tone)).argmax()))  # one second: bins of 1 Hz
    assert 5_000 <= min(found_hz) < 5_500
    assert 6_500 < max(found_hz) <= 7_000
    assert len(set(found_hz)) > 15


@pytest.mark.parametrize(("severity", "num_samples"), [(1, 100), (2, 500), (3, 1_000)])
@pytest.mark.parametrize("times", [1, 3])
def test_zeros_and_crops_have_the_length_of_so_many_samples_at_16_khz(
    severity: int, num_samples: int, times: int
) -> None:
    speech = voice(rate_hz=times * RATE_HZ)
    given, num = speech.waveform, times * num_samples
    zeros = np.zeros(num, np.float32)
    for name, expected in {
        "append_zeros": np.concatenate([given, zeros]),
        "prepend_zeros": np.concatenate([zeros, given]),
        "crop_beginning": given[num:],
        "crop_end": given[:-num],
    }.items():
        np.testing.assert_array_equal(changed(f"voice/{name}@{severity}", speech).waveform, expected)


@pytest.mark.parametrize("name", ["voice/crop_beginning@3", "voice/crop_end@3"])
def test_a_clip_that_would_be_cropped_away_is_not_changed(name: str) -> None:
    with pytest.raises(Unscored, match="not_applicable"):
        changed(name, Audio(SPEECH.waveform[:1_000], RATE_HZ))


@pytest.mark.parametrize(("severity", "num_clipped"), [(1, 10), (2, 20), (3, 30)])
def test_clipping_cuts_the_share_of_the_samples_that_the_severity_states(severity: int, num_clipped: int) -> None:
    shuffled = np.random.default_rng(0).permutation(np.linspace(-0.9, 0.9, 10_000)).astype(np.float32)
    clipped = changed(f"voice/clip@{severity}", Audio(shuffled, RATE_HZ)).waveform
    assert (clipped != shuffled).sum() == num_clipped
    assert (np.abs(clipped[clipped != shuffled]) == np.abs(clipped).max()).all()


@pytest.mark.parametrize(("severity", "gain_db"), [(1, -1), (2, 1), (3, -2), (4, 2)])
def test_small_gains_move_the_level(severity: int, gain_db: float) -> None:
    moved = changed(f"voice/small_gain@{severity}", SPEECH).waveform
    assert level_db(moved) - level_db(SPEECH.waveform) == pytest.approx(gain_db, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "cutoff_hz", "kind"),
    [
        ("voice/high_pass@1", 50, "high"),
        ("voice/high_pass@2", 100, "high"),
        ("voice/high_pass@3", 150, "high"),
        ("voice/low_pass@1", 7_500, "low"),
        ("voice/low_pass@2", 7_000, "low"),
        ("voice/low_pass@3", 6_500, "low"),
    ],
)
def test_filters_respond_as_a_butterworth_of_first_order(name: str, cutoff_hz: float, kind: str) -> None:
    impulse = np.zeros(RATE_HZ, np.float32)
    impulse[0] = 1
    response = np.abs(np.fft.rfft(changed(name, Audio(impulse, RATE_HZ)).waveform))
    assert 20 * np.log10(response[cutoff_hz]) == pytest.approx(-3.01, abs=0.02)
    # By hand: the bilinear transform maps a frequency to tan(pi f / rate).
    frequency_hz = np.arange(10, 7_900, 10)
    ratio = np.tan(np.pi * frequency_hz / RATE_HZ) / np.tan(np.pi * cutoff_hz / RATE_HZ)
    expected = 1 / np.sqrt(1 + (1 / ratio if kind == "high" else ratio) ** 2)
    np.testing.assert_allclose(response[frequency_hz], expected, atol=1e-4)


@pytest.mark.parametrize(("severity", "snr_db"), [(1, 45), (2, 40), (3, 35)])
def test_faint_noise_is_white_and_35_to_45_db_down(severity: int, snr_db: float) -> None:
    noise = changed(f"voice/faint_noise@{severity}", SPEECH).waveform.astype(float) - SPEECH.waveform
    assert level_db(SPEECH.waveform) - level_db(noise) == pytest.approx(snr_db, abs=0.1)
    _, power = signal.welch(noise, RATE_HZ, nperseg=512)
    assert power[2:-2].max() / power[2:-2].min() < 10


@pytest.mark.parametrize("name", ["voice/tone@1", "voice/low_pass@1"])
def test_a_recording_of_a_telephone_has_no_high_frequencies_to_change(name: str) -> None:
    with pytest.raises(Unscored, match="a sample rate of 8000 Hz is too low"):
        changed(name, voice(rate_hz=8_000))


@pytest.mark.parametrize("name", ["voice/tone@3", "voice/high_pass@3", "voice/low_pass@3", "voice/small_gain@4"])
def test_nothing_leaves_full_scale(name: str) -> None:
    loud = Audio(np.sign(SPEECH.waveform), RATE_HZ)
    assert np.abs(changed(name, loud).waveform).max() == 1.0
