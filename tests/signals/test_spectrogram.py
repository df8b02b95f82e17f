from __future__ import annotations

import cv2
import numpy as np

from harness.signals.media import Audio
from harness.signals.spectrogram import spectrogram_png

RATE = 16_000


def drawn(waveform: np.ndarray) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(spectrogram_png(Audio(waveform.astype(np.float32), RATE)), np.uint8), 1)


def test_silence_is_drawn_as_silence_whether_or_not_there_is_sound_beside_it() -> None:
    time_s = np.arange(RATE) / RATE
    half = drawn(np.where(time_s < 0.5, 0.5 * np.sin(2 * np.pi * 2000 * time_s), 0.0))
    silent = drawn(np.zeros(RATE))
    assert half[:, 10].max() > 200
    np.testing.assert_array_equal(silent, np.broadcast_to(half[:1, -10:-9], silent.shape))
