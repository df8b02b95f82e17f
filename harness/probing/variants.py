"""A model under the same roof but asked differently: alone and in a batch, with its input changed.

Shapes: N samples of a batch, W the model's own width.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.models.base import Conclusion, MediaModel, Preparer, Vectors
from harness.signals.media import Audiovisual, Image, Media

Array = npt.NDArray[Any]
Vector = npt.NDArray[np.float64]


class Probed(MediaModel[Any]):
    """A model as it is. A batch that it cannot take gives NaN: what is probed must not stop the study.

    Args:
        model: the system under test.
    """

    nan_is_missing = True

    def __init__(self, model: MediaModel[Any]) -> None:
        super().__init__(model.card, model.options, model.settings)
        self.model = model

    @property
    def parts(self) -> tuple[str, ...]:
        """What the vector consists of: one answer of the model under each name."""
        return ("again",)

    @property
    def width(self) -> int:
        """All parts, one after another."""
        return self.model.width * len(self.parts)

    def preparer(self) -> Preparer:
        """The model's own."""
        return self.model.preparer()

    def open(self) -> None:
        """The model is opened once more: a second loading is part of what is probed."""
        self.model.open()

    def forward(self, batch: Sequence[Array]) -> Vector:
        """The answers to a batch, shape (N, width)."""
        return self.answers(batch)

    def answers(self, batch: Sequence[Array]) -> Vector:
        """The model's vectors ``[N, W]``; NaN where it fails or answers in another shape."""
        nothing_NW = np.full((len(batch), self.model.width), np.nan)
        try:
            values = np.asarray(self.model.forward(batch), dtype=np.float64)
        except Exception:  # whatever a model raises at an input that is not its own
            return nothing_NW
        return np.where(np.isinf(values), np.nan, values) if values.shape == nothing_NW.shape else nothing_NW

    def conclude(self, samples: pa.Table, vectors: Vectors) -> Conclusion:
        """The model's own."""
        return self.model.conclude(samples, vectors)


class AloneAndTogether(Probed):
    """Every sample alone, then all in one batch."""

    parts = ("alone", "together")

    def forward(self, batch: Sequence[Array]) -> Vector:
        """Both answers side by side, shape (N, 2 W)."""
        alone_NW = np.concatenate([self.answers([sample]) for sample in batch])
        return np.concatenate([alone_NW, self.answers(batch)], axis=1)


class SwappedChannels(Probed):
    """Blue where red was: what a model sees whose pictures were read in the other order."""

    parts = ("swapped",)

    def preparer(self) -> Preparer:
        """Swap, then prepare: so it works whatever the model prepares."""
        return SwappingPreparer(self.model.preparer())


@dataclass(frozen=True)
class SwappingPreparer:
    """Picklable, for workers."""

    prepare: Preparer

    def __call__(self, media: Media) -> Array:
        """Prepare a sample whose picture has its channels reversed."""
        return self.prepare(_swapped(media))


class Rescaled(Probed):
    """The prepared array on other scales."""

    parts = ("times_255", "divided_by_255", "stretched", "squeezed")

    def forward(self, batch: Sequence[Array]) -> Vector:
        """One answer per scale, shape (N, 4 W)."""
        values = [np.asarray(sample, dtype=np.float32) for sample in batch]
        top = np.float32(255.0 if max(float(np.abs(v).max(initial=0.0)) for v in values) > _UNIT else 1.0)
        return np.concatenate(
            [self.answers([_SCALES[name](v, top) for v in values]) for name in self.parts], axis=1
        )


_UNIT = 1.5
"""An array beyond this is not on the scale of 1."""

_SCALES: Mapping[str, Callable[[Array, np.float32], Array]] = {
    "times_255": lambda x, _: x * np.float32(255.0),
    "divided_by_255": lambda x, _: x / np.float32(255.0),
    "stretched": lambda x, top: x * np.float32(2.0) - top,  # [0, top] becomes [-top, top]
    "squeezed": lambda x, top: (x + top) / np.float32(2.0),  # and back
}


def _swapped(media: Media) -> Media:
    if isinstance(media, Audiovisual):
        return replace(media, image=_reversed(media.image))
    return _reversed(media) if isinstance(media, Image) else media


def _reversed(image: Image) -> Image:
    return Image(np.ascontiguousarray(image.pixels[..., ::-1]))
