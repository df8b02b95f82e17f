from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from harness.errors import HarnessError
from harness.signals import image
from harness.signals.encoded import encoded
from harness.signals.media import Audio, Image, Video


def test_a_picture_survives_as_png(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (12, 9, 3), dtype=np.uint8)
    file = encoded(Image(pixels), "png")
    assert file.media_type == "image/png"
    (tmp_path / "x.png").write_bytes(file.data)
    np.testing.assert_array_equal(image.decode(tmp_path / "x.png").pixels, pixels)


def test_a_film_is_its_middle_frame() -> None:
    frames = np.zeros((3, 4, 4, 3), np.uint8)
    frames[1] = 200
    film = Video(frames, np.arange(3.0))
    assert encoded(film, "png") == encoded(Image(frames[1]), "png")


def test_a_sound_survives_as_wav_to_half_a_step() -> None:
    waveform = np.sin(np.arange(800) / 10).astype(np.float32) * 0.9
    file = encoded(Audio(waveform, 16_000), "wav")
    back, rate = soundfile.read(io.BytesIO(file.data), dtype="float32")
    assert (rate, file.media_type) == (16_000, "audio/wav")
    np.testing.assert_allclose(back, waveform, atol=0.5 / 2**15 + 1e-7)


def test_a_picture_is_no_sound() -> None:
    with pytest.raises(HarnessError, match="wav file cannot hold Image"):
        encoded(Image(np.zeros((2, 2, 3), np.uint8)), "wav")
