"""Networks in TFLite files, run by LiteRT."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from harness.cards.facts import ModelCard
from harness.cards.inputs import PictureInput
from harness.errors import HarnessError
from harness.models.model import RunSettings
from harness.models.networks.network_model import Network, NetworkModel
from harness.models.networks.network_output import Outputs
from harness.models.networks.runtime import fixed_batch, runtime, runtime_version
from harness.models.weights_options import WeightsOptions
from harness.signals.litert_interpreter import open_interpreter

Array = npt.NDArray[Any]


class LitertModel(NetworkModel[WeightsOptions]):
    """Kind ``litert``: a network in a TFLite file, whole numbers or floats, run by LiteRT on the CPU."""

    usual_input: ClassVar = {PictureInput: {"layout": "channels_last"}}  # as TensorFlow has it

    def __init__(self, card: ModelCard, options: WeightsOptions, settings: RunSettings) -> None:
        runtime("ai_edge_litert", "litert", f"model {card.name}")
        if settings.device != "cpu":
            raise HarnessError(f"device={settings.device}: LiteRT runs on the CPU. Use device=cpu.")
        if settings.precision != "float32":
            raise HarnessError(
                f"precision={settings.precision}: a TFLite file has its precision in itself. Use float32."
            )
        super().__init__(card, options, settings)

    @staticmethod
    def num_gpus() -> int:
        """None: LiteRT runs on the CPU."""
        return 0

    def runtime_facts(self) -> dict[str, str]:
        """The version of LiteRT."""
        return {"ai-edge-litert": runtime_version("ai-edge-litert")}

    def load(self, path: Path) -> Network:
        """Open the file."""
        who = f"model {self.name}"
        interpreter = open_interpreter(path, who)
        ports = interpreter.get_input_details()
        if len(ports) != 1:
            names = ", ".join(repr(port["name"][:80]) for port in ports)
            raise HarnessError(f"{who}: its network takes {len(ports)} inputs ({names}); one is expected.")
        signature = ports[0]["shape_signature"] if len(ports[0]["shape_signature"]) else ports[0]["shape"]
        shape = [int(axis) if axis > 0 else None for axis in signature]
        return Network(_Runner(interpreter, ports[0], who), shape, fixed_batch(shape, who))


class _Runner:
    """Runs a batch, with whole numbers where the file is quantised."""

    def __init__(self, interpreter: Any, port: dict[str, Any], who: str) -> None:
        self._interpreter, self._port, self._who = interpreter, port, who
        self._shape = tuple(int(axis) for axis in port["shape"])

    def __call__(self, batch: npt.NDArray[np.float32]) -> Outputs:
        try:
            if batch.shape != self._shape:
                self._interpreter.resize_tensor_input(self._port["index"], batch.shape)
                self._interpreter.allocate_tensors()
                self._shape = batch.shape
            self._interpreter.set_tensor(self._port["index"], _quantised(batch, self._port))
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            problem = " ".join(str(error).split())[:300]
            raise HarnessError(f"{self._who}: LiteRT cannot run its network ({problem}).") from None
        return {
            port["name"]: _dequantised(self._interpreter.get_tensor(port["index"]), port)
            for port in self._interpreter.get_output_details()
        }


def _quantised(values: npt.NDArray[np.float32], port: dict[str, Any]) -> Array:
    """Numbers as the input takes them: value = scale × (whole number − zero point)."""
    dtype, (scale, zero_point) = np.dtype(port["dtype"]), port["quantization"]
    if dtype.kind == "f" or scale == 0.0:
        return values.astype(dtype, copy=False)
    bounds = np.iinfo(dtype)
    whole = np.round(values / np.float32(scale)) + zero_point
    return np.asarray(np.clip(whole, bounds.min, bounds.max), dtype)


def _dequantised(values: Array, port: dict[str, Any]) -> Array:
    scale, zero_point = port["quantization"]
    if values.dtype.kind == "f" or scale == 0.0:
        return values
    return np.asarray((values.astype(np.float64) - zero_point) * scale)
