"""What a reader hands to a model: one sample's signal in memory, in the units that its field uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats
from harness.cards.modality import Modality
from harness.errors import HarnessError, Reason, Unscored


@dataclass(frozen=True)
class Image:
    """A picture. `pixels` is RGB, uint8, shape (height, width, 3)."""

    pixels: npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Audio:
    """A mono waveform. `waveform` is float32 in [-1, 1], shape (num_frames,)."""

    waveform: npt.NDArray[np.float32]
    sample_rate: int


@dataclass(frozen=True)
class Video:
    """A film, or a few frames of one, with the sound where there is any.

    `frames` is RGB, uint8, shape (num_frames, height, width, 3), at least one. `time_s` rises, shape
    (num_frames,): when each frame is shown, in seconds from the start of the film; NaN where the file does not
    say. `unheard` is what stands in the way of reading the sound, if that is known; it is of concern only to who
    hears.
    """

    frames: npt.NDArray[np.uint8]
    time_s: Floats
    audio: Audio | None = None
    unheard: Unscored | HarnessError | None = None

    @property
    def sound(self) -> Audio:
        """The sound, for what hears.

        Raises:
            Unscored: there is none.
            HarnessError: what decodes it is not installed.
        """
        if self.audio is None:
            raise self.unheard or Unscored(Reason.NO_SIGNAL, "no voice in this sample")
        return self.audio

    @property
    def still(self) -> Image:
        """The frame in the middle, for what reads pictures."""
        return Image(self.frames[len(self.frames) // 2])


@dataclass(frozen=True)
class Channel:
    """A regularly sampled signal, shape (num_frames,) or (num_frames, num_axes), NaN where it is missing.

    `start_s` is the time of the first frame in seconds from the start of the window. `unit` is as physics writes
    it (``µV``, ``µS``, ``°C``, ``g``); None where it is arbitrary or not known.
    """

    values: Floats
    rate_hz: float
    start_s: float = 0.0
    unit: str | None = None


@dataclass(frozen=True)
class Beats:
    """Heartbeats: when each beat came, and the interval (ms) that ended with it.

    `time_s` rises and counts from the start of the window. An interval belongs to a gap-free run: where
    ``time_s[i] - time_s[i-1]`` differs from ``interval_ms[i] / 1000`` a beat is missing in between.
    """

    time_s: Floats
    interval_ms: Floats


BEATS = "beats"
"""The name of a recording's beats among what it has `refused`."""

UNITS: Mapping[str, str | None] = {
    "bvp": None,
    "ecg": "mV",
    "eda": "µS",
    "temperature": "°C",
    "acceleration": "g",
    "heart_rate": "1/min",
}
"""Channels that are known by name: pulse wave (PPG, arbitrary units), ECG, skin conductance, skin temperature,
acceleration (three axes), and a device's own heart rate."""


@dataclass(frozen=True)
class Recording:
    """One window of what sensors on a body recorded, each channel on its own clock.

    `channels` by name. Those of `UNITS` mean the same in every recording; electrodes of an EEG have their names in
    the 10-20 system, such as ``Fz``. `beats` is None where the device delivers none. `refused` holds what was
    recorded but cannot be used, and why: channels by name, and `BEATS`. It is of concern only to who reads them.
    """

    duration_s: float
    channels: Mapping[str, Channel]
    beats: Beats | None = None
    refused: Mapping[str, Unscored] = field(default_factory=dict)


Media = Image | Audio | Video | Recording


@dataclass(frozen=True)
class EncodedFile:
    """A sample as bytes of a file format, for systems that decode by themselves.

    Attributes:
        data: the bytes; those of the dataset's own file, unless a model's card asks for another encoding.
        media_type: what they are by their first bytes, such as ``image/jpeg``, whatever the file is called;
            ``application/octet-stream`` where that is not known.
    """

    data: bytes
    media_type: str


@dataclass(frozen=True)
class InContext:
    """A sample with what its dataset says of it besides, such as the sentence that is spoken.

    Attributes:
        medium: the sample itself.
        context: column of the samples table → its value in this row, for the columns that the model asked for.
    """

    medium: Media | EncodedFile
    context: Mapping[str, str | float | None]


Given = Media | EncodedFile | InContext
"""What the preparer of a model receives."""

MEDIA_OF: Mapping[str, type[Media]] = {
    Modality.FACE: Image,
    Modality.BODY: Image,
    Modality.VOICE: Audio,
    Modality.WEARABLE: Recording,
    Modality.AUDIOVISUAL: Video,
    Modality.VIDEO: Video,
    Modality.EEG: Recording,
    Modality.PHYSIOLOGY: Recording,
}
"""What a reader gives for a sample of each modality; nothing where it is not stated."""


def require_kind(media: Given, modality: str, sample_id: str) -> None:
    """Check that a reader gave what the modality of its sample says.

    Raises:
        HarnessError: it gave something else, or the modality is not stated.
    """
    if isinstance(media, InContext):
        media = media.medium
    if isinstance(media, EncodedFile):  # is only known when somebody decodes it
        return
    is_mute = isinstance(media, Video) and media.audio is None and modality == Modality.AUDIOVISUAL
    if isinstance(media, MEDIA_OF.get(modality, ())) and not is_mute:
        return
    if modality == Modality.NOT_STATED:
        raise HarnessError(f"sample {sample_id}: it is not stated what its media are. State its modality.")
    expected, found = MEDIA_OF[modality].__name__, f"{type(media).__name__}{' without sound' if is_mute else ''}"
    raise HarnessError(
        f"sample {sample_id}: its modality is {modality}, for which a reader gives {expected}, but this "
        f"one gave {found}. Change the reader, or the modality in the samples."
    )
