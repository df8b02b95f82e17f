"""Media as the bytes of a file: what a service or a program is sent."""

from __future__ import annotations

import io
from typing import Literal

import cv2
import numpy as np
import soundfile

from harness.errors import HarnessError
from harness.signals.media import Audio, EncodedFile, Image, Media, Video

Encoding = Literal["png", "wav"]
"""Lossless formats: PNG of a picture (or of the middle frame of a film), 16-bit WAV of a sound."""


def encoded(media: Media, encoding: Encoding) -> EncodedFile:
    """Decoded media as the bytes of a lossless file.

    Raises:
        HarnessError: the media are not of the kind that this format holds.
        Unscored: a film has no sound.
    """
    if encoding == "png":
        still = media.still if isinstance(media, Video) else media
        if isinstance(still, Image):
            _, data = cv2.imencode(".png", cv2.cvtColor(still.pixels, cv2.COLOR_RGB2BGR))
            return EncodedFile(data.tobytes(), "image/png")
    else:
        sound = media.sound if isinstance(media, Video) else media
        if isinstance(sound, Audio):
            file = io.BytesIO()
            steps = np.clip(np.rint(sound.waveform * 2.0**15), -(2**15), 2**15 - 1).astype(np.int16)
            soundfile.write(file, steps, sound.sample_rate, format="WAV", subtype="PCM_16")
            return EncodedFile(file.getvalue(), "audio/wav")
    raise HarnessError(f"A {encoding} file cannot hold {type(media).__name__}.")
