"""Wrappers that run a model in another way: alone and in a batch, and with altered input.

A model that answers with arrays is asked for all parts of a probe at once. One that answers sample by sample is
asked for one part after another, and its answers are handed on as they arrive: what was paid for is in the journal
before the next answer is awaited.

Shapes: N samples of a batch, W the model's own width.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from harness.errors import HarnessError, Reason, Unscored
from harness.inference.preparation import Prepared
from harness.models.answer import Answer, Answers, vectors_of
from harness.models.endless import watched
from harness.models.model import MediaModel, Preparer, VectorModel
from harness.probing.kept_open import KeptOpen
from harness.signals.known_faces import faces_sought_in
from harness.signals.media import Image, Media, Video
from harness.tables.probe_tables import INPUT_SCALES

Array = npt.NDArray[Any]
Vector = npt.NDArray[np.float64]


UNANSWERED = Unscored(Reason.NO_ANSWER, "the model failed or gave no number")


class Probed(VectorModel[Any]):
    """The model unchanged. A batch on which it fails gives NaN, because probing must not stop the study.

    Args:
        model: the system under test.
        part: the one part that is asked for, of a model that answers sample by sample; all parts if not given.
        kept_open: keeps the model open from one probe to the next; if not given, each probe opens it.
    """

    nan_is_missing = True

    PARTS: ClassVar[tuple[str, ...]] = ("again",)
    """The names of the parts of the vector; each part is one answer of the model."""

    def __init__(self, model: MediaModel[Any], part: str | None = None, kept_open: KeptOpen | None = None) -> None:
        nothing: dict[str, Any] = {"input": {}, "output": {}, "connection": {}}
        super().__init__(model.card.model_copy(update=nothing), model.options, model.settings)
        self.model = model
        self.reads_files, self.context = model.reads_files, model.context
        self.asked_elsewhere = model.asked_elsewhere
        self._part = part
        self._closes = kept_open is None
        self._opening = kept_open or KeptOpen(model)

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that are asked for."""
        return self.PARTS if self._part is None else (self._part,)

    @property
    def width(self) -> int:
        """The length of all parts together."""
        return self.model.width * len(self.parts)

    def preparer(self) -> Preparer:
        """The model's own preparer."""
        return self.model.preparer()

    def open(self) -> None:
        """Open the model once more: loading it a second time is part of the probe. What it kept is no answer."""
        self._opening.open()

    def close(self) -> None:
        """Close the model again, unless it is kept open for the next probe."""
        if self._closes:
            self._opening.close()

    def forward(self, batch: Sequence[Array]) -> Vector | Answers:
        """The answers to a batch, shape (N, width), parts side by side; of a single part, one by one."""
        if self._part is not None:
            return self._one_by_one(self._part, batch)
        return np.concatenate([self._vectors(part, batch) for part in self.parts], axis=1)

    def asked(
        self,
        part: str,  # noqa: ARG002 (for those that have several)
        batch: Sequence[Array],
    ) -> Iterator[tuple[Sequence[int], Sequence[Array]]]:
        """What the model is given for a part, one batch after another: places in this batch, and their arrays."""
        yield range(len(batch)), batch

    def _one_by_one(self, part: str, batch: Sequence[Array]) -> Answers:
        missing = set(range(len(batch)))
        for places, arrays in self.asked(part, batch):
            for index, answer in self._said(arrays):
                if places[index] in missing:
                    missing.remove(places[index])
                    yield places[index], answer
        yield from ((place, Answer(unscored=UNANSWERED)) for place in sorted(missing))

    def _said(self, arrays: Sequence[Array]) -> Answers:
        """The model's answers until it fails; one in the wrong shape counts as none.

        What the user can mend, such as a budget that is spent, stops the study, which goes on from there.
        """
        try:
            for index, answer in self.model.forward(arrays):
                values = answer.vector
                sound = values is None or (np.shape(values) == (self.model.width,) and values.dtype.kind == "f")
                if 0 <= index < len(arrays):
                    yield index, answer if sound else replace(answer, vector=None, unscored=UNANSWERED)
        except HarnessError:
            raise
        except Exception:  # whatever a model raises at an input that is not its own
            return

    def _vectors(self, part: str, batch: Sequence[Array]) -> Vector:
        values_NW = np.full((len(batch), self.model.width), np.nan)
        for places, arrays in self.asked(part, batch):
            values_NW[places] = self._answers(arrays)
        return values_NW

    def _answers(self, batch: Sequence[Array]) -> Vector:
        """The model's vectors ``[N, W]``; NaN if it fails or answers in the wrong shape."""
        nothing_NW = np.full((len(batch), self.model.width), np.nan)
        try:
            with watched(f"model {self.model.name}", "a probe", self.settings.batch_timeout_s):
                said = self.model.forward(batch)
            if not isinstance(said, np.ndarray):
                said = vectors_of(said, len(batch), self.model.width)
            values = said.astype(np.float64)
        except Exception:  # whatever a model raises at an input that is not its own
            return nothing_NW
        return np.where(np.isinf(values), np.nan, values) if values.shape == nothing_NW.shape else nothing_NW


class AloneAndTogether(Probed):
    """Every sample alone, then all in one batch."""

    PARTS = ("alone", "together")

    def asked(self, part: str, batch: Sequence[Array]) -> Iterator[tuple[Sequence[int], Sequence[Array]]]:
        """Each sample by itself, or the batch as it is."""
        if part == "together":
            yield from super().asked(part, batch)
        else:
            yield from (([place], [sample]) for place, sample in enumerate(batch))


class OtherInput(Probed):
    """Channels swapped in the media, and the prepared array on different scales."""

    PARTS = ("swapped", *INPUT_SCALES)

    def preparer(self) -> Preparer:
        """Prepare the picture as it is, and with red and blue swapped before face detection."""
        return BothOrders(self.model.preparer())

    def asked(self, part: str, batch: Sequence[Array]) -> Iterator[tuple[Sequence[int], Sequence[Array]]]:
        """The swapped pictures that could be prepared, or all arrays on another scale."""
        if part == "swapped":
            others = {place: other for place, (_, other) in enumerate(batch) if other is not None}
            if others:
                yield list(others), list(others.values())
        else:
            values = [np.asarray(own, dtype=np.float32) for own, _ in batch]
            largest = max(float(np.abs(value).max(initial=0.0)) for value in values)
            top = np.float32(255.0 if largest > _UNIT else 1.0)
            yield range(len(batch)), [_SCALES[part](value, top) for value in values]


@dataclass(frozen=True)
class BothOrders:
    """A sample prepared twice, as an array of two arrays. Picklable, for workers.

    The second is what a model would get if pictures were read in the order blue, green, red.
    """

    prepare: Preparer

    def __call__(self, media: Media) -> Array:
        """The second is None if the swapped picture cannot be prepared, for example because no face is found."""
        own = self.prepare(media)
        both = InOtherOrder(self.prepare)(swapped(media))
        both[0] = own
        return both


@dataclass(frozen=True)
class InOtherOrder:
    """Of swapped media the second of `BothOrders`, the first being None. Picklable, for workers.

    Faces are those that are found in the picture as it is: what differs is what the model is given, and no face is
    lost to the detector.
    """

    prepare: Preparer

    def __call__(self, media: Media) -> Array:
        """None twice if the swapped picture cannot be prepared."""
        both = np.empty(2, dtype=object)
        with suppress(Unscored), faces_sought_in(_reversed):
            both[1] = self.prepare(media)
        return both


OTHER_ORDER = "other_order"
"""The name of what `InOtherOrder` makes while a sample is open."""


def both_orders(own: Mapping[str, Prepared], other: Mapping[str, Prepared]) -> dict[str, Prepared]:
    """By sample id what `BothOrders` makes, where both halves of it are known."""
    return {name: _joined(own[name], prepared) for name, prepared in other.items() if name in own}


def _joined(own: Prepared, other: Prepared) -> Prepared:
    if own.array is None or other.array is None:
        return own if own.array is None else other
    both = np.empty(2, dtype=object)
    both[0], both[1] = own.array, other.array[1]
    return replace(other, array=both)


_UNIT = 1.5
"""An array with larger values is not scaled to 1."""

_SCALES: Mapping[str, Callable[[Array, np.float32], Array]] = {
    "times_255": lambda x, _: x * np.float32(255.0),
    "divided_by_255": lambda x, _: x / np.float32(255.0),
    "stretched": lambda x, top: x * np.float32(2.0) - top,  # [0, top] becomes [-top, top]
    "squeezed": lambda x, top: (x + top) / np.float32(2.0),  # and back
}


def swapped(media: Media) -> Media:
    """Pictures with red and blue exchanged, and the sound as it is."""
    if isinstance(media, Video):
        return replace(media, frames=_reversed(media.frames))
    return Image(_reversed(media.pixels)) if isinstance(media, Image) else media


def _reversed(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    return np.ascontiguousarray(pixels[..., ::-1])
