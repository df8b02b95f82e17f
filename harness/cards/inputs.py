"""What a model's card says of its input: one schema per kind of media, read by the code that prepares samples.

A kind of model names its schema (``Model.Input``), as it names its options; keys that the schema does not have are
errors. See docs/models.md.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from harness.cards.facts import Facts

MAX_SIDE = 8_192
"""Pixels of a picture that a card may ask for: one whose card asks for more fills the memory."""

MAX_SECONDS = 86_400.0
"""Of a sound, likewise."""


class ModelInput(Facts):
    """The input of a model that has nothing to say of it."""


class PictureInput(ModelInput):
    """Pictures of one size, or faces cut out of them."""

    width: int = Field(ge=1, le=MAX_SIDE, description="pixels")
    height: int = Field(ge=1, le=MAX_SIDE, description="pixels")
    colour: Literal["grey", "rgb", "bgr"] = Field(description="of the picture, and the order of its channels")
    channels: Literal[1, 3] | None = Field(
        default=None, description="3 with grey: it is repeated; null: 1 for grey, otherwise 3"
    )
    layout: Literal["channels_first", "channels_last"] = Field(
        default="channels_first", description="of the array that the system is given"
    )
    range: tuple[float, float] = Field(description="what black and white become")
    mean: tuple[float, ...] | None = Field(default=None, description="per channel, subtracted within the range")
    std: tuple[float, ...] | None = Field(default=None, description="per channel, divided by after that")
    resampling: Literal["bilinear", "area", "cubic"] = Field(
        default="bilinear", description="how a picture is brought to size; only area averages what it shrinks"
    )
    face: Literal["crop", "whole"] = Field(
        default="crop", description="a face is found and cut out, or nothing is"
    )

    @property
    def num_channels(self) -> int:
        """Of the array that the system is given."""
        return self.channels or (1 if self.colour == "grey" else 3)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.range[0] < self.range[1]:
            raise ValueError("range is [black, white], rising")
        if (self.mean is None) != (self.std is None):
            raise ValueError("mean and std come together")
        if self.colour != "grey" and self.channels == 1:
            raise ValueError(f"channels is 3 for {self.colour}")
        if self.mean is not None and self.std is not None:
            if not len(self.mean) == len(self.std) == self.num_channels:
                raise ValueError(f"mean and std have {self.num_channels} values for {self.colour}")
            if min(self.std) <= 0.0:
                raise ValueError("std is above 0")
        return self


class SoundInput(ModelInput):
    """Waveforms of one rate."""

    sample_rate_hz: int = Field(ge=1_000, le=192_000, description="of the waveform; clips are resampled to it")
    channels: Literal[1] = Field(default=1, description="mono")
    window_s: float | None = Field(
        default=None, gt=0, le=MAX_SECONDS, description="what is heard at once; null: the whole clip"
    )
    padding: Literal["none", "zeros", "repeat"] = Field(default="none", description="of a clip below the window")


class NetworkSoundInput(SoundInput):
    """Waveforms as networks take them."""

    max_duration_s: float = Field(default=60.0, gt=0, le=MAX_SECONDS, description="longer clips are not scored")
    longer: Literal["refuse", "first", "middle", "mean"] = Field(
        default="refuse",
        description="a clip above the window: not scored; its first or middle window; the mean of all windows",
    )
    range: tuple[float, float] = Field(default=(-1.0, 1.0), description="what the ends of full scale become")
    standardise: bool = Field(
        default=False, description="mean 0 and standard deviation 1 of what is heard, in place of the range"
    )
    layout: Literal["time", "channels_first", "channels_last"] = Field(
        default="time", description="of one sample: [time], [1, time] or [time, 1]"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.range[0] < self.range[1]:
            raise ValueError("range is [lowest, highest], rising")
        if self.window_s is None and (self.padding != "none" or self.longer != "refuse"):
            raise ValueError("padding and longer are about window_s")
        return self


class RecordingInput(ModelInput):
    """Channels of a recording."""

    channels: tuple[str, ...] = Field(
        min_length=1, description="what is read, by name; one that is absent is missing"
    )
    units: dict[str, str] = Field(default={}, description="channel → the unit that is expected of it")
    window_s: tuple[float, float] | None = Field(default=None, description="shortest and longest; null: any")
    features: tuple[str, ...] = Field(default=(), description="groups of features that are made of the channels")
    beats: tuple[Literal["device", "ecg", "bvp"], ...] = Field(
        default=(), description="where heartbeats are taken from: the first that the recording has"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for name in (*self.units, *(source for source in self.beats if source != "device")):
            if name not in self.channels:
                raise ValueError(f"{name} is not among the channels")
        if self.window_s is not None and not 0.0 < self.window_s[0] <= self.window_s[1]:
            raise ValueError("window_s is [shortest, longest]")
        return self


class SentInput(ModelInput):
    """What a service or a program is sent: the bytes of a file, or a recording as JSON.

    `width`, `height`, `colour` and `face` are for pictures (png), `sample_rate_hz` for sounds (wav), `channels`
    for recordings (json).
    """

    encoding: Literal["file", "png", "wav", "json"] = Field(
        default="file",
        description="file: the dataset's own bytes; png, wav: decoded and encoded again without loss, as "
        "conditions and parts of files need it; json: the channels of a recording",
    )
    context: tuple[str, ...] = Field(
        default=(), description="columns of the samples that are sent, too, such as ctx.sentence"
    )
    width: int | None = Field(default=None, ge=1, le=MAX_SIDE, description="pixels; null: as the picture is")
    height: int | None = Field(default=None, ge=1, le=MAX_SIDE, description="pixels; null: as the picture is")
    colour: Literal["rgb", "grey"] = Field(default="rgb", description="of the picture that is sent")
    face: Literal["crop", "whole"] = Field(
        default="whole", description="a face is found and cut out, or nothing is"
    )
    sample_rate_hz: int | None = Field(
        default=None, ge=1_000, le=192_000, description="of sounds; null: as the sound is"
    )
    channels: tuple[str, ...] | None = Field(
        default=None, description="what is sent of a recording, by name; null: all that it has"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.width is None) != (self.height is None):
            raise ValueError("width and height come together")
        of = {"png": {"width", "height", "colour", "face"}, "wav": {"sample_rate_hz"}, "json": {"channels"}}
        for encoding, names in of.items():
            stated = sorted(name for name in names if getattr(self, name) != type(self).model_fields[name].default)
            if stated and self.encoding != encoding:
                raise ValueError(f"{stated[0]} needs encoding: {encoding}")
        for name in self.context:
            if not name.startswith("ctx."):
                raise ValueError(f"context is of columns ctx.…, which {name} is not")
        return self
