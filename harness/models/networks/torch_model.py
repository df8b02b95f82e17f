"""Networks of torch, in a file of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch

from harness.errors import HarnessError
from harness.models.granted import TRUSTED, Trust
from harness.models.model import ModelOptions
from harness.models.networks.network_model import Network, NetworkModel, NetworkOptions
from harness.models.networks.network_output import Outputs
from harness.models.networks.runtime import fixed_batch
from harness.models.networks.torch_files import TorchConnection, TorchFile
from harness.models.networks.torch_precision import autocast


class TorchOptions(NetworkOptions):
    """The options of `TorchModel`.

    Attributes:
        trust: whether code in the network's file, or in a module that the card names, may run.
    """

    trust: Trust = False


class TorchModel(NetworkModel[TorchOptions]):
    """Kind ``torch``: a network of `torch.export`, of TorchScript, or as safetensors with its class."""

    Options: ClassVar[type[ModelOptions]] = TorchOptions
    Connection = TorchConnection
    connection: TorchConnection

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
        return Network(_Runner(network, self), shape, fixed_batch(shape, f"model {self.name}"))


class _Runner:
    """Runs a batch through a module, on the device and with the precision of a run."""

    def __init__(self, network: Callable[[torch.Tensor], Any], model: TorchModel) -> None:
        self._network, self._model = network, model

    @torch.inference_mode()
    def __call__(self, batch: npt.NDArray[np.float32]) -> Outputs:
        with autocast(self._model.settings):
            said = self._network(torch.from_numpy(batch).to(self._model.settings.device))
        return {name: self._array(name, value) for name, value in _by_name(said).items()}

    def _array(self, name: str, value: object) -> npt.NDArray[Any]:
        if not isinstance(value, torch.Tensor):
            raise HarnessError(
                f"model {self._model.name}: its output {name!r:.80} is a {type(value).__name__}, no tensor."
            )
        array: npt.NDArray[Any] = value.detach().float().cpu().numpy()
        return array


def _by_name(said: object) -> Mapping[str, object]:
    """A tensor is the output ``0``, a tuple or list ``0``, ``1``, …; a mapping has names."""
    if isinstance(said, Mapping):
        return {str(name): value for name, value in said.items()}
    values = said if isinstance(said, tuple | list) else (said,)
    return {str(place): value for place, value in enumerate(values)}
