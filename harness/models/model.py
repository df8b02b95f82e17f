"""The interface of every system under test.

Two kinds. A `TableModel` answers from the samples table alone (chance, raters' votes, a file of predictions). A
`MediaModel` reads signals, in three steps: a *preparer* turns one sample's media into an array (in a worker
process), `forward` turns a batch of arrays into one vector per sample (on the device), and `conclude` turns
vectors into predictions. For a `PretrainedModel` the vector holds its scores, and any part of the samples can be
concluded on its own; for a `CrossFittedModel` it holds features, and `conclude` trains and tests with subjects
left out. The vectors are what the journal keeps, so that an interrupted run goes on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, ValidationError

from harness.arrays import Bools
from harness.cards.facts import Facts, ModelCard, validation_problems
from harness.cards.inputs import ModelInput
from harness.cards.modality import Modality
from harness.errors import HarnessError
from harness.models.answer import Answers, StreamedAnswers
from harness.models.budget import Budget
from harness.models.granted import Needed
from harness.plain_numbers import PlainNumbers
from harness.resources import Configured
from harness.signals.face_options import FaceOptions
from harness.signals.speech_options import SpeechOptions
from harness.tables.folds import Fold
from harness.user_tables.label_places import LabelPlaces


class ModelOptions(PlainNumbers):
    """A model's options (``model.<option>``), validated; subclasses add their own."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


OptionsT = TypeVar("OptionsT", bound=ModelOptions)

Computed = Callable[[], "npt.NDArray[np.floating] | Answers"]
"""Waits for a batch that was begun, and returns what `VectorModel.forward` does."""


@dataclass(frozen=True)
class RunSettings:
    """Settings of the run that every model receives."""

    seed: int = field(default_factory=Configured("seed"))
    device: str = "cpu"
    precision: Literal["float32", "bfloat16", "float16"] = field(default_factory=Configured("precision"))
    face: FaceOptions = field(default_factory=FaceOptions)
    speech: SpeechOptions = field(default_factory=SpeechOptions)
    budget: Budget = field(default_factory=Budget)
    batch_timeout_s: float = field(default_factory=Configured("batch_timeout_s"))

    @property
    def batches_in_flight(self) -> int:
        """`VectorModel.in_flight` of a network on the device; on a GPU 3: one is copied while one is computed."""
        return 3 if self.device.startswith("cuda") else 1


@dataclass(frozen=True)
class Conclusion:
    """A model's predictions, and the folds it was trained in.

    Attributes:
        predictions: one row per sample in the samples' order; under several conditions, one condition after
            another.
        folds: the trainings; none where nothing was trained.
    """

    predictions: pa.Table
    folds: tuple[Fold, ...] = ()


@dataclass(frozen=True)
class Vectors:
    """What the inference stage collected of some samples, in the samples' order.

    Attributes:
        values: float64, shape (num_samples, width); a row is NaN if its sample has no vector.
        outcome: ``scored``, ``abstained`` or ``failed`` per sample.
        reason: why the sample was not scored, else None.
    """

    values: npt.NDArray[np.float64]
    outcome: Sequence[str]
    reason: Sequence[str | None]


@dataclass(frozen=True)
class Training:
    """Samples that a system is trained on and not tested on, such as those of another corpus.

    Attributes:
        name: of the training, for `harness.tables.folds.Fold`.
        samples: labelled, with the labels of the samples that are tested; nobody among them is tested, unless the
            study was told to take that.
        vectors: their clean media.
    """

    name: str
    samples: pa.Table
    vectors: Vectors


class UnfitAnswersError(HarnessError):
    """A file of answers does not fit the samples, and what it answers is known nevertheless.

    Attributes:
        labels: that it answers.
        places: where they stand.
    """

    def __init__(self, message: str, labels: Sequence[str], places: LabelPlaces) -> None:
        super().__init__(message)
        self.labels = labels
        self.places = places


class Preparer(Protocol):
    """Media → the array that `MediaModel.forward` takes. Picklable, holds no weights. Raises `Unscored`."""

    def __call__(self, media: Any) -> npt.NDArray[Any]:
        """Prepare one sample, given as a `harness.signals.media.Given`: see `VectorModel.reads_files`."""
        ...


class Model(ABC, Generic[OptionsT]):
    """A system under test, or a baseline.

    `Options` is the schema of its choices; `Input`, `Output` and `Connection` are those of what its card says of
    what it is given, what it answers, and how it is reached.

    Raises:
        HarnessError: what the card says is not as the kind needs it.
    """

    Options: ClassVar[type[ModelOptions]] = ModelOptions
    Input: ClassVar[type[Facts]] = ModelInput
    Output: ClassVar[type[Facts]] = Facts
    Connection: ClassVar[type[Facts]] = Facts
    usual_modality: ClassVar[Modality] = Modality.FACE
    """What a new system of the kind reads unless its author says otherwise."""
    usual_input: ClassVar[Mapping[type[BaseModel], Mapping[str, Any]]] = {}
    """Schema of the input → values that a new card of the kind states, where most systems differ from defaults."""
    needs_trust: ClassVar[bool] = False
    """Whether it answers only where the user trusts somebody else's code: ``model.trust=true``."""
    starter_files: ClassVar[Mapping[str, str]] = {}
    """Files beside a card that are written for a new system: name → text."""
    remarks: tuple[str, ...] = ()
    """What had to be understood to read the model's files, one sentence each, to be told to the user."""
    label_places = LabelPlaces()
    """Where the labels of its answers stand, if they are in a file of the user."""

    def __init__(self, card: ModelCard, options: OptionsT, settings: RunSettings) -> None:
        self.input: Any = _section(card, "input", self.input_schema(card))
        self.output: Any = _section(card, "output", self.Output)
        self.connection: Any = _section(card, "connection", self.Connection)
        self.card = card
        self.options = options
        self.settings = settings

    @classmethod
    def input_schema(cls, card: ModelCard) -> type[Facts]:  # noqa: ARG003 (for kinds with several)
        """The schema of what its card says of its input: `Input`, unless the kind has several."""
        return cls.Input

    @classmethod
    def needed_grants(cls, card: ModelCard, options: OptionsT) -> list[Needed]:  # noqa: ARG003 (for kinds that need)
        """What its card asks for and the user has not granted, as far as card and options tell."""
        return []

    @staticmethod
    def num_gpus() -> int | None:
        """How many GPUs its runtime can use here: by default those of torch; None if it computes nothing."""
        import torch

        return torch.cuda.device_count() if torch.cuda.is_available() else 0

    @property
    def name(self) -> str:
        """The value of the `model` column."""
        return self.card.name

    def in_float32(self) -> Self:
        """The same system, not opened, computing in single precision."""
        return type(self)(self.card, self.options, replace(self.settings, precision="float32"))

    def facts(self) -> dict[str, Any]:
        """What determines the model's predictions, for the plan: hashes of weights and files, versions."""
        return {"weights_sha256": self.card.weights.sha256} if self.card.weights else {}

    def files(self) -> dict[str, Path]:
        """The files of this machine that it computes with, by name, such as its weights; none of a service.

        Raises:
            HarnessError: one cannot be had.
        """
        return {}

    def labels_for(self, listed: pa.Table) -> list[str]:  # noqa: ARG002 (for files, which are about them)
        """What it can answer, as far as that is known before it is asked.

        Called before the plan is written: a model that reads its answers from a file reads the file here.

        Args:
            listed: all samples of the dataset; a study may choose some of them.

        Raises:
            UnfitAnswersError: the columns or ids of the file do not fit.
            HarnessError: the file cannot be used.
        """
        return list(self.card.labels)

    def own_problems(self) -> list[str]:
        """What is to be mended of its files, as far as that shows where the samples cannot be read."""
        return []

    def require_answers(self, samples: pa.Table) -> None:
        """Check before the plan is written that it answers the samples of the study.

        Raises:
            HarnessError: a file of answers has none for some of them.
        """

    def absent(self, samples: pa.Table) -> dict[str, Bools]:  # noqa: ARG002 (for systems of several parts)
        """Of a system that combines others: which samples of the study each of them has no answer to ``[N]``."""
        return {}

    def notes(self) -> list[str]:
        """Sentences about the options that readers of the results must know; shown wherever results are shown."""
        return []


def _section(card: ModelCard, name: str, schema: type[Facts]) -> Facts:
    try:
        return schema.model_validate(getattr(card, name))
    except ValidationError as error:
        raise HarnessError(f"model {card.name}: {name} in its card: {validation_problems(error)}.") from None


class TableModel(Model[OptionsT]):
    """Answers from the samples table alone; media are not read."""

    @staticmethod
    def num_gpus() -> None:
        """It computes nothing."""

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

    `reads_files` and `context` say what the preparer is given: decoded `Media`, or an `EncodedFile` with the bytes
    of the sample's own file; with columns in `context`, either of them `InContext`.
    """

    nan_is_missing: ClassVar[bool] = False
    reads_files: bool = False
    repeat: int = 1
    """Which time the samples are asked about, set by the harness. A model that draws at random draws anew each
    time, and one that keeps answers keeps those of each time apart."""
    asks_anew: bool = False
    """Whether answers that it kept are of no use now, set by the harness while it probes the system."""
    asked_elsewhere: bool = False
    """Whether it is asked over a network. The process with the journal asks it, wherever batches are computed: it
    keeps the one budget, and what was paid for is on the disk before more is asked."""
    in_flight: int = 1
    """How many batches are begun with `submit` before the first of them is waited for, at least 1. Known before
    `open`."""
    context: tuple[str, ...] = ()
    """Columns of the samples table that the preparer is told, such as ``ctx.sentence``."""

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

    def close(self) -> None:
        """Give back what `open` took, such as a process. Called after the last `forward`, however it ended."""

    @abstractmethod
    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.floating] | Answers:
        """A batch of prepared arrays → vectors of shape (len(batch), width), or one `Answer` for each.

        A sample's vector does not depend on the other samples of its batch beyond 1e-5.

        A model that may fail, decline or be paid sample by sample hands back (index, `Answer`) as answers arrive,
        best as a generator: each is in the journal before the next is awaited, and after a kill only samples
        without an answer are asked again, in a batch of what remains. So what it says of one sample must not
        depend on the others at all.

        Workers may have written the arrays into memory that is used again afterwards: copy what is to be kept.
        `harness.models.batch.stacked` gives all of them as one array, mostly without a copy.
        """

    def largest_input(self) -> npt.NDArray[Any] | None:
        """An array of zeros as large as any that its preparer makes, for ``batch_size=auto``; also before `open`.

        None: the memory that a batch needs does not grow with its samples, or it cannot be said.
        """
        return None

    def submit(self, batch: Sequence[npt.NDArray[Any]]) -> Computed:
        """Begin a batch; what is returned waits for its vectors. Unless it is overridden, `forward` computes them.

        For a model on a device that computes by itself: with `in_flight` batches begun before the first is waited
        for, the device need not wait for this process. The arrays hold what they held until then.
        """
        said = self.forward(batch)
        return lambda: said

    def forward_all(self, batches: Iterable[Sequence[npt.NDArray[Any]]]) -> StreamedAnswers | None:  # noqa: ARG002
        """All batches at once, where answers to further ones may be asked for while earlier ones are on their way.

        Args:
            batches: as they are prepared; may be taken in another thread.

        Returns:
            None, untouched by it, where each batch is a `forward` of its own.
        """
        return None


class MediaModel(VectorModel[OptionsT]):
    """A system that reads signals: a `PretrainedModel` or a `CrossFittedModel`."""


class PretrainedModel(MediaModel[OptionsT]):
    """A system whose vectors are its answers."""

    @abstractmethod
    def conclude(self, samples: pa.Table, vectors: Vectors) -> Conclusion:
        """The vectors of some samples → their predictions.

        Called with one part of the samples after another, so that no run holds all vectors in memory: what is said
        of a sample follows from its own vector.
        """


class CrossFittedModel(MediaModel[OptionsT]):
    """A system that is trained within the study, on features, with the test subjects left out."""

    @abstractmethod
    def conclude(
        self, samples: pa.Table, vectors: Mapping[str, Vectors], training: Training | None = None
    ) -> Conclusion:
        """The vectors of all samples under every condition, ``clean`` first → predictions under every condition.

        Training sees clean samples only; the subjects left out are tested under every condition. With `training`
        it sees nothing but these, once, and all samples are tested.
        """
