"""A device for tests without a GPU: it does everything as late as it may, when somebody waits for it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch


class DeferredTransfers:
    """Takes the place of `harness.models.networks.torch_device.Cuda`; what is left undone shows as zeros.

    Copies to it are made at once where a network is to compute, which nothing can put off here.
    """

    def __init__(self, *, can_pin: bool = True, takes_at_once: bool = False) -> None:
        self.can_pin = can_pin
        self.takes_at_once = takes_at_once
        self.undone: list[Callable[[], object]] = []
        self.num_done = 0
        self.pinned: dict[int, int] = {}
        self.num_pinned = 0

    def copy_in(self, host: torch.Tensor) -> torch.Tensor:
        if self.takes_at_once:
            return host.clone()
        value = torch.zeros_like(host)
        self.undone.append(lambda: value.copy_(host))
        return value

    def copy_out(self, value: torch.Tensor) -> torch.Tensor:
        host = torch.zeros_like(value)
        self.undone.append(lambda: host.copy_(value))
        return host

    def mark(self) -> Callable[[], None]:
        end = self.num_done + len(self.undone)

        def wait() -> None:
            with torch.inference_mode():
                while self.num_done < end:
                    self.undone.pop(0)()
                    self.num_done += 1

        return wait

    def pin(self, memory: npt.NDArray[np.uint8]) -> bool:
        start = memory.ctypes.data
        assert all(start >= known + size or start + len(memory) <= known for known, size in self.pinned.items())
        self.num_pinned += 1
        if self.can_pin:
            self.pinned[start] = len(memory)
        return self.can_pin

    def unpin(self, memory: npt.NDArray[np.uint8]) -> None:
        assert not self.undone, "a copy may still read it"
        assert self.pinned.pop(memory.ctypes.data) == len(memory)
