"""Opens an ONNX file with onnxruntime: within bounds, on the device that was asked for, on one thread.

An ONNX file may name further files that hold its tensors (external data). Only files that the card names with
their hashes, in the file's own folder, are let through; the names are looked for in the whole file before it is
opened.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping, Set
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import HarnessError
from harness.files import read_bytes
from harness.models.endless import endless
from harness.models.networks.runtime import runtime

MAX_ONNX_BYTES = 2 * 1024**3
"""No protobuf message is larger; weights beyond that are external data."""

_DTYPES: Mapping[str, type[np.generic]] = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(uint8)": np.uint8,
    "tensor(int8)": np.int8,
    "tensor(int32)": np.int32,
    "tensor(int64)": np.int64,
}


@dataclass(frozen=True)
class OnnxInput:
    """One input: its name, its shape (None: any length) and the type of its numbers."""

    name: str
    shape: tuple[int | None, ...]
    dtype: type[np.generic]


def cuda_devices() -> int:
    """How many GPUs onnxruntime can use here; 0 where its build has no CUDA provider."""
    onnxruntime = runtime("onnxruntime", "onnx", "this kind of model")
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return 0
    import torch

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


class OnnxSession:
    """An opened ONNX file.

    Args:
        path: of the file, whose hash was checked.
        who: for messages, such as ``model synheart``.
        device: ``cpu``, ``cuda`` or ``cuda:<index>``.
        beside: names of files in its folder that it may read, whose hashes were checked.
        batch_timeout_s: that it may compute one batch.

    Attributes:
        inputs: its inputs, without those that have a default.
        outputs: the names of its outputs.

    Raises:
        HarnessError: not an ONNX file, or too large; it names other files; the device is not there.
    """

    def __init__(
        self,
        path: Path,
        who: str,
        *,
        device: str = "cpu",
        beside: Set[str] = frozenset(),
        batch_timeout_s: float = math.inf,
    ) -> None:
        onnxruntime = runtime("onnxruntime", "onnx", who)
        require_own_data(path, who, beside)
        self._who, self._batch_timeout_s = who, batch_timeout_s
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), sess_options=_options(onnxruntime), providers=_providers(onnxruntime, device, who)
            )
        except HarnessError:
            raise
        except Exception as error:  # onnxruntime's errors have no common class
            raise HarnessError(f"{who}: onnxruntime cannot open its file ({_short(error)}).") from None
        if device != "cpu" and "CUDAExecutionProvider" not in self._session.get_providers():
            raise HarnessError(
                f"{who}: onnxruntime could not start its CUDA provider for device={device}, for example because "
                "libraries of CUDA or cuDNN are missing. Mend that, or use device=cpu."
            )
        self.inputs = [self._input(of) for of in self._session.get_inputs()]
        self.outputs = [of.name for of in self._session.get_outputs()]

    def __call__(self, values: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
        """Arrays by the name of the input → arrays by the name of the output.

        Raises:
            HarnessError: an output is no tensor, such as a list of maps (``zipmap``); or it does not end.
        """
        given = {port.name: values[port.name].astype(port.dtype, copy=False) for port in self.inputs}
        outputs = dict(zip(self.outputs, self._run(given), strict=True))
        for name, output in outputs.items():
            if not isinstance(output, np.ndarray) or output.dtype.kind not in "fiub":
                raise HarnessError(
                    f"{self._who}: its output {name!r:.80} holds no plain numbers ({type(output).__name__}). "
                    "Export it without such outputs (scikit-learn's: zipmap=False)."
                )
        return outputs

    def _run(self, given: Mapping[str, npt.NDArray[Any]]) -> list[Any]:
        """The outputs, from a thread of its own: a loop need not end, and would not heed Ctrl-C in this one."""
        import onnxruntime

        options = onnxruntime.RunOptions()
        found: Future[list[Any]] = Future()

        def run() -> None:
            try:
                found.set_result(self._session.run(None, given, options))
            except BaseException as error:
                found.set_exception(error)

        thread = threading.Thread(target=run, name="onnxruntime", daemon=True)
        thread.start()
        try:
            return found.result(min(self._batch_timeout_s, threading.TIMEOUT_MAX))
        except TimeoutError:
            raise HarnessError(endless(self._who, "a batch", self._batch_timeout_s)) from None
        finally:
            options.terminate = True
            thread.join()

    def _input(self, of: Any) -> OnnxInput:
        if of.type not in _DTYPES:
            raise HarnessError(f"{self._who}: its input {of.name!r:.80} is a {of.type}, no numbers.")
        shape = tuple(axis if isinstance(axis, int) and axis > 0 else None for axis in of.shape)
        return OnnxInput(of.name, shape, _DTYPES[of.type])


def require_own_data(path: Path, who: str, beside: Set[str]) -> None:
    """Check that an ONNX file names no other files than those that its card names.

    Raises:
        HarnessError: it does; or it is no ONNX file, or over 2 GiB.
    """
    onnx = runtime("onnx", "onnx", who)
    try:
        model = onnx.load_model_from_string(read_bytes(path, MAX_ONNX_BYTES))
    except Exception as error:  # protobuf's, which are of several classes
        raise HarnessError(f"{who}: its file is no ONNX model, or is cut off ({_short(error)}).") from None
    for location in sorted(set(_locations(model))):
        if location not in beside:
            raise HarnessError(
                f"{who}: its ONNX file reads tensors from the file {location!r:.120}. It may read only files in "
                "its own folder that the card names with their hashes: weights.beside: {name: SHA-256}."
            )


def _locations(message: Any) -> Iterator[str]:
    """The files that are named anywhere in a message: by tensors of graphs, functions and attributes."""
    for field, value in message.ListFields():
        if field.name == "external_data":
            yield from (entry.value for entry in value if entry.key == "location")
        elif field.message_type is not None and field.name != "metadata_props":
            for part in value if not hasattr(value, "ListFields") else (value,):
                yield from _locations(part)


def _options(onnxruntime: Any) -> Any:
    """One thread, and the same order of sums in every run."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.use_deterministic_compute = True
    options.log_severity_level = 4  # what matters is raised
    return options


def _providers(onnxruntime: Any, device: str, who: str) -> list[Any]:
    """The provider of a device. CUDA's hands what it does not have to that of the CPU, never all."""
    if device == "cpu":
        return ["CPUExecutionProvider"]
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        raise HarnessError(
            f"{who}: device={device}, but this onnxruntime has no CUDA provider. Install onnxruntime-gpu in its "
            "place, or use device=cpu."
        )
    index = int(device.partition(":")[2] or 0)
    return [
        ("CUDAExecutionProvider", {"device_id": index, "use_tf32": 0, "cudnn_conv_algo_search": "DEFAULT"}),
        "CPUExecutionProvider",
    ]


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
