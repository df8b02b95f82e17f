"""Small films that are real to their decoders: frames at chosen times, with or without a sound track."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE_HZ = 16_000
SIZE = (48, 64)

_SOUND_CODEC = {".mp4": "aac", ".avi": "pcm_s16le", ".mkv": "flac", ".flv": "libmp3lame"}
_FILM_CODEC = {".mp4": "mpeg4", ".avi": "mpeg4", ".mkv": "mpeg4", ".flv": "flv"}


def levels(num_frames: int) -> list[np.ndarray]:
    """Frames of which number i has the grey level 8 * i."""
    return [np.full((*SIZE, 3), min(8 * number, 255), np.uint8) for number in range(num_frames)]


def tone(seconds: float, rate_hz: int = RATE_HZ, frequency_hz: float = 440.0) -> np.ndarray:
    """A sine of amplitude 0.5."""
    return (0.5 * np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(
        np.float32
    )


def write_film(
    path: Path,
    frames: Sequence[np.ndarray],
    sound: np.ndarray | None = None,
    *,
    rate_hz: int = RATE_HZ,
    shown_ms: Sequence[int] | None = None,
) -> None:
    """Write a film in the usual codecs of its suffix.

    Args:
        path: ends with .mp4, .avi, .mkv or .flv.
        frames: RGB, uint8, of one shape; none makes a film of sound alone.
        sound: float from -1 to 1, shape (num_samples,) or (num_samples, 2); None for no track.
        rate_hz: of the sound.
        shown_ms: when each frame is shown; by default 25 a second.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        film = container.add_stream(_FILM_CODEC[path.suffix], rate=25) if len(frames) else None
        track = None
        if sound is not None:
            layout = "mono" if sound.ndim == 1 else "stereo"
            track = container.add_stream(_SOUND_CODEC[path.suffix], rate=rate_hz, layout=layout)
        if film is not None:
            film.height, film.width = frames[0].shape[:2]
            film.pix_fmt = "yuv420p"
            film.codec_context.time_base = Fraction(1, 1000)
            for number, pixels in enumerate(frames):
                frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
                frame.pts, frame.time_base = (shown_ms[number] if shown_ms else 40 * number), Fraction(1, 1000)
                container.mux(film.encode(frame))
            container.mux(film.encode())
        if track is not None and sound is not None:
            pcm = np.clip(np.round(sound * 32767), -32768, 32767).astype(np.int16).reshape(1, -1)
            heard = av.AudioFrame.from_ndarray(pcm, format="s16", layout=track.layout.name)
            heard.sample_rate, heard.pts = rate_hz, 0
            container.mux(track.encode(heard))
            container.mux(track.encode())


def damaged_copies(path: Path, seed: int, num: int = 60) -> Iterator[Path]:
    """One copy of a film after another, cut off somewhere and with 20 random bytes in random places."""
    whole, damaged = path.read_bytes(), path.with_stem("damaged")
    rng = np.random.default_rng(seed)
    for _ in range(num):
        data = bytearray(whole)
        for place in rng.integers(0, len(data), 20):
            data[place] = rng.integers(256)
        damaged.write_bytes(bytes(data[: rng.integers(100, len(data) + 1)]))
        yield damaged
