"""Wrappers that run a model in another way: alone and in a batch, and with altered input.

Shapes: N samples of a batch, W the model's own width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import Unscored
from harness.models.answer import vectors_of
from harness.models.model import MediaModel, Preparer, VectorModel
from harness.signals.media import Image, Media, Video
from harness.tables.probe_tables import INPUT_SCALES

Array = npt.NDArray[Any]
Vector = npt.NDArray[np.float64]


class Probed(VectorModel[Any]):
    """The model unchanged. A batch on which it fails gives NaN, because probing must not stop the study.

    Args:
        model: the system under test.
    """

    nan_is_missing = True

    def __init__(self, model: MediaModel[Any]) -> None:
        super().__init__(model.card.model_copy(update={"input": {}}), model.options, model.settings)
        self.model = model

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts of the vector; each part is one answer of the model."""
        return ("again",)

    @property
    def width(self) -> int:
        """The length of all parts together."""
        return self.model.width * len(self.parts)

    def preparer(self) -> Preparer:
        """The model's own preparer."""
        return self.model.preparer()

    def open(self) -> None:
        """Open the model once more: loading it a second time is part of the probe."""
        self.model.open()

    def forward(self, batch: Sequence[Array]) -> Vector:
        """The answers to a batch, shape (N, width)."""
        return self.answers(batch)

    def answers(self, batch: Sequence[Array]) -> Vector:
        """The model's vectors ``[N, W]``; NaN if it fails or answers in the wrong shape."""
        nothing_NW = np.full((len(batch), self.model.width), np.nan)
        try:
            said = self.model.forward(batch)
            if not isinstance(said, np.ndarray):
                said = vectors_of(said, len(batch), self.model.width)
            values = said.astype(np.float64)
        except Exception:  # whatever a model raises at an input that is not its own
            return nothing_NW
        return np.where(np.isinf(values), np.nan, values) if values.shape == nothing_NW.shape else nothing_NW


class AloneAndTogether(Probed):
    """Every sample alone, then all in one batch."""

    parts = ("alone", "together")

    def forward(self, batch: Sequence[Array]) -> Vector:
        """Both answers side by side, shape (N, 2 W)."""
        alone_NW = np.concatenate([self.answers([sample]) for sample in batch])
        return np.concatenate([alone_NW, self.answers(batch)], axis=1)


class OtherInput(Probed):
    """Channels swapped in the media, and the prepared array on different scales."""

    parts = ("swapped", *INPUT_SCALES)

    def preparer(self) -> Preparer:
        """Prepare the picture as it is, and with red and blue swapped before face detection."""
        return BothOrders(self.model.preparer())

    def forward(self, batch: Sequence[Array]) -> Vector:
        """One answer per part, shape (N, 5 W)."""
        values = [np.asarray(own, dtype=np.float32) for own, _ in batch]
        largest = max(float(np.abs(value).max(initial=0.0)) for value in values)
        top = np.float32(255.0 if largest > _UNIT else 1.0)
        scaled = [self.answers([_SCALES[name](v, top) for v in values]) for name in INPUT_SCALES]
        return np.concatenate([self._swapped([swapped for _, swapped in batch]), *scaled], axis=1)

    def _swapped(self, arrays: Sequence[Array | None]) -> Vector:
        answers = np.full((len(arrays), self.model.width), np.nan)
        present = [place for place, array in enumerate(arrays) if array is not None]
        if present:
            answers[present] = self.answers([array for array in arrays if array is not None])
        return answers


@dataclass(frozen=True)
class BothOrders:
    """A sample prepared twice, as an array of two arrays. Picklable, for workers.

    The second is what a model would get if pictures were read in the order blue, green, red.
    """

    prepare: Preparer

    def __call__(self, media: Media) -> Array:
        """The second is None if the swapped picture cannot be prepared, for example because no face is found."""
        both = np.empty(2, dtype=object)
        both[0] = self.prepare(media)
        with suppress(Unscored):
            both[1] = self.prepare(_swapped(media))
        return both


_UNIT = 1.5
"""An array with larger values is not scaled to 1."""

_SCALES: Mapping[str, Callable[[Array, np.float32], Array]] = {
    "times_255": lambda x, _: x * np.float32(255.0),
    "divided_by_255": lambda x, _: x / np.float32(255.0),
    "stretched": lambda x, top: x * np.float32(2.0) - top,  # [0, top] becomes [-top, top]
    "squeezed": lambda x, top: (x + top) / np.float32(2.0),  # and back
}


def _swapped(media: Media) -> Media:
    if isinstance(media, Video):
        return replace(media, frames=_reversed(media.frames))
    return Image(_reversed(media.pixels)) if isinstance(media, Image) else media


def _reversed(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(pixels[..., ::-1])
