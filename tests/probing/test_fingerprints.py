"""Copies keep their fingerprint, other recordings have another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import librosa
import numpy as np
import pytest

from harness.checks.near_duplicates import MIN_COSINE
from harness.probing.fingerprints import Fingerprint, _band_energies, of_audio, of_image, of_signal
from harness.signals.media import Audio, Channel, Image, Recording
from harness.study.assembly import open_reader
from harness.tables.probe_tables import FINGERPRINT_WIDTH


def cosine(left: Fingerprint | None, right: Fingerprint | None) -> float:
    assert left is not None
    assert right is not None
    a, b = left.astype(np.float64), right.astype(np.float64)
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def picture(seed: int, side: int = 96) -> Image:
    """Smooth blobs, as a photo has."""
    small = np.random.default_rng(seed).uniform(0, 255, (12, 12, 3)).astype(np.float32)
    return Image(np.clip(cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC), 0, 255).astype(np.uint8))


def voice(seed: int, rate: int = 16_000) -> Audio:
    """Syllables of different pitch and loudness."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(0.15 * rate)) / rate
    syllables = [
        rng.uniform(0.01, 1)
        * sum(rng.uniform(0, 1) / k * np.sin(2 * np.pi * k * pitch * time_s) for k in range(1, 30))
        for pitch in rng.uniform(90, 300, 12)
    ]
    waveform = np.concatenate(syllables)
    return Audio((waveform / np.abs(waveform).max() / 2).astype(np.float32), rate)


def window(seed: int, rate_hz: float = 32.0) -> Recording:
    rng = np.random.default_rng(seed)
    slow = np.cumsum(rng.normal(size=(60, 2)), axis=0)
    eda, bvp = (np.interp(np.arange(60 * rate_hz) / rate_hz, np.arange(60), values) for values in slow.T)
    return Recording(60.0, {"bvp": Channel(bvp, rate_hz), "eda": Channel(eda, rate_hz)})


COPIES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "compressed": lambda p: cv2.imdecode(cv2.imencode(".jpg", p, [cv2.IMWRITE_JPEG_QUALITY, 30])[1], 1),
    "smaller": lambda p: cv2.resize(p, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "larger": lambda p: cv2.resize(p, None, fx=1.7, fy=1.7),
    "brighter": lambda p: np.clip(p.astype(int) + 30, 0, 255).astype(np.uint8),
    "darker": lambda p: (p * 0.6).astype(np.uint8),
    "grey": lambda p: cv2.cvtColor(cv2.cvtColor(p, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB),
}


@pytest.mark.parametrize("change", COPIES)
def test_a_copy_of_a_picture_keeps_its_fingerprint(change: str) -> None:
    for seed in range(5):
        image = picture(seed)
        copy = Image(COPIES[change](image.pixels))
        assert cosine(of_image(image), of_image(copy)) >= MIN_COSINE["image"]


def test_other_media_have_another_fingerprint() -> None:
    for make, of, kind in (
        (picture, of_image, "image"),
        (voice, of_audio, "audio"),
        (window, of_signal, "signal"),
    ):
        prints = [of(make(seed)) for seed in range(12)]
        alike = [cosine(a, b) for i, a in enumerate(prints) for b in prints[:i]]
        assert max(alike) < MIN_COSINE[kind] - 0.1


def test_a_copy_of_a_voice_keeps_its_fingerprint() -> None:
    for seed in range(5):
        audio = voice(seed)
        waveform, rate = audio.waveform, audio.sample_rate
        noise = np.random.default_rng(seed).normal(0, 0.003, len(waveform)).astype(np.float32)
        halved = cv2.resize(waveform[None], (len(waveform) // 2, 1), interpolation=cv2.INTER_AREA)[0]
        for copy in (
            Audio(waveform * np.float32(0.1), rate),
            Audio(waveform + noise, rate),
            Audio(halved, rate // 2),
        ):
            assert cosine(of_audio(audio), of_audio(copy)) >= MIN_COSINE["audio"]


def test_a_copy_of_a_window_keeps_its_fingerprint() -> None:
    for seed in range(5):
        original = window(seed)
        gaps = np.random.default_rng(seed).random(60 * 32) < 0.05
        for change in (
            lambda c: Channel(3.0 * c.values + 7.0, c.rate_hz),
            lambda c: Channel(np.where(gaps, np.nan, c.values), c.rate_hz),  # noqa: B023 (used at once)
            lambda c: Channel(c.values.reshape(-1, 2).mean(axis=1), c.rate_hz / 2),
        ):
            copy = Recording(60.0, {name: change(channel) for name, channel in original.channels.items()})
            assert cosine(of_signal(original), of_signal(copy)) >= MIN_COSINE["signal"]


def test_a_fingerprint_is_of_one_size_whatever_the_media() -> None:
    one_pixel_wide = Image(np.arange(60, dtype=np.uint8).reshape(20, 1, 3))
    short = Audio(np.sin(np.arange(100, dtype=np.float32)), 4_000)
    three = Recording(
        60.0, {name: Channel(np.sin(np.arange(100.0) ** 1.5), 1.0) for name in ("bvp", "ecg", "eda")}
    )
    for fingerprint in (of_image(picture(0, 17)), of_audio(short), of_signal(three), of_image(one_pixel_wide)):
        assert fingerprint is None or (fingerprint.shape == (FINGERPRINT_WIDTH,) and fingerprint.dtype == np.int8)


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100])
def test_the_bands_of_a_voice_are_sums_of_a_librosa_spectrogram(rate: int) -> None:
    waveform = voice(0, rate).waveform.astype(np.float64)
    length, hop = round(0.032 * rate), round(0.016 * rate)
    window = np.hanning(length)
    spectrum = librosa.stft(waveform, n_fft=length, hop_length=hop, window=window, center=False)
    edges_hz = librosa.mel_frequencies(17, fmin=100.0, fmax=3_800.0, htk=True)
    band_of_bin = np.digitize(librosa.fft_frequencies(sr=rate, n_fft=length), edges_hz, right=True) - 1
    expected = [(np.abs(spectrum[band_of_bin == band]) ** 2).mean(axis=0) for band in range(16)]
    found = _band_energies(waveform, rate)
    np.testing.assert_allclose(found.T, expected, rtol=1e-6)


def test_what_does_not_vary_has_none() -> None:
    assert of_image(Image(np.full((40, 40, 3), 7, np.uint8))) is None
    assert of_audio(Audio(np.zeros(8_000, np.float32), 16_000)) is None
    assert of_signal(Recording(60.0, {"eda": Channel(np.full(240, 2.0), 4.0)})) is None
    assert of_signal(Recording(60.0, {"eda": Channel(np.full(240, np.nan), 4.0)})) is None
    assert of_signal(Recording(60.0, {"heart_rate": Channel(np.sin(np.arange(240.0)), 4.0)})) is None


def test_actors_who_speak_the_same_sentence_are_told_apart(shared_data: Path) -> None:
    """RAVDESS has one pair of files that are equal: an actor's first and second repetition."""
    reader = open_reader("ravdess", shared_data / "ravdess", {})
    rows = reader.samples().to_pylist()
    prints = np.stack([of_audio(reader.load(row)) for row in rows]).astype(np.float64)  # type: ignore[arg-type]
    prints /= np.linalg.norm(prints, axis=1, keepdims=True)
    left, right = np.nonzero(np.triu(prints @ prints.T, 1) >= MIN_COSINE["audio"])
    assert [(rows[a]["subject_id"], rows[b]["subject_id"]) for a, b in zip(left, right, strict=True)] == [
        (rows[left[0]]["subject_id"],) * 2
    ]


def test_speech_that_is_cut_by_20_ms_is_still_found(shared_data: Path) -> None:
    reader = open_reader("ravdess", shared_data / "ravdess", {})
    clips = [reader.load(row) for row in reader.samples().to_pylist()[::12]]
    alike = [
        cosine(of_audio(clip), of_audio(Audio(clip.waveform[round(0.02 * clip.sample_rate) :], clip.sample_rate)))
        for clip in clips
        if isinstance(clip, Audio)
    ]
    assert len(alike) == 40
    assert np.mean(np.array(alike) >= MIN_COSINE["audio"]) >= 0.95


@pytest.mark.parametrize("before_s", [0.0, 0.5])
def test_silence_around_a_recording_says_nothing(before_s: float) -> None:
    """A second of sound with faint noise around it, and the same with other noise for longer."""
    for seed in range(5):
        audio = voice(seed)
        rng, rate = np.random.default_rng(seed), audio.sample_rate
        faint = 0.003 * float(np.abs(audio.waveform).max())
        around = [rng.normal(0, faint, round(s * rate)) for s in (before_s, 1.0)]
        longer = np.concatenate([around[0], audio.waveform, around[1]]).astype(np.float32)
        assert cosine(of_audio(audio), of_audio(Audio(longer, rate))) >= MIN_COSINE["audio"]


def test_electrodes_have_a_fingerprint_too() -> None:
    rng = np.random.default_rng(3)
    first, second = (
        of_signal(
            Recording(10.0, {name: Channel(rng.normal(size=1280), 128.0, unit="µV") for name in ("Fz", "Cz")})
        )
        for _ in range(2)
    )
    assert first is not None
    assert second is not None
    assert abs(float(np.corrcoef(first.astype(float), second.astype(float))[0, 1])) < 0.3
