"""The spectrogram of a sound as a picture: time to the right, frequency upwards, level as colour."""

from __future__ import annotations

import cv2
import numpy as np

from harness.signals.media import Audio

WINDOW_S = 0.025
MIN_HOP_S = 0.005
MAX_COLUMNS = 1000
NUM_ROWS = 160
MAX_HZ = 8000.0
"""Higher frequencies are left out: speech has little there."""

RANGE_DB = 70.0
"""From the loudest down to what is drawn as silence."""

SILENT_DB = -100.0
"""A sound of which nothing is louder is drawn as silence."""


def spectrogram_png(sound: Audio) -> bytes:
    """The bytes of a PNG file, at most `MAX_COLUMNS` wide and `NUM_ROWS` high.

    Args:
        sound: mono; one that is shorter than a window is padded with silence.
    """
    size = max(16, round(WINDOW_S * sound.sample_rate))
    waveform = np.pad(sound.waveform, (0, max(0, size - len(sound.waveform))))
    hop = max(round(MIN_HOP_S * sound.sample_rate), -(-(len(waveform) - size + 1) // MAX_COLUMNS), 1)
    windows = np.lib.stride_tricks.sliding_window_view(waveform, size)[::hop]
    spectra = np.abs(np.fft.rfft(windows * np.hanning(size).astype(np.float32), axis=1))
    rows = np.linspace(0, min(MAX_HZ, sound.sample_rate / 2) / sound.sample_rate * size, NUM_ROWS)
    spectra = spectra[:, np.minimum(rows.round().astype(int), spectra.shape[1] - 1)]
    level_db = 20.0 * np.log10(np.maximum(spectra, 1e-10))
    loudest_db = max(float(level_db.max()), SILENT_DB)
    shade = np.clip((level_db - loudest_db + RANGE_DB) / RANGE_DB, 0.0, 1.0) * 255
    picture = cv2.applyColorMap(np.flipud(shade.T).astype(np.uint8), cv2.COLORMAP_MAGMA)
    _, data = cv2.imencode(".png", picture)
    return bytes(data.tobytes())
