"""Readers of pictures in which a box says where a sample is: a face, or a person among others."""

from __future__ import annotations

from typing import ClassVar

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
        box = [sample[f"ctx.{edge}"] for edge in EDGES]
        if None in box:
            raise Unscored(Reason.EMPTY, f"no box says where the {self.boxed} is")
        left, top, right, bottom = (max(0, round(edge)) for edge in box)
        found = pixels[top:bottom, left:right]
        if not found.size:
            raise Unscored(Reason.EMPTY, f"the box of the {self.boxed} is outside the picture or has no area")
        return Image(found)

    def encoded(self, sample: Sample) -> EncodedFile:
        """Always refused: what is in the box is a part of a picture, which may show others."""
        raise HarnessError(
            f"dataset {self.card.name}: sample {sample['sample_id']} is a part of a picture, so that it has no "
            "file to be sent. Let the model's card state an encoding in its input: png."
        )
