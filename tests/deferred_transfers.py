"""A device for tests without a GPU: it does everything as late as it may, when somebody waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import torch


class DeferredTransfers:
    """Takes the place of `harness.models.networks.torch_device.Cuda`; what is left undone shows as zeros.

    Copies to it are made at once where a network is to compute, which nothing can put off here. With `lag_s`, it
    takes so many seconds from when it is waited for.
    """

    def __init__(self, *, can_pin: bool = True, takes_at_once: bool = False, lag_s: float = 0.0) -> None:
        self.can_pin = can_pin
        self.takes_at_once = takes_at_once
        self.lag_s = lag_s
        self.one_waits = threading.Lock()
        self.undone: list[Callable[[], object]] = []
        self.num_begun = self.num_done = 0
        self.pinned: dict[int, int] = {}
        self.num_pinned = 0

    def copy_in(self, host: torch.Tensor) -> torch.Tensor:
        if self.takes_at_once:
            return host.clone()
        value = torch.zeros_like(host)
        self._begin(lambda: value.copy_(host))
        return value

    def copy_out(self, value: torch.Tensor) -> torch.Tensor:
        host = torch.zeros_like(value)
        self._begin(lambda: host.copy_(value))
        return host

    def mark(self) -> Callable[[], None]:
        end = self.num_begun

        def wait() -> None:
            with self.one_waits, torch.inference_mode():
                if self.num_done < end:
                    time.sleep(self.lag_s)
                while self.num_done < end:
                    self.undone.pop(0)()
                    self.num_done += 1

        return wait

    def _begin(self, copy: Callable[[], object]) -> None:
        self.undone.append(copy)
        self.num_begun += 1

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
