"""Networks of torch, in a file of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch

from harness.cards.facts import ModelCard
from harness.cards.inputs import PictureInput
from harness.errors import HarnessError
from harness.models.granted import TRUSTED, Trust
from harness.models.model import ModelOptions, RunSettings
from harness.models.networks.compiled import compile_now, compiled
from harness.models.networks.network_model import Network, NetworkModel
from harness.models.networks.network_output import Outputs
from harness.models.networks.picture_tensors import PictureTensors
from harness.models.networks.runtime import fixed_batch
from harness.models.networks.torch_device import TorchDevice, torch_device
from harness.models.networks.torch_files import TorchConnection, TorchFile
from harness.models.networks.torch_precision import autocast
from harness.models.weights_options import WeightsOptions


class TorchOptions(WeightsOptions):
    """The options of `TorchModel`.

    Attributes:
        trust: whether code in the network's file, or in a module that the card names, may run.
        compile: whether it is compiled for the device.
    """

    trust: Trust = False
    compile: bool = False


class TorchModel(NetworkModel[TorchOptions]):
    """Kind ``torch``: a network of `torch.export`, of TorchScript, or as safetensors with its class."""

    Options: ClassVar[type[ModelOptions]] = TorchOptions
    Connection = TorchConnection
    connection: TorchConnection

    def __init__(self, card: ModelCard, options: TorchOptions, settings: RunSettings) -> None:
        super().__init__(card, options, settings)
        self.in_flight = settings.batches_in_flight
        self._device: TorchDevice | None = None
        self._runner: _Runner | None = None

    def runtime_facts(self) -> dict[str, str]:
        """The version of torch; device and precision are those of the plan."""
        return {"torch": torch.__version__}

    def notes(self) -> list[str]:
        """That the user trusts the files, where they do."""
        return [TRUSTED] if self.options.trust else []

    def load(self, path: Path) -> Network:
        """Open the file on the run's device."""
        file = TorchFile(
            path,
            f"model {self.name}",
            self.connection,
            trusted=self.options.trust,
            device=self.settings.device,
        )
        network, shape = file.open()
        self.close()
        self._device = torch_device(self.settings.device)
        self._runner = runner = _Runner(network, self, self._device)
        return Network(runner, shape, fixed_batch(shape, f"model {self.name}"), runner.begin)

    def open(self) -> None:
        """See `NetworkModel.open`; then it is compiled, if that is wanted.

        Raises:
            HarnessError: as there, or it cannot be compiled.
        """
        super().open()
        if self.options.compile:
            assert self._runner is not None, "it was loaded"
            self._runner.compile()
            blank = self._blank()
            compile_now(f"model {self.name}", lambda num: self._answers(np.repeat(blank, num, axis=0)))

    def close(self) -> None:
        """Give back what was pinned for the device."""
        if self._device is not None:
            self._device.close()


class _Runner:
    """Runs a batch through a module, on the device and with the precision of a run."""

    def __init__(self, network: Callable[[torch.Tensor], Any], model: TorchModel, device: TorchDevice) -> None:
        self._network, self._model, self._device = network, model, device
        expected = model.input
        self._numbers: Callable[[torch.Tensor], torch.Tensor] | None = (
            PictureTensors(expected, model.settings.device) if isinstance(expected, PictureInput) else None
        )

    def compile(self) -> None:
        """Have what follows computed by the compiled network."""
        self._network = compiled(self._network)

    def __call__(self, batch: npt.NDArray[np.float32]) -> Outputs:
        return self._outputs(self._device.put(batch))()

    @torch.inference_mode()
    def begin(self, batch: npt.NDArray[Any], memory: npt.NDArray[np.uint8] | None) -> Callable[[], Outputs]:
        """See `harness.models.networks.network_model.BeginBatch`."""
        values = self._device.put(batch, memory)
        return self._outputs(values if self._numbers is None else self._numbers(values))

    @torch.inference_mode()
    def _outputs(self, values: torch.Tensor) -> Callable[[], Outputs]:
        with autocast(self._model.settings):
            said = _by_name(self._network(values))
        for name, value in said.items():
            if not isinstance(value, torch.Tensor):
                raise HarnessError(
                    f"model {self._model.name}: its output {name!r:.80} is a {type(value).__name__}, no tensor."
                )
        return self._device.fetch(said)


def _by_name(said: object) -> Mapping[str, Any]:
    """A tensor is the output ``0``, a tuple or list ``0``, ``1``, …; a mapping has names."""
    if isinstance(said, Mapping):
        return {str(name): value for name, value in said.items()}
    values = said if isinstance(said, tuple | list) else (said,)
    return {str(place): value for place, value in enumerate(values)}
