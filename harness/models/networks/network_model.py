"""What all kinds of networks share: pictures, sounds or features in, scores and dimensions out.

A kind adds how its file is opened (`NetworkModel.load`) and what else decides its answers.

Shapes: B samples of a batch, W windows of sounds.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from harness.cards.facts import Facts, ModelCard
from harness.cards.inputs import NetworkSoundInput, PictureInput
from harness.cards.modality import Modality
from harness.errors import HarnessError
from harness.models.batch import Batch, stacked
from harness.models.endless import watched
from harness.models.face_cropping import face_cropper
from harness.models.feature_columns import FeaturesInput
from harness.models.feature_preparation import FeaturePreparer
from harness.models.model import ModelOptions, Preparer, RunSettings
from harness.models.networks.like_length import MOST_VALUES, MOST_VALUES_ON_CPU, of_like_length
from harness.models.networks.network_output import NetworkOutput, Outputs, require_meaning, vectors
from harness.models.picture_preparation import PicturePreparer, pictures
from harness.models.scoring_model import ScoringModel
from harness.models.sound_preparation import SoundPreparer, sounds
from harness.models.weights import weights_files, weights_path
from harness.models.weights_options import WeightsOptions
from harness.signals.face_options import FaceOptions

_OF_RECORDINGS = {Modality.WEARABLE, Modality.PHYSIOLOGY, Modality.EEG}

Array = npt.NDArray[Any]
Shape = Sequence[int | None]
"""The axes of an input; None is one of any length."""


OptionsT = TypeVar("OptionsT", bound=WeightsOptions)


class RunBatch(Protocol):
    """Runs an opened network."""

    def __call__(self, batch: npt.NDArray[np.float32]) -> Outputs:
        """float32 of shape (B, …) → the outputs by name."""
        ...


class BeginBatch(Protocol):
    """Begins a batch on a device that computes by itself."""

    def __call__(self, batch: Array, memory: Array | None, /) -> Callable[[], Outputs]:
        """Prepared pictures (B, H, W, …) or float32 (B, …) → what waits for the outputs by name.

        Args:
            batch: left as it is until they are there.
            memory: in which it lies, where that is shared with workers (`harness.models.batch.Batch`).
        """
        ...


@dataclass(frozen=True)
class Network:
    """An opened network.

    Attributes:
        run: runs a batch.
        input_shape: as the file states it, with the axis of the batch; None where it does not.
        batch_size: of one call: 1 where the file was made for single samples; None where any will do.
        begin: begins a batch, where the runtime can do that and takes any number of samples.
    """

    run: RunBatch
    input_shape: Shape | None = None
    batch_size: int | None = None
    begin: BeginBatch | None = None


class NetworkModel(ScoringModel[OptionsT]):
    """A network in a file, with the preparation and the meaning of its outputs in its card."""

    Options: ClassVar[type[ModelOptions]] = WeightsOptions
    Output = NetworkOutput
    output: NetworkOutput
    input: PictureInput | NetworkSoundInput | FeaturesInput

    def __init__(self, card: ModelCard, options: OptionsT, settings: RunSettings) -> None:
        super().__init__(card, options, settings)
        require_meaning(card, self.output)
        if card.weights is None:
            raise HarnessError(f"model {card.name}: its card names no weights, the network's file.")
        self._cropper = face_cropper(_face_options(self.input, settings))
        self._network: Network | None = None

    @classmethod
    def input_schema(cls, card: ModelCard) -> type[Facts]:
        """Features of recordings, sounds where the card says a rate or only hears; else pictures."""
        if "columns" in card.input or set(card.modalities) <= _OF_RECORDINGS:
            return FeaturesInput
        hears = "sample_rate_hz" in card.input or set(card.modalities) == {Modality.VOICE}
        return NetworkSoundInput if hears else PictureInput

    @abstractmethod
    def load(self, path: Path) -> Network:
        """Open the network's file.

        Raises:
            HarnessError: it cannot be opened.
        """

    @abstractmethod
    def runtime_facts(self) -> dict[str, str]:
        """The runtime and its version, and what it computes with."""

    def facts(self) -> dict[str, Any]:
        """The hashes of the network's files, the runtime, and the face options where faces are cut out."""
        assert self.card.weights is not None, "checked when it was made"
        facts = {**super().facts(), "runtime": self.runtime_facts()}
        if self.card.weights.beside:
            facts["beside_sha256"] = dict(self.card.weights.beside)
        if isinstance(self.input, FeaturesInput):
            facts["columns"] = [column.feature or column.value for column in self.input.columns]
        if isinstance(self.input, PictureInput):
            facts["face"] = self._cropper.facts()
        return facts

    def files(self) -> dict[str, Path]:
        """The network's file, and those beside it."""
        return weights_files(self.card, self.options.weights, self.options.allow_hosts)

    def preparer(self) -> Preparer:
        """The worker's part."""
        if isinstance(self.input, NetworkSoundInput):
            return SoundPreparer(self.input)
        if isinstance(self.input, FeaturesInput):
            return FeaturePreparer(self.input)
        return PicturePreparer(self._cropper, self.input)

    def largest_input(self) -> Array | None:
        """A blank picture, row of features or window; None where clips may have any length: few go together."""
        if isinstance(self.input, NetworkSoundInput):
            return None if self.input.window_s is None else np.zeros((1, self._blank_samples()), np.float32)
        if isinstance(self.input, FeaturesInput):
            return np.zeros(len(self.input.columns))
        return self._blank_picture()

    def open(self) -> None:
        """Load the network and answer one blank sample, so that what does not fit is found before any sample.

        Raises:
            HarnessError: the file cannot be had or opened, or takes or answers something else than the card says.
        """
        path = weights_path(self.card, self.options.weights, self.options.allow_hosts)
        with watched(f"model {self.name}", "a blank sample", self.settings.batch_timeout_s):
            network = self.load(path)
            blank = self._blank()
            _require_shape(self.card, network, blank)
            self._network = network
            self._answers(blank)

    def forward(self, batch: Sequence[Array]) -> npt.NDArray[np.float64]:
        """Prepared samples → scores and dimensions, shape (B, C + D)."""
        return self.submit(batch)()

    def submit(self, batch: Sequence[Array]) -> Callable[[], npt.NDArray[np.float64]]:
        """Begin what `forward` computes, where the runtime can; otherwise compute it."""
        memory = getattr(batch, "memory", None)
        places, parts = zip(*self._parts(batch), strict=True)
        begun = [self._begin(part, memory) for part in parts]
        num_windows = [len(windows) for windows in batch] if self._asks_for_mean() else None

        def computed() -> npt.NDArray[np.float64]:
            found = np.concatenate([wait() for wait in begun])
            answers = np.empty_like(found)
            answers[np.concatenate(places)] = found
            if num_windows is None:
                return answers
            ends = np.cumsum(num_windows)
            return np.stack([part.mean(axis=0) for part in np.split(answers, ends[:-1])])

        return computed

    def _parts(self, batch: Sequence[Array]) -> Iterator[tuple[Sequence[int], Array]]:
        """What the network is given at once, and which samples or windows of the batch these are.

        Pictures are as they are if it turns them into numbers itself. Of clips of any length those of equal length
        go together: padding would let one depend on the others.
        """
        if isinstance(self.input, FeaturesInput):
            yield range(len(batch)), stacked(batch).astype(np.float32)
        elif isinstance(self.input, PictureInput):
            yield range(len(batch)), stacked(batch) if self._begins() else pictures(batch, self.input)
        elif not self._asks_for_mean():
            for places in of_like_length(
                [clip.size for clip in batch], most_padding=0.0, most_values=self._most_values()
            ):
                alike = Batch([batch[place] for place in places], getattr(batch, "memory", None))
                yield places, sounds(stacked(alike)[:, 0], self.input)
        else:
            windows_WT = np.concatenate(batch)
            for start in range(0, len(windows_WT), len(batch)):
                part_WT = windows_WT[start : start + len(batch)]
                yield range(start, start + len(part_WT)), sounds(part_WT, self.input)

    def _asks_for_mean(self) -> bool:
        """Whether a clip has windows, of which the mean is its answer."""
        return isinstance(self.input, NetworkSoundInput) and self.input.window_s is not None

    def _most_values(self) -> int:
        """Of clips of any length that go together: as many as are no slower so, if the file states several."""
        assert self._network is not None, "open() comes first"
        if self._network.input_shape is None or self._network.batch_size is not None:
            return 1
        return MOST_VALUES_ON_CPU if self.settings.device == "cpu" else MOST_VALUES

    def _begins(self) -> bool:
        assert self._network is not None, "open() comes first"
        return self._network.begin is not None and self._network.batch_size is None

    def _begin(self, part: Array, memory: Array | None) -> Callable[[], npt.NDArray[np.float64]]:
        assert self._network is not None, "open() comes first"
        begin = self._network.begin
        if begin is None or not self._begins():
            answers = self._answers(part)
            return lambda: answers
        wait = begin(part, memory if memory is not None and np.may_share_memory(part, memory) else None)
        return lambda: self._vectors(wait(), len(part))

    def _answers(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        assert self._network is not None, "open() comes first"
        run, size = self._network.run, self._network.batch_size
        if size is None:
            return self._vectors(run(batch), len(batch))
        return np.concatenate([self._vectors(_single(run(one[None])), 1) for one in batch])

    def _vectors(self, outputs: Outputs, num_samples: int) -> npt.NDArray[np.float64]:
        for name, values in outputs.items():
            if values.ndim == 0 or len(values) != num_samples:
                raise HarnessError(
                    f"model {self.name}: for {num_samples} samples its output {name!r:.80} has the shape "
                    f"{list(values.shape)}; the first axis is expected to be the samples."
                )
        return vectors(outputs, self.card, self.output)

    def _blank(self) -> npt.NDArray[np.float32]:
        if isinstance(self.input, PictureInput):
            return pictures([self._blank_picture()], self.input)
        if isinstance(self.input, FeaturesInput):
            return np.zeros((1, len(self.input.columns)), np.float32)
        return sounds(np.zeros((1, self._blank_samples())), self.input)

    def _blank_picture(self) -> npt.NDArray[np.uint8]:
        assert isinstance(self.input, PictureInput)
        size = (self.input.height, self.input.width)
        return np.zeros(size if self.input.colour == "grey" else (*size, 3), np.uint8)

    def _blank_samples(self) -> int:
        """How long a blank sound is: a window, or a second."""
        assert isinstance(self.input, NetworkSoundInput)
        length_s = self.input.window_s or min(1.0, self.input.max_duration_s)
        return round(length_s * self.input.sample_rate_hz)


def _face_options(
    expected: PictureInput | NetworkSoundInput | FeaturesInput, settings: RunSettings
) -> FaceOptions:
    """Those of the run where the card has faces cut out; otherwise nothing is looked for."""
    if isinstance(expected, PictureInput) and expected.face == "crop":
        return settings.face
    return FaceOptions(detector="none", margin=0.0, align=False, weights=None)


def _single(outputs: Outputs) -> Outputs:
    """Those of a network for single samples, which may leave out the axis of the batch."""
    return {name: values[None] if values.shape[:1] != (1,) else values for name, values in outputs.items()}


def _require_shape(card: ModelCard, network: Network, blank: Array) -> None:
    stated = network.input_shape
    if stated is None:
        return
    fits = len(stated) == blank.ndim and all(
        axis is None or axis == found for axis, found in zip(stated[1:], blank.shape[1:], strict=False)
    )
    if not fits:
        expected = ", ".join(["batch", *("any" if axis is None else str(axis) for axis in stated[1:])])
        made = ", ".join(["batch", *map(str, blank.shape[1:])])
        raise HarnessError(
            f"model {card.name}: its file takes [{expected}], the input in its card makes [{made}]. Correct the "
            "size, the channels, the window or the layout in the card."
        )
