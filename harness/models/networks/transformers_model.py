"""Kind ``transformers``: picture and sound classifiers in the format of the transformers library.

The model's own processor prepares what it is given.

Shapes: B samples of a batch, C labels, D dimensions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from harness.arrays import Floats
from harness.cards.facts import Facts, ModelCard
from harness.cards.inputs import MAX_SECONDS, MAX_SIDE
from harness.cards.modality import Modality
from harness.errors import HarnessError, Reason, Unscored
from harness.files import UserPath, read_json
from harness.models.face_cropping import face_cropper
from harness.models.granted import Trust
from harness.models.model import ModelOptions, Preparer, RunSettings
from harness.models.networks.model_folder import FolderConnection, deciding_files, folder_hashes, model_folder
from harness.models.networks.processed_batches import Inputs, ProcessedBatches
from harness.models.own_words import OwnWords, places_of
from harness.models.scoring_model import ScoringModel
from harness.models.waveform import WaveformPreparer
from harness.signals.face import FaceCropper
from harness.signals.media import Image, Media, Video

if TYPE_CHECKING:
    from harness.models.networks.torch_device import TorchDevice

PROCESSOR = "preprocessor_config.json"

_SIDES = ("size", "height", "width", "edge")
"""How the keys of a processor end that are lengths in pixels."""

_BLANK_PICTURE = np.zeros((64, 64, 3), np.uint8)

MAX_NUMBER = 100_000_000
"""No other number of a processor, such as the samples that a clip is padded to, is larger."""


class TransformersOptions(ModelOptions):
    """The options of `TransformersModel`.

    Attributes:
        folder: path of a copy of the model's folder, for machines that cannot reach the hub.
        trust: read weights that are stored as pickle, which can run any code.
        compile: whether the network is compiled for the device.
    """

    folder: UserPath | None = None
    trust: Trust = False
    compile: bool = False


class TransformersInput(Facts):
    """What the model's own processor is given."""

    face: Literal["crop", "whole"] = Field(
        default="crop", description="of a picture: the face that is found, or all"
    )
    max_duration_s: float = Field(
        default=60.0, gt=0, le=MAX_SECONDS, description="of a sound: longer clips are not scored"
    )


class TransformersOutput(Facts):
    """What the outputs of the network are."""

    scores: Literal["softmax", "sigmoid"] = Field(
        default="softmax", description="one label of several, or each label for itself"
    )
    labels: OwnWords = Field(default={})
    range: tuple[float, float] = Field(
        default=(-1.0, 1.0), description="of dimensions: the values that stand for -1 and 1"
    )


class TransformersModel(ScoringModel[TransformersOptions]):
    """A folder with a configuration, a processor and weights."""

    Options: ClassVar[type[ModelOptions]] = TransformersOptions
    Input = TransformersInput
    Output = TransformersOutput
    Connection = FolderConnection

    def __init__(self, card: ModelCard, options: TransformersOptions, settings: RunSettings) -> None:
        super().__init__(card, options, settings)
        if find_spec("transformers") is None:
            raise HarnessError(
                f"model {card.name} needs transformers: pip install 'emotion-harness[transformers]'."
            )
        if bool(card.labels) == bool(card.dimensions):
            raise HarnessError(f"model {card.name}: its card states either labels or dimensions.")
        self._hears = set(card.modalities) <= {Modality.VOICE, Modality.AUDIOVISUAL}
        self._cropper = None if self._hears or self.input.face == "whole" else face_cropper(settings.face)
        self._found: Path | None = None
        self._network: Any = None
        self._batches: ProcessedBatches | None = None
        self._device: TorchDevice | None = None
        self.in_flight = settings.batches_in_flight

    def facts(self) -> dict[str, Any]:
        """The hashes of the model's files, the version of the library, and how faces are found."""
        return super().facts() | {
            "files": folder_hashes(self._folder()),
            "transformers": version("transformers"),
            "face": None if self._cropper is None else self._cropper.facts(),
            "trusted": self.options.trust,
        }

    def files(self) -> dict[str, Path]:
        """Those of the folder that may decide the answers."""
        return {path.name: path for path in deciding_files(self._folder())}

    def notes(self) -> list[str]:
        """Where the source may change, and where the user trusted a pickle."""
        alias = f"Its files are those of {self.connection.revision}, which may stand for others another day."
        trusted = "Weights stored as pickle were allowed, which can run code (model.trust=true)."
        return [
            *([alias] if self.connection.may_change and self.options.folder is None else []),
            *([trusted] if self.options.trust else []),
        ]

    def preparer(self) -> Preparer:
        """A face or a picture as RGB pixels, or a waveform at the processor's rate."""
        if not self._hears:
            return PicturePreparer(self._cropper)
        return WaveformPreparer(self._rate_hz(), self.input.max_duration_s)

    def largest_input(self) -> npt.NDArray[Any]:
        """A silent clip of the longest duration, or a blank picture, which the processor brings to its size."""
        if not self._hears:
            return _BLANK_PICTURE
        return np.zeros(int(self.input.max_duration_s * self._rate_hz()), np.float32)

    def open(self) -> None:
        """Load network and processor, and find the network's labels among the card's.

        Raises:
            HarnessError: the folder cannot be fetched or read, its weights are a pickle, or its labels are others.
        """
        import transformers

        from harness.models.networks.torch_device import torch_device

        folder = self._folder()
        self._require_bounds(self._stated(PROCESSOR))
        network = (
            transformers.AutoModelForAudioClassification
            if self._hears
            else transformers.AutoModelForImageClassification
        )
        processor = transformers.AutoFeatureExtractor if self._hears else transformers.AutoImageProcessor
        local = {"local_files_only": True, "trust_remote_code": False}
        try:
            with _quiet(transformers.utils.logging):
                loaded_processor = processor.from_pretrained(folder, **local)
                safe_alone = None if self.options.trust else True
                loaded = network.from_pretrained(folder, use_safetensors=safe_alone, **local)
        except Exception as error:  # a hostile or incomplete folder can fail in any way
            raise HarnessError(
                f"model {self.card.name}: {folder} cannot be read ({type(error).__name__}: {str(error)[:300]})."
                f"{_pickle_advice(folder, self.options.trust)}"
            ) from None
        self._order = self._outputs(loaded.config)
        self._network = loaded.eval().to(self.settings.device)
        self._batches = ProcessedBatches(loaded_processor, loaded.config, hears=self._hears)
        self.close()
        self._device = torch_device(self.settings.device)
        if self.options.compile:
            from harness.models.networks.compiled import compile_now, compiled

            self._network = compiled(self._network)
            blank = np.zeros(loaded_processor.sampling_rate, np.float32) if self._hears else _BLANK_PICTURE
            compile_now(f"model {self.name}", lambda num: self.forward([blank] * num))

    def close(self) -> None:
        """Give back what was pinned for the device."""
        if self._device is not None:
            self._device.close()

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> Floats:
        """Pictures or waveforms → scores, shape (B, C), or dimensions, shape (B, D)."""
        return self.submit(batch)()

    def submit(self, batch: Sequence[npt.NDArray[Any]]) -> Callable[[], Floats]:
        """Begin what `forward` computes."""
        assert self._batches is not None, "open() comes first"
        begun = [(list(places), self._begin(inputs)) for places, inputs in self._batches(batch)]

        def computed() -> Floats:
            values_BC = np.empty((len(batch), self.width))
            for places, fetched in begun:
                values_BC[places] = fetched()["scores"][:, self._order]
            return values_BC

        return computed

    def _begin(self, inputs: Inputs) -> Callable[[], Mapping[str, npt.NDArray[Any]]]:
        import torch

        from harness.models.networks.torch_precision import autocast

        assert self._device is not None
        on_device = {name: self._device.put(tensor.numpy()) for name, tensor in inputs.items()}
        with torch.inference_mode(), autocast(self.settings):
            logits = self._network(**on_device).logits.float()
        if self.card.dimensions:
            low, high = self.output.range
            scores = (logits - low) / (high - low) * 2.0 - 1.0
        else:
            scores = torch.sigmoid(logits) if self.output.scores == "sigmoid" else torch.softmax(logits, dim=-1)
        return self._device.fetch({"scores": scores})

    def _outputs(self, config: Any) -> list[int]:
        """Where each label or dimension of the card stands among the network's outputs."""
        own = [str(config.id2label.get(place, f"output {place}")) for place in range(config.num_labels)]
        return places_of(self.card.name, own, self.output.labels, [*self.card.labels, *self.card.dimensions])

    def _folder(self) -> Path:
        if self._found is None:
            self._found = model_folder(
                self.card.name, self.connection, self.options.folder, pickled=self.options.trust
            )
        return self._found

    def _rate_hz(self) -> int:
        rate = self._stated(PROCESSOR).get("sampling_rate")
        if not isinstance(rate, int) or not 1_000 <= rate <= 192_000:
            raise HarnessError(
                f"model {self.card.name}: {PROCESSOR} states no sampling_rate from 1,000 to 192,000, so it hears "
                "nothing."
            )
        return rate

    def _stated(self, file: str) -> dict[str, Any]:
        path = self._folder() / file
        try:
            stated = read_json(path)
        except (OSError, ValueError) as error:
            raise HarnessError(f"model {self.card.name}: {path} cannot be read ({error}).") from None
        return stated if isinstance(stated, dict) else {}

    def _require_bounds(self, stated: dict[str, Any]) -> None:
        """Refuse a processor that would make of every sample an array that fills the memory."""
        for key, number in _numbers(stated):
            if number > (MAX_SIDE if key.endswith(_SIDES) else MAX_NUMBER):
                raise HarnessError(
                    f"model {self.card.name}: {PROCESSOR} asks for {key}: {number:,}, which would fill the memory."
                )


def _numbers(stated: object, key: str = "") -> Iterator[tuple[str, float]]:
    """All numbers in a JSON value, with the keys that they have."""
    if isinstance(stated, dict):
        for inner, value in stated.items():
            yield from _numbers(value, inner)
    elif isinstance(stated, list):
        for value in stated:
            yield from _numbers(value, key)
    elif isinstance(stated, int | float):
        yield key, stated


@dataclass(frozen=True)
class PicturePreparer:
    """A picture, or the middle frame of a film → RGB, uint8, shape (height, width, 3): the face, or all of it."""

    cropper: FaceCropper | None

    def __call__(self, media: Media) -> npt.NDArray[np.uint8]:
        """Find the face, if one is wanted.

        Raises:
            Unscored: no face is found (the system abstains), or the picture is empty.
        """
        image = media.still if isinstance(media, Video) else media
        if not isinstance(image, Image):
            raise Unscored(Reason.NO_SIGNAL, "no picture in this sample")
        return image.pixels if self.cropper is None else self.cropper.crop(image.pixels)


@contextmanager
def _quiet(logging: Any) -> Iterator[None]:
    """Without the library's own progress bars and advice."""
    verbosity, has_bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if has_bar:
            logging.enable_progress_bar()


def _pickle_advice(folder: Path, trust: bool) -> str:
    has_safe = any(folder.glob("*.safetensors"))
    if trust or has_safe or not any(folder.glob("*.bin")):
        return ""
    return (
        " Its weights are stored as pickle, which runs any code when it is opened. Ask for safetensors, or trust "
        "their author with model.trust=true."
    )
