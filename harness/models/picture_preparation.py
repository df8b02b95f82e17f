"""Pictures as a model's card asks for them: a face or the whole picture, at its size, in its colours and range.

Workers hand over whole bytes, a quarter of what floats would take; `pictures` turns a batch of them into numbers.

Shapes: B pictures of a batch, H rows, W columns, C channels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from harness.cards.inputs import PictureInput
from harness.errors import HarnessError
from harness.models.batch import stacked
from harness.signals.face import FaceCropper
from harness.signals.media import Image, Media, Video

_INTERPOLATION: Mapping[str, int] = {
    "bilinear": cv2.INTER_LINEAR,
    "area": cv2.INTER_AREA,
    "cubic": cv2.INTER_CUBIC,
}


@dataclass(frozen=True)
class PicturePreparer:
    """Finds and cuts out the face where the card says so, and brings it to colour and size. Picklable."""

    cropper: FaceCropper
    expected: PictureInput

    def __call__(self, media: Media) -> npt.NDArray[np.uint8]:
        """A picture, or the middle frame of a film → uint8, shape (H, W) for grey, otherwise (H, W, 3).

        Raises:
            Unscored: no face is found (the system abstains), or the picture is empty.
        """
        image = media.still if isinstance(media, Video) else media
        if not isinstance(image, Image):
            raise HarnessError(f"A face model needs pictures; the dataset gave {type(media).__name__}.")
        pixels = self.cropper.crop(image.pixels)
        if self.expected.colour == "grey":
            pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        elif self.expected.colour == "bgr":
            pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
        size = (self.expected.width, self.expected.height)
        sized: npt.NDArray[np.uint8] = cv2.resize(
            pixels, size, interpolation=_INTERPOLATION[self.expected.resampling]
        )
        return sized


def pictures(batch: Sequence[npt.NDArray[Any]], expected: PictureInput) -> npt.NDArray[np.float32]:
    """Prepared pictures → what the network was trained on: the card's range, mean, deviation and layout.

    Args:
        batch: of shape (H, W) or (H, W, 3), from 0 to 255.
        expected: the card's input.

    Returns:
        float32 of shape (B, C, H, W), or (B, H, W, C) for channels last.
    """
    values_BHWC = stacked(batch).astype(np.float32)
    if values_BHWC.ndim == 3:
        values_BHWC = values_BHWC[..., None]
    black, white = expected.range
    values_BHWC = values_BHWC / np.float32(255.0) * np.float32(white - black) + np.float32(black)
    if values_BHWC.shape[-1] < expected.num_channels:
        values_BHWC = np.repeat(values_BHWC, expected.num_channels, axis=-1)
    if expected.mean is not None and expected.std is not None:
        mean_C, std_C = (np.array(values, np.float32) for values in (expected.mean, expected.std))
        values_BHWC = (values_BHWC - mean_C) / std_C
    if expected.layout == "channels_last":
        return values_BHWC
    # A copy, also of one channel, whose strides torch would otherwise take for channels last, and sum differently.
    return values_BHWC.transpose(0, 3, 1, 2).copy(order="C")
