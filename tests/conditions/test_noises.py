from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sounds_made
from scipy import signal
from sounds_made import RATE_HZ, folder_of, level_db, noise, voice

from harness.conditions.noises import Babble, coloured
from harness.errors import Unscored
from harness.signals.media import Audio
from harness.study.assembly import open_condition

SPEECH = voice(2.0)


def changed(name: str, audio: Audio = SPEECH, folder: Path | None = None, seed: int = 0) -> Audio:
    return sounds_made.changed(name, audio, folder, seed)


def measured_snr_db(clean: np.ndarray, mixture: np.ndarray) -> float:
    """The part of the mixture that is the clean signal, by least squares, against the rest."""
    clean, mixture = clean.astype(float), mixture.astype(float)
    share = clean @ mixture / (clean @ clean)
    return level_db(share * clean) - level_db(mixture - share * clean)


@pytest.mark.parametrize("family", ["voice/white_noise", "voice/pink_noise", "voice/speech_shaped_noise"])
@pytest.mark.parametrize(("severity", "snr_db"), [(1, 20), (2, 15), (3, 10), (4, 5), (5, 0)])
def test_made_noises_have_the_ratio_that_the_severity_states_and_keep_the_level(
    family: str, severity: int, snr_db: float
) -> None:
    mixture = changed(f"{family}@{severity}").waveform
    assert measured_snr_db(SPEECH.waveform, mixture) == pytest.approx(snr_db, abs=0.4)
    # Speech and noise that are not quite orthogonal may add up to another level, which is then brought back.
    assert level_db(mixture) == pytest.approx(level_db(SPEECH.waveform), abs=1e-4)


def test_a_loud_mixture_is_made_quieter_and_never_clipped() -> None:
    loud = Audio(np.sign(SPEECH.waveform), RATE_HZ)
    mixture = changed("voice/white_noise@5", loud).waveform
    assert np.abs(mixture).max() == pytest.approx(1.0, abs=1e-6)
    assert (np.abs(mixture) == 1).sum() == 1
    assert measured_snr_db(loud.waveform, mixture) == pytest.approx(0, abs=0.3)


def test_noise_is_the_same_at_every_severity_and_another_for_every_sample() -> None:
    def residual(severity: int, seed: int) -> np.ndarray:
        mixture = changed(f"voice/white_noise@{severity}", seed=seed).waveform.astype(float)
        clean = SPEECH.waveform.astype(float)
        return mixture - clean * (clean @ mixture) / (clean @ clean)

    assert np.corrcoef(residual(1, 0), residual(5, 0))[0, 1] > 0.999
    assert abs(np.corrcoef(residual(1, 0), residual(1, 1))[0, 1]) < 0.05


@pytest.mark.parametrize(("exponent", "per_octave_db"), [(0.0, 0.0), (-0.5, -3.01)])
@pytest.mark.parametrize("rate_hz", [16_000, 48_000])
def test_colours_fall_by_what_they_should_up_to_8_khz(exponent: float, per_octave_db: float, rate_hz: int) -> None:
    made = coloured(np.random.default_rng(0), 20 * rate_hz, rate_hz, exponent=exponent)
    frequency, power = signal.welch(made, rate_hz, nperseg=4096)

    def density_db(centre_hz: float) -> float:
        octave = (frequency > centre_hz / 2**0.5) & (frequency < centre_hz * 2**0.5)
        return float(10 * np.log10(power[octave].mean()))

    for centre_hz in (250, 500, 1000, 2000):
        assert density_db(2 * centre_hz) - density_db(centre_hz) == pytest.approx(per_octave_db, abs=0.25)
    if rate_hz > 16_000:
        assert density_db(16_000) < density_db(4_000) - 60


def test_noise_that_is_shaped_like_speech_has_its_spectrum_and_none_of_its_rhythm() -> None:
    mixture = changed("voice/speech_shaped_noise@5").waveform.astype(float)
    _, of_speech = signal.welch(SPEECH.waveform, RATE_HZ, nperseg=512)
    _, of_mixture = signal.welch(mixture, RATE_HZ, nperseg=512)
    near_harmonics = of_speech > of_speech.max() * 1e-5
    difference_db = 10 * np.log10(of_mixture[near_harmonics] / of_speech[near_harmonics])
    assert np.abs(difference_db).max() < 4

    def depth(waveform: np.ndarray) -> float:
        envelope = np.sqrt(np.convolve(waveform**2, np.ones(800) / 800, "valid"))
        return float(envelope.std() / envelope.mean())

    assert depth(mixture) < 0.75 * depth(SPEECH.waveform.astype(float))


@pytest.mark.parametrize("family", ["voice/babble", "voice/music", "voice/environment"])
@pytest.mark.parametrize("seconds", [0.7, 5.0])
def test_recordings_have_the_ratio_that_the_severity_states(tmp_path: Path, family: str, seconds: float) -> None:
    folder = folder_of({f"{n}.wav": noise(seconds, n, 8_000) for n in range(3)}, tmp_path, 8_000)
    for severity, snr_db in ((1, 20), (5, 0)):
        mixture = changed(f"{family}@{severity}", folder=folder).waveform
        assert measured_snr_db(SPEECH.waveform, mixture) == pytest.approx(snr_db, abs=0.4)


def test_music_is_a_piece_of_one_recording_from_a_place_that_is_drawn(tmp_path: Path) -> None:
    song = noise(8)
    folder = folder_of({"song.wav": song}, tmp_path)
    places = []
    for seed in range(4):
        mixture = changed("voice/music@5", folder=folder, seed=seed).waveform.astype(float)
        clean = SPEECH.waveform.astype(float)
        heard = mixture - clean * (clean @ mixture) / (clean @ clean)
        at = int(np.argmax(signal.correlate(song, heard, "valid")))
        assert np.corrcoef(song[at : at + len(heard)], heard)[0, 1] > 0.99
        places.append(at)
    assert len(set(places)) == 4


def test_babble_is_the_sum_of_four_to_seven_voices_13_to_20_db_down(tmp_path: Path) -> None:
    folder = folder_of({"1.wav": noise(30)}, tmp_path)
    babble = open_condition("voice/babble@1", {"voice/babble": folder})
    assert isinstance(babble, Babble)
    levels_db = [level_db(babble.noise(SPEECH, np.random.default_rng(seed))) + 20 for seed in range(200)]
    least_db, most_db = 10 * np.log10(4) - 20, 10 * np.log10(7) - 13  # powers of separate recordings add up
    assert least_db - 0.2 < min(levels_db) < least_db + 2.5
    assert most_db + 0.2 > max(levels_db) > most_db - 2.5


@pytest.mark.parametrize("family", ["voice/coughing", "voice/sneezing"])
def test_a_cough_is_heard_once_at_a_moment_that_is_drawn(tmp_path: Path, family: str) -> None:
    folder = folder_of({"1.wav": noise(0.3)}, tmp_path)
    starts = []
    for seed in range(20):
        mixture = changed(f"{family}@1", folder=folder, seed=seed).waveform.astype(float)
        clean = SPEECH.waveform.astype(float)
        quiet = np.abs(mixture / np.where(np.abs(clean) > 0.02, clean, np.nan))
        gain = np.nanmedian(quiet)
        heard = np.flatnonzero(np.abs(mixture - gain * clean) > 1e-3)
        assert heard[-1] - heard[0] < 0.3 * RATE_HZ
        assert measured_snr_db(clean, mixture) == pytest.approx(10, abs=0.5)
        starts.append(heard[0])
    assert np.std(starts) > 0.2 * RATE_HZ


def test_silence_has_no_ratio(tmp_path: Path) -> None:
    silent = Audio(np.zeros(RATE_HZ, np.float32), RATE_HZ)
    with pytest.raises(Unscored, match="not_applicable"):
        changed("voice/white_noise@1", silent)
    folder = folder_of({"1.wav": np.zeros(RATE_HZ)}, tmp_path)
    with pytest.raises(Unscored, match="no sound in 20 recordings"):
        changed("voice/music@1", folder=folder)
