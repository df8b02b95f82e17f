"""Films as samples: what of a file a modality is, and the options that say so."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import HarnessError, Unscored
from harness.first_use import first_use
from harness.signals.media import Media, Video

Presentation = Literal["voice", "face", "audiovisual", "video"]
"""What a system is given of a film: its sound, its middle frame, both, or several frames with the sound."""


class FrameOptions(ReaderOptions):
    """Which frames of a film are read, where its modality is video.

    Attributes:
        frames: so many, spread evenly over it.
        frames_per_s: instead, at a fixed rate; None for `frames`.
    """

    frames: int = Field(default=16, ge=1, le=1024)
    frames_per_s: float | None = Field(default=None, gt=0, le=1000)


def load_film(path: Path, modality: str, options: FrameOptions, sound: Path | None = None) -> Media:
    """What a sample of this modality is of a film.

    Args:
        path: of the film.
        modality: one of `Presentation`.
        options: which frames are read, where it is ``video``.
        sound: a file with the sound; None for the film's own track.

    Raises:
        Unscored: what is wanted cannot be read. A ``video`` whose sound cannot be read has none, and says why.
        HarnessError: what decodes the sound is not installed.
    """
    with first_use():  # not needed where answers come from a file
        from harness.signals import audio, video
    if modality == "voice":
        return audio.decode(sound or path)
    if modality == "face":
        return video.middle_frame(path)
    if modality == "audiovisual":
        return replace(video.decode(path), audio=audio.decode(sound or path))
    film = video.decode(path, num_frames=options.frames, frames_per_s=options.frames_per_s)
    return _with_sound(film, sound or path)


def sound_file(reader: Reader[Any], name: str) -> Path | None:
    """A file below the reader's root with the sound of a film; None if there is none.

    Raises:
        Unscored: it is a link that leads out of the root.
    """
    return reader.path(name) if reader.leads_out(name) or reader.file(name).is_file() else None


def _with_sound(film: Video, path: Path) -> Video:
    """The film with its sound; without one, and why, where that cannot be used."""
    from harness.signals import audio

    try:
        return replace(film, audio=audio.decode(path))
    except (Unscored, HarnessError) as unheard:
        return replace(film, unheard=unheard)
