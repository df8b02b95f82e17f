"""Networks in ONNX files, run by onnxruntime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from harness.cards.facts import ModelCard
from harness.errors import HarnessError
from harness.models.model import RunSettings
from harness.models.networks.network_model import Network, NetworkModel
from harness.models.networks.network_output import Outputs
from harness.models.networks.onnx_file import OnnxSession, cuda_devices
from harness.models.networks.runtime import fixed_batch, runtime, runtime_version
from harness.models.weights_options import WeightsOptions


class OnnxModel(NetworkModel[WeightsOptions]):
    """Kind ``onnx``: a network in an ONNX file, run by onnxruntime on the CPU or a CUDA device."""

    def __init__(self, card: ModelCard, options: WeightsOptions, settings: RunSettings) -> None:
        runtime("onnxruntime", "onnx", f"model {card.name}")
        if settings.precision != "float32":
            raise HarnessError(
                f"precision={settings.precision}: an ONNX file has its precision in itself. Use precision=float32."
            )
        super().__init__(card, options, settings)

    @staticmethod
    def num_gpus() -> int:
        """Those that onnxruntime can use."""
        return cuda_devices()

    def runtime_facts(self) -> dict[str, str]:
        """The version of onnxruntime; the device is that of the plan."""
        return {"onnxruntime": runtime_version("onnxruntime")}

    def load(self, path: Path) -> Network:
        """Open the file on the run's device."""
        assert self.card.weights is not None, "checked when it was made"
        who = f"model {self.name}"
        session = OnnxSession(
            path,
            who,
            device=self.settings.device,
            beside=set(self.card.weights.beside),
            batch_timeout_s=self.settings.batch_timeout_s,
        )
        (port,) = session.inputs if len(session.inputs) == 1 else (None,)
        if port is None:
            names = ", ".join(repr(one.name[:80]) for one in session.inputs)
            raise HarnessError(
                f"{who}: its network takes {len(session.inputs)} inputs ({names}); one is expected."
            )

        def run(batch: npt.NDArray[np.float32]) -> Outputs:
            return session({port.name: batch})

        return Network(run, port.shape, fixed_batch(port.shape, who))
