"""Sounds for tests: a voice-like clip, and folders of recordings."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import soundfile

from harness.signals.media import Audio
from harness.study.assembly import open_condition

RATE_HZ = 16_000


def voice(seconds: float = 1.0, f0_hz: float = 150.0, rate_hz: int = RATE_HZ, peak: float = 0.5) -> Audio:
    """Harmonics that fall by 6 dB per octave, F0 that moves by a tenth, four syllables per second."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    phase = 2 * np.pi * np.cumsum(f0_hz * (1 + 0.1 * np.sin(2 * np.pi * 0.9 * time_s))) / rate_hz
    numbers = np.arange(1, int(min(4_000, rate_hz / 2 - 1) / f0_hz / 1.1))
    waveform = sum(np.sin(n * phase + n * n) / n for n in numbers)
    waveform *= 0.55 - 0.45 * np.cos(2 * np.pi * 4 * time_s)
    return Audio((peak * waveform / np.abs(waveform).max()).astype(np.float32), rate_hz)


def noise(seconds: float, seed: int = 0, rate_hz: int = RATE_HZ) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * rate_hz))


def folder_of(sounds: Mapping[str, np.ndarray], folder: Path, rate_hz: int = RATE_HZ) -> Path:
    """WAV files by name."""
    for name, waveform in sounds.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, waveform, rate_hz, subtype="FLOAT")
    return folder


def level_db(waveform: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(waveform, dtype=float))))


def changed(name: str, audio: Audio, folder: Path | None = None, seed: int = 0) -> Audio:
    """A sound under a condition: float32 at the same rate, and the given one as it was."""
    before = audio.waveform.copy()
    condition = open_condition(name, {} if folder is None else {name.partition("@")[0]: folder})
    result = condition.apply(audio, np.random.default_rng(seed))
    assert isinstance(result, Audio)
    assert result.waveform.dtype == np.float32
    assert result.sample_rate == audio.sample_rate
    assert np.abs(result.waveform).max() <= 1
    np.testing.assert_array_equal(audio.waveform, before)
    return result
