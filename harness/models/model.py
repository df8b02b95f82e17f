"""The interface of every system under test.

There are two kinds. A `TableModel` answers from the samples table alone (chance, raters' votes, a file of
predictions). A `MediaModel` works on signals in three steps: a *preparer* turns one sample's media into an array
(in a worker process), `forward` turns a batch of arrays into one vector per sample (on the device), and `conclude`
turns all vectors into predictions. For a pretrained system the vector holds its scores. For a system that is
trained within the study it holds features, and `conclude` trains and tests with subjects left out. The journal
stores the vectors, so that an interrupted run can continue.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from harness.cards.facts import ModelCard
from harness.signals.face_options import FaceOptions
from harness.signals.media import Media
from harness.tables.folds import Fold


class ModelOptions(BaseModel):
    """A model's options (``model.<option>``), validated; subclasses add their own."""

    model_config = ConfigDict(extra="forbid", frozen=True)


OptionsT = TypeVar("OptionsT", bound=ModelOptions)


@dataclass(frozen=True)
class RunSettings:
    """Settings of the run that every model receives."""

    seed: int = 0
    device: str = "cpu"
    precision: Literal["float32", "bfloat16", "float16"] = "float32"
    face: FaceOptions = field(default_factory=FaceOptions)


@dataclass(frozen=True)
class Conclusion:
    """A model's predictions, one row per sample in the order of the samples, and the folds it was trained in."""

    predictions: pa.Table
    folds: tuple[Fold, ...] = ()


@dataclass(frozen=True)
class Vectors:
    """The vectors that the inference stage collected, in the order of the samples.

    Attributes:
        values: float64, shape (num_samples, width); a row is NaN if its sample has no vector.
        outcome: ``scored``, ``abstained`` or ``failed`` per sample.
        reason: why the sample was not scored, else None.
    """

    values: npt.NDArray[np.float64]
    outcome: Sequence[str]
    reason: Sequence[str | None]


class Preparer(Protocol):
    """Media → the array that `MediaModel.forward` takes. Picklable, holds no weights. Raises `Unscored`."""

    def __call__(self, media: Media) -> npt.NDArray[Any]:
        """Prepare one sample."""
        ...


class Model(ABC, Generic[OptionsT]):
    """A system under test, or a baseline."""

    Options: ClassVar[type[ModelOptions]] = ModelOptions

    def __init__(self, card: ModelCard, options: OptionsT, settings: RunSettings) -> None:
        self.card = card
        self.options = options
        self.settings = settings

    @property
    def name(self) -> str:
        """The value of the `model` column."""
        return self.card.name

    def facts(self) -> dict[str, Any]:
        """What determines the model's predictions, for the plan: hashes of weights and files, versions."""
        return {"weights_sha256": self.card.weights.sha256} if self.card.weights else {}

    def notes(self) -> list[str]:
        """Sentences about the options that readers of the results must know; shown wherever results are shown."""
        return []


class TableModel(Model[OptionsT]):
    """Answers from the samples table alone; media are not read."""

    @abstractmethod
    def predict(self, samples: pa.Table) -> Conclusion:
        """Answer every sample.

        Raises:
            HarnessError: the samples lack what the model needs, such as votes.
        """


class VectorModel(Model[OptionsT]):
    """Turns the media of each sample into a vector; the inference stage needs no more of a model.

    `nan_is_missing` says what NaN in a vector means. True: the feature is undefined for this sample (no heartbeat,
    no voiced frame), and `conclude` deals with it. False: the model failed, and so does the sample's row.
    """

    nan_is_missing: ClassVar[bool] = False

    @property
    @abstractmethod
    def width(self) -> int:
        """The length of a sample's vector."""

    @abstractmethod
    def preparer(self) -> Preparer:
        """The step that runs in the workers."""

    @abstractmethod
    def open(self) -> None:
        """Load weights onto the device. Called before the first `forward`; not called if the run is finished.

        Called again before the system is probed (`harness.probing`); it must then give the same vectors as before.
        """

    @abstractmethod
    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        """A batch of prepared arrays → vectors of shape (len(batch), width).

        A sample's vector does not depend on the other samples of its batch beyond 1e-5.
        """


class MediaModel(VectorModel[OptionsT]):
    """A system that works on signals; its predictions are derived from its vectors."""

    @abstractmethod
    def conclude(self, samples: pa.Table, vectors: Vectors) -> Conclusion:
        """Derive the predictions from all vectors."""
