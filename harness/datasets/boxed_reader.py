"""Readers of pictures in which a box says where a sample is: a face, or a person among others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from harness.datasets.reader import OptionsT, Reader, Sample
from harness.errors import HarnessError, Reason, Unscored
from harness.signals import image
from harness.signals.media import EncodedFile, Image

EDGES = ("left", "top", "right", "bottom")


class BoxedReader(Reader[OptionsT]):
    """A reader whose samples have the edges of their box in pixels: ``ctx.left``, ``top``, ``right``, ``bottom``.

    Attributes:
        boxed: what is in the box.
    """

    boxed: ClassVar[str]

    def load(self, sample: Sample) -> Image:
        """What is in the box, as far as the picture goes."""
        pixels = image.decode(self.path(sample["uri"])).pixels
        return inside(pixels, [sample[f"ctx.{edge}"] for edge in EDGES], self.boxed)

    def encoded(self, sample: Sample) -> EncodedFile:
        """Always refused: what is in the box is a part of a picture, which may show others."""
        raise HarnessError(
            f"dataset {self.card.name}: sample {sample['sample_id']} is a part of a picture, so that it has no "
            "file to be sent. Let the model's card state an encoding in its input: png."
        )


def inside(pixels: npt.NDArray[np.uint8], box: Sequence[float | None], boxed: str) -> Image:
    """What of a picture is in a box, as far as the picture goes.

    Args:
        pixels: shape (height, width, 3).
        box: its `EDGES` in pixels; None where they are not known.
        boxed: what is in it, for the reasons.

    Raises:
        Unscored: there is no box, or nothing of the picture in it.
    """
    edges = [edge for edge in box if edge is not None]
    if len(edges) < len(EDGES):
        raise Unscored(Reason.EMPTY, f"no box says where the {boxed} is")
    left, top, right, bottom = (max(0, round(edge)) for edge in edges)
    found = pixels[top:bottom, left:right]
    if not found.size:
        raise Unscored(Reason.EMPTY, f"the box of the {boxed} is outside the picture or has no area")
    return Image(found)
