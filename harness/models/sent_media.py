"""A sample as it is sent to a service or a program: the bytes of a file, or a recording as JSON.

For worker processes: what a card says of the media is done to them there, and encoded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from harness.arrays import Floats
from harness.cards.inputs import SentInput
from harness.errors import HarnessError
from harness.models.waveform import WaveformPreparer
from harness.signals.encoded import encoded
from harness.signals.face import FaceCropper
from harness.signals.media import Audio, Channel, EncodedFile, Given, Image, InContext, Media, Recording, Video

JSON_TYPE = "application/json"


@dataclass(frozen=True)
class Sent:
    """What is sent of one sample.

    Attributes:
        file: the bytes and what they are; of a recording JSON, see `recording_as_json`.
        context: the columns of the samples that the card asks for.
    """

    file: EncodedFile
    context: Mapping[str, str | float | None]


@dataclass(frozen=True)
class SentMedia:
    """Decoded or encoded media → what is sent. Picklable.

    Attributes:
        input: what the card says of it.
        cropper: finds faces, where the card wants them cut out.
    """

    input: SentInput
    cropper: FaceCropper

    def __call__(self, given: Given) -> Sent:
        """Prepare and encode one sample.

        Raises:
            Unscored: no face is found, or the medium cannot be used.
            HarnessError: the card's encoding does not hold media of this kind.
        """
        medium, context = (given.medium, given.context) if isinstance(given, InContext) else (given, {})
        if isinstance(medium, EncodedFile):
            return Sent(medium, context)
        return Sent(self._encoded(medium), context)

    def _encoded(self, medium: Media) -> EncodedFile:
        match self.input.encoding, medium:
            case "json", Recording():
                document = recording_as_json(medium, self.input.channels)
                return EncodedFile(json.dumps(document, allow_nan=False).encode(), JSON_TYPE)
            case "png", Image() | Video():
                return self._picture(medium.still if isinstance(medium, Video) else medium)
            case "wav", Audio() | Video() if self.input.sample_rate_hz is not None:
                rate = self.input.sample_rate_hz
                return encoded(Audio(WaveformPreparer(rate, np.inf)(medium), rate), "wav")
            case "wav", Audio() | Video():
                return encoded(medium, "wav")
        raise HarnessError(
            f"encoding: {self.input.encoding} cannot hold {type(medium).__name__}. Change input.encoding in the "
            "model's card."
        )

    def _picture(self, image: Image) -> EncodedFile:
        pixels = self.cropper.crop(image.pixels) if self.input.face == "crop" else image.pixels
        if self.input.colour == "grey":
            pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        if self.input.width is not None and self.input.height is not None:
            pixels = cv2.resize(pixels, (self.input.width, self.input.height), interpolation=cv2.INTER_LINEAR)
        if pixels.ndim == 3:
            return encoded(Image(pixels), "png")
        _, data = cv2.imencode(".png", pixels)
        return EncodedFile(data.tobytes(), "image/png")


def recording_as_json(recording: Recording, channels: tuple[str, ...] | None = None) -> dict[str, Any]:
    """A recording as plain values: ``duration_s``, ``channels`` and ``beats``; what is missing is null.

    Args:
        recording: its channels have ``rate_hz``, ``start_s``, ``unit`` and ``values``, one number or one list of
            numbers (one per axis) a frame; beats have ``time_s`` and ``interval_ms``.
        channels: those that are wanted, where they are there; None wants all.

    Raises:
        Unscored: a wanted channel was recorded but cannot be used.
    """
    for name, why in recording.refused.items():
        if channels is not None and name in channels:
            raise why
    beats = recording.beats
    return {
        "duration_s": recording.duration_s,
        "channels": {
            name: _channel(channel)
            for name, channel in recording.channels.items()
            if channels is None or name in channels
        },
        "beats": None
        if beats is None
        else {"time_s": _numbers(beats.time_s), "interval_ms": _numbers(beats.interval_ms)},
    }


def _channel(channel: Channel) -> dict[str, Any]:
    return {
        "rate_hz": channel.rate_hz,
        "start_s": channel.start_s,
        "unit": channel.unit,
        "values": _numbers(channel.values),
    }


def _numbers(values: Floats) -> list[Any]:
    """JSON has no NaN."""
    plain = values.astype(object)
    plain[~np.isfinite(values)] = None
    return list(plain.tolist())
