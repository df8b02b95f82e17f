"""Tensors to the device of a run and back, so that a GPU computes while this process does something else.

On the CPU a batch is computed when it is begun. On a GPU copies run on a stream of their own, out of memory that
is pinned where workers have written it; nothing waits for the device until the answers of a batch are asked for,
which is some batches later. `Cuda` holds the calls that need a GPU, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch

Array = npt.NDArray[Any]
Bytes = npt.NDArray[np.uint8]
HostArrays = Mapping[str, npt.NDArray[Any]]

_PORTABLE = 1
"""``cudaHostRegisterPortable``: pinned for every context."""


class TorchDevice(Protocol):
    """Where a network computes."""

    def put(self, array: Array, memory: Bytes | None = None) -> torch.Tensor:
        """An array as a tensor on the device, for work that is begun after this call.

        Args:
            array: left as it is until the answers that rest on it are there.
            memory: in which it lies, if that is shared with workers and will be used again.
        """
        ...

    def fetch(self, tensors: Mapping[str, torch.Tensor]) -> Callable[[], HostArrays]:
        """Begin to bring tensors of the device here, as float32; what is returned waits for them."""
        ...

    def close(self) -> None:
        """Give back what was pinned."""
        ...


def torch_device(name: str) -> TorchDevice:
    """The device of that name, ``cpu``, ``cuda`` or ``cuda:<index>``."""
    device = torch.device(name)
    return Gpu(Cuda(device)) if device.type == "cuda" else Cpu()


class Cpu:
    """Computes in this process."""

    def put(self, array: Array, memory: Bytes | None = None) -> torch.Tensor:  # noqa: ARG002 (read in place)
        """See `TorchDevice.put`; without a copy."""
        return torch.from_numpy(array)

    def fetch(self, tensors: Mapping[str, torch.Tensor]) -> Callable[[], HostArrays]:
        """See `TorchDevice.fetch`."""
        arrays = {name: value.detach().float().numpy() for name, value in tensors.items()}
        return lambda: arrays

    def close(self) -> None:
        """Nothing was taken."""


class Transfers(Protocol):
    """The calls of a GPU's runtime."""

    def copy_in(self, host: torch.Tensor) -> torch.Tensor:
        """Begin a copy to the device; work that is begun later waits for it there."""
        ...

    def copy_out(self, value: torch.Tensor) -> torch.Tensor:
        """Begin a copy into pinned memory here, after the work that has been begun."""
        ...

    def mark(self) -> Callable[[], None]:
        """What waits here for all work that has been begun."""
        ...

    def pin(self, memory: Bytes) -> bool:
        """Lock memory in place, so that the device reads it by itself; False if that is refused."""
        ...

    def unpin(self, memory: Bytes) -> None:
        """Undo `pin`, once no copy reads the memory any more."""
        ...


class Gpu:
    """Computes beside this process.

    Args:
        calls: of its runtime.
    """

    def __init__(self, calls: Transfers) -> None:
        self._calls = calls
        self._pinned: dict[int, tuple[Bytes, bool]] = {}

    def put(self, array: Array, memory: Bytes | None = None) -> torch.Tensor:
        """See `TorchDevice.put`. Memory that cannot be pinned is copied by this process, which takes longer."""
        if memory is not None:
            self._pin(memory)
        return self._calls.copy_in(torch.from_numpy(array))

    def fetch(self, tensors: Mapping[str, torch.Tensor]) -> Callable[[], HostArrays]:
        """See `TorchDevice.fetch`."""
        copies = {name: self._calls.copy_out(value.detach().float()) for name, value in tensors.items()}
        wait = self._calls.mark()

        def arrays() -> HostArrays:
            wait()
            return {name: copy.numpy() for name, copy in copies.items()}

        return arrays

    def close(self) -> None:
        """Unpin everything. An entry keeps its memory mapped until then."""
        self._calls.mark()()
        for memory, is_pinned in self._pinned.values():
            if is_pinned:
                self._calls.unpin(memory)
        self._pinned.clear()

    def _pin(self, memory: Bytes) -> None:
        """Once for every slot, and again where it has grown."""
        address = memory.ctypes.data
        known, is_pinned = self._pinned.get(address, (memory[:0], False))
        if len(known) >= len(memory):
            return
        if is_pinned:
            self._calls.mark()()
            self._calls.unpin(known)
        self._pinned[address] = (memory, self._calls.pin(memory))


class Cuda:
    """The calls of CUDA, through torch.

    Args:
        device: a GPU.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._cuda: Any = torch.cuda
        self._copies = self._cuda.Stream(device)

    def copy_in(self, host: torch.Tensor) -> torch.Tensor:
        """See `Transfers.copy_in`."""
        computing = self._cuda.current_stream(self._device)
        with self._cuda.stream(self._copies):
            value = host.to(self._device, non_blocking=True)
        computing.wait_stream(self._copies)
        value.record_stream(computing)  # else its memory could be used again while it is computed with
        return value

    def copy_out(self, value: torch.Tensor) -> torch.Tensor:
        """See `Transfers.copy_out`."""
        host = torch.empty(value.shape, dtype=value.dtype, pin_memory=True)
        return host.copy_(value, non_blocking=True)

    def mark(self) -> Callable[[], None]:
        """See `Transfers.mark`."""
        done = self._cuda.Event(blocking=True)  # else waiting takes a core from the workers
        done.record(self._cuda.current_stream(self._device))
        wait: Callable[[], None] = done.synchronize
        return wait

    def pin(self, memory: Bytes) -> bool:
        """See `Transfers.pin`."""
        with self._cuda.device(self._device):
            code = self._cuda.cudart().cudaHostRegister(memory.ctypes.data, len(memory), _PORTABLE)
        if int(code) == 0:
            return True
        with suppress(RuntimeError):  # the error stays noted, and the next kernel would raise it
            torch.ones(1, device=self._device).add_(1)
        return False

    def unpin(self, memory: Bytes) -> None:
        """See `Transfers.unpin`."""
        self._cuda.cudart().cudaHostUnregister(memory.ctypes.data)
