"""How much memory there is where a system computes, and how much of it some work needs."""

from __future__ import annotations

import os
import re
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

_STATUS = Path("/proc/self/status")
_RESET_PEAK = Path("/proc/self/clear_refs")
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))

_OUT_OF_MEMORY = re.compile(
    r"out of memory|can't allocate memory|failed to allocate memory|ALLOC_FAILED|bad_alloc", re.I
)
"""What torch, CUDA's libraries and onnxruntime say, which have no common class of errors."""


class DeviceMemory(Protocol):
    """The memory of a device."""

    def limit(self) -> int:
        """Bytes that may be in use at most, so that enough is left for everything else."""
        ...

    def in_use(self) -> int:
        """Bytes that are in use."""
        ...

    def most_in_use(self, work: Callable[[], object]) -> int:
        """Do some work; the bytes that were in use at most meanwhile."""
        ...


def device_memory(device: str) -> DeviceMemory:
    """That of ``cpu``, ``cuda`` or ``cuda:<index>``."""
    return HostMemory() if device == "cpu" else GpuMemory(device)


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether an error says that there was no memory left, also where another one was raised from it."""
    while error is not None:
        named = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
        if named or (isinstance(error, Exception) and _OUT_OF_MEMORY.search(str(error))):
            return True
        error = error.__cause__
    return False


class HostMemory:
    """The memory of this process. Half of the machine's is left to workers, tables and other programs."""

    share = 0.5

    def limit(self) -> int:
        """See `DeviceMemory.limit`; of a container, its own limit counts."""
        return int(self.share * min([_installed(), *_of_container()]))

    def in_use(self) -> int:
        """See `DeviceMemory.in_use`."""
        return _stated("VmRSS")

    def most_in_use(self, work: Callable[[], object]) -> int:
        """See `DeviceMemory.most_in_use`. Where the system cannot forget an earlier peak, that one counts."""
        with suppress(OSError):
            _RESET_PEAK.write_text("5", encoding="ascii")
        work()
        return _stated("VmHWM")


class GpuMemory:
    """The memory of a GPU, whichever process or library has taken it.

    Args:
        device: such as ``cuda:1``.
    """

    share = 0.9

    def __init__(self, device: str) -> None:
        import torch

        self._cuda: Any = torch.cuda
        self._device = torch.device(device)

    def limit(self) -> int:
        """See `DeviceMemory.limit`."""
        return int(self.share * self._cuda.mem_get_info(self._device)[1])

    def in_use(self) -> int:
        """See `DeviceMemory.in_use`; without what torch keeps for later."""
        self._cuda.empty_cache()
        return self._taken()

    def most_in_use(self, work: Callable[[], object]) -> int:
        """See `DeviceMemory.most_in_use`. Libraries keep what they have taken, so it is still taken afterwards."""
        self._cuda.empty_cache()
        work()
        self._cuda.synchronize(self._device)
        return self._taken()

    def _taken(self) -> int:
        free, total = self._cuda.mem_get_info(self._device)
        return int(total - free)


def _installed() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _of_container() -> list[int]:
    """The limits that this process is under; none where there is no number."""
    found = []
    for path in _LIMITS:
        with suppress(OSError, ValueError):
            found.append(int(path.read_text(encoding="ascii")))
    return found


def _stated(name: str) -> int:
    """What Linux says of this process, in bytes; elsewhere the most that it ever had."""
    with suppress(OSError):
        for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
