"""Conditions of pictures: a still, or every frame of a film."""

from __future__ import annotations

from abc import abstractmethod
from copy import deepcopy
from dataclasses import replace
from typing import ClassVar

import cv2
import numpy as np
import numpy.typing as npt

from harness.cards.modality import Modality
from harness.conditions.condition import Condition, LabelPreserving
from harness.errors import Reason, Unscored
from harness.signals.media import Image, Media, Video

Pixels = npt.NDArray[np.uint8]

MAX_SIDE = 32_000
"""OpenCV moves the points of no larger picture."""


class PictureCondition(Condition):
    """The same change to every picture."""

    modalities = frozenset({Modality.FACE, Modality.BODY, Modality.AUDIOVISUAL, Modality.VIDEO})

    each_frame_anew: ClassVar[bool] = False
    """Whether every frame of a film draws for itself, as noise does; the drops on a lens are the same in all."""

    def apply(self, media: Media, rng: np.random.Generator) -> Media:
        """The picture or the frames changed, sound and times as they are.

        Raises:
            Unscored: a picture is empty, or one of them cannot be changed (``not_applicable``).
        """
        if isinstance(media, Image):
            return Image(self._changed(media.pixels, rng))
        assert isinstance(media, Video), "the study looks at the modalities before it begins"
        generators = (rng if self.each_frame_anew else deepcopy(rng) for _ in media.frames)
        frames = [self._changed(frame, own) for frame, own in zip(media.frames, generators, strict=True)]
        return replace(media, frames=np.stack(frames))

    def _changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        if pixels.size == 0:
            raise Unscored(Reason.EMPTY, "a picture without pixels")
        if max(pixels.shape[:2]) > MAX_SIDE:
            raise Unscored(Reason.TOO_LARGE, f"a picture of more than {MAX_SIDE:,} pixels on a side")
        return self.changed(pixels, rng)

    @abstractmethod
    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:
        """RGB, uint8, shape (height, width, 3), not empty → the same shape."""


class Mirror(PictureCondition):
    """``face/mirror``: left and right exchanged. A face shows the same emotion in a mirror."""

    label_preserving = LabelPreserving.ASSUMED

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:  # noqa: ARG002 (nothing is drawn)
        """The columns in reverse."""
        return np.ascontiguousarray(pixels[:, ::-1])


class Grey(PictureCondition):
    """``face/grey``: luma (ITU-R BT.601) in all three channels, as from a camera without colour."""

    label_preserving = LabelPreserving.ASSUMED
    source = "ITU-R BT.601"

    def changed(self, pixels: Pixels, rng: np.random.Generator) -> Pixels:  # noqa: ARG002 (nothing is drawn)
        """Three equal channels."""
        grey: Pixels = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        return grey
