"""Conditions of pictures: a still, or every frame of a film."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from harness.cards.modality import Modality
from harness.conditions.condition import Condition, LabelPreserving
from harness.signals.media import Image, Media, Video

Pixels = npt.NDArray[np.uint8]


class PictureCondition(Condition):
    """The same change to every picture."""

    modalities = frozenset({Modality.FACE, Modality.AUDIOVISUAL, Modality.VIDEO})

    def apply(self, media: Media, rng: np.random.Generator) -> Media:  # noqa: ARG002 (nothing is drawn)
        """The picture or the frames changed, sound and times as they are."""
        if isinstance(media, Image):
            return Image(self.changed(media.pixels))
        assert isinstance(media, Video), "the study looks at the modalities before it begins"
        return replace(media, frames=np.stack([self.changed(frame) for frame in media.frames]))

    @abstractmethod
    def changed(self, pixels: Pixels) -> Pixels:
        """RGB, uint8, shape (height, width, 3) → the same shape."""


class Mirror(PictureCondition):
    """``face/mirror``: left and right exchanged. A face shows the same emotion in a mirror."""

    label_preserving = LabelPreserving.ASSUMED

    def changed(self, pixels: Pixels) -> Pixels:
        """The columns in reverse."""
        return np.ascontiguousarray(pixels[:, ::-1])


class Grey(PictureCondition):
    """``face/grey``: luma (ITU-R BT.601) in all three channels, as from a camera without colour."""

    label_preserving = LabelPreserving.ASSUMED
    source = "ITU-R BT.601"

    def changed(self, pixels: Pixels) -> Pixels:
        """Three equal channels."""
        grey: Pixels = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        return grey
