"""A system that reads pictures, asked about the frames of films: one answer for each film.

The frames in which the system finds no face are left out; a film in which it finds none at all has its reason.

Shapes: N films, F frames of one, C labels, D dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Floats, Ints
from harness.cards.modality import Modality
from harness.errors import HarnessError, Unscored
from harness.models.concluding import concluded
from harness.models.fusion_rules import mean_of_present, most_voted, vote_shares
from harness.models.model import Conclusion, Model, Preparer, Vectors
from harness.models.pooling_options import PoolingOptions
from harness.models.scoring_model import ScoringModel
from harness.signals.media import Image, Media, Video

NUM_COUNTS = 3
"""What the vector of a film ends with: the place of its label, its frames with an answer, all of its frames."""


def for_films(system: Model[Any], samples: pa.Table, options: PoolingOptions) -> Model[Any]:
    """The system, or what asks it about frames, where samples are films and it reads pictures of faces."""
    films = Modality.VIDEO in pc.unique(samples["modality"]).to_pylist()
    if films and isinstance(system, ScoringModel) and Modality.FACE in system.card.modalities:
        return FramePooling(system, options)
    return system


class FramePooling(ScoringModel[Any]):
    """The system with one answer for each film: its vector is the pooled one, and `NUM_COUNTS` more."""

    def __init__(self, system: ScoringModel[Any], options: PoolingOptions) -> None:
        nothing: dict[str, Any] = {"input": {}, "output": {}, "connection": {}}
        super().__init__(system.card.model_copy(update=nothing), system.options, system.settings)
        self.card = system.card
        self.system, self.pooling = system, options
        self.context, self.in_flight = system.context, system.in_flight
        self.asked_elsewhere = system.asked_elsewhere

    @property
    def width(self) -> int:
        """C + D + `NUM_COUNTS`."""
        return self.system.width + NUM_COUNTS

    def in_float32(self) -> FramePooling:
        """The same pooling of the system in single precision."""
        return FramePooling(self.system.in_float32(), self.pooling)

    def facts(self) -> dict[str, Any]:
        """Those of the system; the plan has the pooling in a section of its own."""
        return self.system.facts()

    def files(self) -> dict[str, Path]:
        """Those of the system."""
        return self.system.files()

    def notes(self) -> list[str]:
        """Those of the system, and how its answers are pooled."""
        by = {"mean": "their mean", "vote": "their votes", "top_k": f"the {self.pooling.top_k} surest of them"}
        return [
            *self.system.notes(),
            f"One answer for each film, from those to its frames: {by[self.pooling.pooling]}.",
        ]

    def preparer(self) -> Preparer:
        """Prepares frame by frame."""
        return FramesPreparer(self.system.preparer())

    def open(self) -> None:
        """Open the system."""
        self.system.open()

    def close(self) -> None:
        """Close the system."""
        self.system.close()

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.floating]:
        """Prepared frames of each film → vectors of shape (N, `width`)."""
        return self.submit(batch)()

    def submit(self, batch: Sequence[npt.NDArray[Any]]) -> Callable[[], npt.NDArray[np.floating]]:
        """Ask about the frames of one film after another, so that they do not depend on the other films."""
        asked = [[frame for frame in film if frame is not None] for film in batch]
        begun = [self.system.submit(frames) for frames in asked]

        def computed() -> npt.NDArray[np.floating]:
            rows = []
            for wait, frames, film in zip(begun, asked, batch, strict=True):
                values_FW = wait()
                if not isinstance(values_FW, np.ndarray) or values_FW.shape != (len(frames), self.system.width):
                    raise HarnessError(
                        f"model {self.name}: it does not answer {len(frames)} frames with as many vectors."
                    )
                rows.append(np.concatenate([self._pooled(values_FW.astype(np.float64)), [len(frames), len(film)]]))
            return np.stack(rows)

        return computed

    def conclude(self, samples: pa.Table, vectors: Vectors) -> Conclusion:
        """The pooled scores and dimensions, and the label that they give."""
        num_labels = len(self.card.labels)
        scored_N1 = np.array([[outcome == "scored"] for outcome in vectors.outcome], bool).reshape(-1, 1)
        values = np.where(scored_N1, vectors.values, np.nan)
        place_N = values[:, -NUM_COUNTS] if num_labels else np.full(len(values), np.nan)
        values_ND = values[:, num_labels:-NUM_COUNTS]
        return concluded(self, samples, vectors, place_N, values[:, :num_labels], values_ND)

    def _pooled(self, values_FW: Floats) -> Floats:
        """Scores, dimensions and the place of the label; NaN throughout where a frame has no number."""
        num_labels = len(self.card.labels)
        if not np.isfinite(values_FW).all():
            return np.full(self.system.width + 1, np.nan)
        scores_FC = values_FW[:, :num_labels].astype(np.float32).astype(np.float64)
        if self.pooling.pooling == "top_k" and num_labels:
            surest = np.argsort(-scores_FC.max(axis=1), kind="stable")[: self.pooling.top_k]
            values_FW, scores_FC = values_FW[surest], scores_FC[surest]
        dimensions_D = mean_of_present(values_FW[:, num_labels:].T)
        if not num_labels:
            return np.append(dimensions_D, 0.0)
        mean_1C = scores_FC.mean(axis=0, keepdims=True)
        pooled_1C, place = mean_1C, int(mean_1C.argmax())
        if self.pooling.pooling == "vote":
            pooled_1C = vote_shares(scores_FC.argmax(axis=1)[None], num_labels)
            place = int(most_voted(pooled_1C, mean_1C)[0])
        return np.concatenate([pooled_1C[0], dimensions_D, [place]])


@dataclass(frozen=True)
class FramesPreparer:
    """A film → an array of objects, shape (F,): what the system is given of each frame, or None. Picklable.

    Attributes:
        prepare: the system's own preparation of a picture.
    """

    prepare: Preparer

    def __call__(self, media: Media) -> npt.NDArray[np.object_]:
        """Prepare every frame; a picture is a film of one.

        Raises:
            Unscored: no frame can be prepared; it says why for the first.
        """
        pictures = [Image(frame) for frame in media.frames] if isinstance(media, Video) else [media]
        prepared = np.empty(len(pictures), object)
        refused: list[Unscored] = []
        for place, picture in enumerate(pictures):
            try:
                prepared[place] = self.prepare(picture)
            except Unscored as unscored:
                refused.append(unscored)
        if len(refused) == len(pictures):
            first = refused[0]
            among = "" if len(pictures) == 1 else f"in none of {len(pictures)} frames"
            raise Unscored(first.reason, first.detail or among, abstained=first.abstained)
        return prepared


def answered_frames(vectors: Vectors) -> tuple[Bools, Ints, Ints]:
    """Which films have an answer ``[N]``, and of these to how many frames there is one, and how many there are."""
    has_N: Bools = np.isfinite(vectors.values[:, -1])
    answered_n, frames_n = vectors.values[has_N][:, -2:].astype(np.int64).T
    return has_N, answered_n, frames_n


def frames_without_answer(vectors: Iterable[Vectors], num_films: int) -> str | None:
    """In how many frames of the films that have an answer there was none; None if in no frame.

    Args:
        vectors: of `FramePooling`, in pieces.
        num_films: all films of the study.
    """
    counts = [np.stack(answered_frames(piece)[1:], axis=1) for piece in vectors]
    answered_N, frames_N = np.concatenate(counts).T
    if (lacking := int((frames_N - answered_N).sum())) == 0:
        return None
    return (
        f"Within {len(frames_N):,} of {num_films:,} films that have an answer, the system has none to {lacking:,} "
        f"of {frames_N.sum():,} frames, such as where it found no face: {int((answered_N < frames_N).sum()):,} "
        f"films lack some, {int((2 * answered_N < frames_N).sum()):,} more than half."
    )
