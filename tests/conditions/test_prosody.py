from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import signal
from sounds_made import RATE_HZ, changed, level_db, noise, voice

from harness.conditions.speech_activity import levels_db
from harness.errors import Unscored
from harness.signals.f0_track import f0_track
from harness.signals.media import Audio

SPEECH = voice(2.0)


def f0_hz(audio: Audio) -> np.ndarray:
    """By pYIN, which shares nothing with the tracker that the changes rest on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import librosa

        found, _, _ = librosa.pyin(audio.waveform.astype(float), fmin=60, fmax=500, sr=audio.sample_rate)
    return found[np.isfinite(found)]


def test_the_tracker_finds_the_frequency_that_was_made() -> None:
    track = f0_track(SPEECH.waveform, RATE_HZ)
    inner = (track.time_s > 0.1) & (track.time_s < 1.9) & np.isfinite(track.f0_hz)
    expected = 150 * (1 + 0.1 * np.sin(2 * np.pi * 0.9 * track.time_s[inner]))
    assert inner.mean() > 0.7
    np.testing.assert_allclose(track.f0_hz[inner], expected, rtol=0.01)
    assert np.isnan(f0_track(noise(1.0).astype(np.float32), RATE_HZ).median_hz)
    assert len(f0_track(SPEECH.waveform[:500], RATE_HZ).time_s) == 0


@pytest.mark.slow
@pytest.mark.parametrize(("severity", "semitones"), [(1, 1), (2, 2), (3, 4), (4, 6)])
@pytest.mark.parametrize(("name", "sign"), [("voice/pitch_up", 1), ("voice/pitch_down", -1)])
def test_pitch_moves_by_the_semitones_of_the_severity_and_the_length_stays(
    name: str, sign: int, severity: int, semitones: float
) -> None:
    moved = changed(f"{name}@{severity}", SPEECH)
    assert len(moved.waveform) == len(SPEECH.waveform)
    assert level_db(moved.waveform) == pytest.approx(level_db(SPEECH.waveform), abs=1e-3)
    found = 12 * np.log2(np.median(f0_hz(moved)) / np.median(f0_hz(SPEECH)))
    assert found == pytest.approx(sign * semitones, abs=0.25)


def test_the_resonances_stay_where_they_are_when_the_pitch_moves() -> None:
    """A resonance at 1200 Hz, which reading the samples faster would move to 1510 Hz."""
    sections = signal.iirpeak(1_200, 6, fs=RATE_HZ)
    resonant = signal.lfilter(*sections, SPEECH.waveform).astype(np.float32) + 0.05 * SPEECH.waveform
    moved = changed("voice/pitch_up@3", Audio(resonant, RATE_HZ)).waveform

    def resonance_hz(waveform: np.ndarray) -> float:
        frequency_hz, power = signal.welch(waveform, RATE_HZ, nperseg=4096)
        near = (frequency_hz > 900) & (frequency_hz < 1_800)
        return float((frequency_hz * power)[near].sum() / power[near].sum())

    assert resonance_hz(moved) == pytest.approx(resonance_hz(resonant), abs=100)


def test_flat_intonation_is_the_median_throughout() -> None:
    flat = f0_hz(changed("voice/flat_intonation", SPEECH))
    assert 12 * np.log2(np.median(flat) / np.median(f0_hz(SPEECH))) == pytest.approx(0, abs=0.3)
    assert np.std(12 * np.log2(flat)) < 0.2
    assert np.std(12 * np.log2(f0_hz(SPEECH))) > 0.9


def test_the_control_is_put_together_again_without_a_change() -> None:
    again = changed("voice/resynthesised", SPEECH)
    assert level_db(again.waveform) == pytest.approx(level_db(SPEECH.waveform), abs=1e-3)
    before, after = (f0_track(audio.waveform, RATE_HZ).f0_hz for audio in (SPEECH, again))
    both = np.isfinite(before) & np.isfinite(after)
    assert both.sum() > 0.95 * np.isfinite(before).sum()
    assert np.abs(12 * np.log2(after[both] / before[both])).max() < 0.3
    rise, rise_again = (np.convolve(audio.waveform**2, np.ones(800), "same") for audio in (SPEECH, again))
    assert np.corrcoef(rise, rise_again)[0, 1] > 0.99
    bands_db, bands_again_db = (
        10 * np.log10(signal.welch(audio.waveform, RATE_HZ, nperseg=64)[1][:16]) for audio in (SPEECH, again)
    )
    assert np.abs(bands_again_db - bands_db).max() < 2


@pytest.mark.parametrize(
    ("name", "speed"),
    [
        *(("faster@1", 1.1), ("faster@2", 1.25), ("faster@3", 1.5), ("faster@4", 2.0)),
        *(("slower@1", 0.9), ("slower@2", 0.8), ("slower@3", 0.67), ("slower@4", 0.5)),
    ],
)
def test_tempo_changes_the_length_and_the_rhythm_and_not_the_pitch(name: str, speed: float) -> None:
    other = changed(f"voice/{name}", SPEECH)
    assert len(other.waveform) == round(len(SPEECH.waveform) / speed)
    assert np.median(f0_hz(other)) == pytest.approx(np.median(f0_hz(SPEECH)), rel=0.03)
    envelope = np.convolve(np.abs(other.waveform), np.ones(800) / 800, "same")
    spectrum = np.abs(np.fft.rfft(envelope - envelope.mean(), 16 * RATE_HZ))
    syllables_per_s = 1 / 16 * spectrum[16 : 16 * 12].argmax() + 1
    assert syllables_per_s == pytest.approx(4 * speed, rel=0.08)  # four per second were made


def test_even_loudness_leaves_no_accent_and_no_noise_in_the_pauses() -> None:
    accents = SPEECH.waveform * np.repeat([1.0, 0.1, 0.5, 0.02], RATE_HZ // 2).astype(np.float32)
    accents[RATE_HZ // 2 - 4_000 : RATE_HZ // 2] = 1e-5 * noise(0.25).astype(np.float32)
    even = changed("voice/even_loudness", Audio(accents, RATE_HZ))
    level = levels_db(even)
    speech = levels_db(Audio(accents, RATE_HZ)) > levels_db(Audio(accents, RATE_HZ)).max() - 25
    assert np.ptp(np.quantile(level[speech], [0.05, 0.95])) < 3
    assert np.median(level[RATE_HZ // 2 - 3_000 : RATE_HZ // 2 - 1_000]) < np.median(level[speech]) - 50


def test_words_only_has_neither_melody_nor_accents_nor_pauses() -> None:
    accents = SPEECH.waveform * np.repeat([1.0, 0.2, 0.6, 0.3], RATE_HZ // 2).astype(np.float32)
    accents[10_000:20_000] = 0
    words = changed("voice/words_only", Audio(accents, RATE_HZ))
    assert np.std(12 * np.log2(f0_hz(words))) < 0.3
    assert len(words.waveform) < len(accents) - 10_000 + 0.15 * RATE_HZ + 2_500
    level = levels_db(words)
    assert np.ptp(np.quantile(level, [0.25, 0.95])) < 4


@pytest.mark.parametrize("name", ["voice/flat_intonation", "voice/pitch_up@1", "voice/words_only"])
def test_a_clip_without_voice_has_no_melody_to_change(name: str) -> None:
    with pytest.raises(Unscored, match="no voice with a fundamental"):
        changed(name, Audio(noise(1.0).astype(np.float32), RATE_HZ))
