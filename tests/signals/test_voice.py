from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile as sf

from harness.signals import voice
from harness.signals.voice import describe, feature_names
from harness.signals.voice_frames import FRAME, SAMPLE_RATE

Waveform = npt.NDArray[np.float64]
NAMES = feature_names()


def tone(
    f0_hz: float | Waveform, duration_s: float = 1.0, num_harmonics: int = 10, level: float = 0.1
) -> Waveform:
    """Harmonics that fall by 6 dB per octave."""
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(f0_hz, round(duration_s * SAMPLE_RATE))) / SAMPLE_RATE
    return level * sum((np.sin(k * phase) / k for k in range(1, num_harmonics + 1)), np.zeros_like(phase))


def noise(duration_s: float = 1.0, level: float = 0.05, seed: int = 0) -> Waveform:
    return level * np.random.default_rng(seed).normal(size=round(duration_s * SAMPLE_RATE))


def features(waveform: Waveform) -> dict[str, float]:
    return dict(zip(NAMES, describe([waveform])[0], strict=True))


def test_names_are_unique_and_fit_the_vector() -> None:
    assert len(set(NAMES)) == len(NAMES)
    assert describe([noise()]).shape == (1, len(NAMES))


@pytest.mark.parametrize("group", voice.GROUPS)
def test_a_group_is_its_columns_of_the_whole(group: voice.VoiceFeatureGroup) -> None:
    waveform = np.concatenate([tone(150), noise(0.3, 1e-4), tone(220)])
    alone = describe([waveform], [group])[0]
    whole = features(waveform)
    np.testing.assert_array_equal(alone, [whole[name] for name in feature_names([group])])


def test_a_sample_does_not_depend_on_its_batch(shared_data: Path) -> None:
    files = sorted((shared_data / "ravdess").glob("*/*.wav"))[::100]
    clips = [sf.read(file)[0] for file in files]
    # Clips of any length, from one frame on, beside real ones.
    rng = np.random.default_rng(0)
    clips += [clip[rng.integers(0, 5_000) :][: rng.integers(FRAME, 40_000)] for clip in clips]
    clips += [noise(0.1), np.zeros(SAMPLE_RATE), tone(100, FRAME / SAMPLE_RATE)]
    alone = np.concatenate([describe([clip]) for clip in clips])
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(clips))
        for part in np.array_split(order, 2):
            together = describe([clips[index] for index in part])
            np.testing.assert_allclose(together, alone[part], rtol=0, atol=1e-8)


def test_frames_in_chunks_are_the_same_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    clips = [noise(1.1), tone(130, 0.7)]
    whole = describe(clips)
    monkeypatch.setattr(voice, "CHUNK_FRAMES", 17)
    np.testing.assert_allclose(describe(clips), whole, rtol=0, atol=1e-8)


def test_the_same_clip_gives_the_same_bytes() -> None:
    assert describe([noise()]).tobytes() == describe([noise()]).tobytes()


@pytest.mark.parametrize("f0_hz", [80.0, 117.3, 200.0, 331.0, 450.0, 500.0, 590.0])
def test_f0_of_a_steady_tone(f0_hz: float) -> None:
    found = features(tone(f0_hz))
    assert found["f0_mean"] == pytest.approx(12 * np.log2(f0_hz / 27.5), abs=0.02)
    assert found["f0_sd"] < 0.02
    assert found["voiced_share"] == 1
    assert found["voiced_segments_per_s"] == pytest.approx(1, abs=0.05)


def test_f0_that_rises_evenly() -> None:
    seconds = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    found = features(tone(120 * 2**seconds))
    assert found["f0_slope"] == pytest.approx(12, abs=0.1)
    assert found["f0_change_mean"] == pytest.approx(12, abs=0.1)
    # Half of the octave at the middle, and the percentiles of an even rise.
    assert found["f0_p50"] == pytest.approx(12 * np.log2(120 * 2**0.5 / 27.5), abs=0.1)
    assert found["f0_range"] == pytest.approx(0.8 * 12 * 0.955, abs=0.1)


def test_the_missing_fundamental_is_heard() -> None:
    seconds = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    waveform = 0.1 * sum((np.sin(2 * np.pi * 150 * k * seconds) for k in (3, 4, 5)), np.zeros(SAMPLE_RATE))
    assert features(waveform)["f0_p50"] == pytest.approx(12 * np.log2(150 / 27.5), abs=0.05)


@pytest.mark.parametrize("snr_db", [0.0, 10.0, 20.0])
def test_harmonics_to_noise_ratio_is_the_mixed_one(snr_db: float) -> None:
    signal = tone(200)
    hiss = noise()
    hiss *= signal.std() / hiss.std() / 10 ** (snr_db / 20)
    assert features(signal + hiss)["hnr_p50"] == pytest.approx(snr_db, abs=1.5)


def test_spectral_tilt_is_measured_in_its_units() -> None:
    # White noise has equal power per Hz: slopes are 0, and bands of 950 and 4,000 Hz differ by their widths.
    found = features(noise(5.0))
    assert found["slope_0_500_mean"] == pytest.approx(0, abs=1.5)
    assert found["slope_500_1500_mean"] == pytest.approx(0, abs=1.0)
    assert found["alpha_mean"] == pytest.approx(10 * np.log10(950 / 4000), abs=0.5)


def test_level_is_that_of_a_sine() -> None:
    seconds = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    found = features(0.5 * np.sin(2 * np.pi * 400 * seconds))
    assert found["level_mean"] == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.01)


def test_ten_times_louder_moves_the_level_and_little_else() -> None:
    waveform = np.concatenate([tone(150, level=0.01), noise(0.4, 1e-3), tone(180, level=0.01)])
    soft, loud = features(waveform), features(10 * waveform)
    assert loud["level_mean"] - soft["level_mean"] == pytest.approx(20, abs=1e-6)
    for name in ("f0_mean", "hnr_mean", "centroid_p50", "speech_s", "pause_share", "alpha_mean"):
        assert loud[name] == pytest.approx(soft[name], abs=1e-2, rel=2e-3), name


def test_pauses_are_counted_where_they_are() -> None:
    silence = noise(0.5, 1e-5)
    found = features(np.concatenate([silence, tone(150, 0.6), silence[:4800], tone(150, 0.6), silence]))
    # Frames of 45 ms that touch the tone count as sound: the pause of 0.3 s loses 45 ms, the speech gains as much.
    assert found["speech_s"] == pytest.approx(1.5 + 0.04, abs=0.03)
    assert found["pauses_per_s"] == pytest.approx(1 / found["speech_s"])
    assert found["pause_mean_s"] == pytest.approx(0.3 - 0.045, abs=0.02)
    assert found["pause_share"] == pytest.approx(found["pause_mean_s"] / found["speech_s"])


def test_gaps_shorter_than_a_pause_do_not_count() -> None:
    gap = noise(0.1, 1e-5)
    found = features(np.concatenate([tone(150, 0.6), gap, tone(150, 0.6)]))
    assert (found["pauses_per_s"], found["pause_mean_s"], found["pause_share"]) == (0, 0, 0)


@pytest.mark.parametrize("syllables_per_s", [2, 4, 5])
def test_syllables_are_counted(syllables_per_s: int) -> None:
    seconds = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    swell = 0.05 + 0.95 * np.sin(np.pi * syllables_per_s * seconds) ** 2
    found = features(tone(150, 3.0) * swell)
    assert found["nuclei_per_s"] * found["speech_s"] == pytest.approx(3 * syllables_per_s, abs=1)


def test_noise_has_no_f0_and_everything_else_is_defined() -> None:
    found = features(noise())
    undefined = {name for name, value in found.items() if np.isnan(value)}
    assert found["voiced_share"] < 0.05
    assert undefined <= {name for name in NAMES if name.startswith(("f0", "hnr"))}


@pytest.mark.parametrize(
    "waveform",
    [
        np.zeros(SAMPLE_RATE),
        np.ones(SAMPLE_RATE),
        np.eye(1, SAMPLE_RATE)[0],
        np.full(SAMPLE_RATE, 1e-30),
        np.tile([1.0, -1.0], SAMPLE_RATE // 2),
        np.zeros(FRAME),
    ],
    ids=["silence", "constant", "click", "denormal", "nyquist", "one frame"],
)
def test_degenerate_sound_gives_finite_features_or_nan(waveform: Waveform) -> None:
    found = describe([waveform])
    assert not np.isinf(found).any()
    assert not np.isnan(describe([waveform], ["mfcc"])[:, : len(voice.FUNCTIONALS)]).any()
