from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
import toy

from harness.errors import HarnessError
from harness.inference import fitting_batch
from harness.inference.fitting_batch import fitting_batch_size

BLANK = np.zeros(8, np.float32)


class Device:
    """A device with a memory of its own: what is there before, and what batches that are under way take."""

    def __init__(self, limit: int, before: int = 0, installed: int = 10**9) -> None:
        self.before, self.taken, self.most, self.installed = before, 0, 0, installed
        self._limit = limit

    def take(self, size: int) -> None:
        self.taken += size
        self.most = max(self.most, self.taken)
        if self.before + self.taken > self.installed:
            self.taken = 0
            raise torch.OutOfMemoryError("CUDA out of memory.")

    def limit(self) -> int:
        return self._limit

    def in_use(self) -> int:
        return self.before

    def most_in_use(self, work: Callable[[], object]) -> int:
        self.taken = self.most = 0
        work()
        return self.before + self.most


class Network(toy.ToyModel):
    """Takes 10 bytes for each sample, from when a batch is begun until it is read."""

    def __init__(self, device: Device, in_flight: int = 1) -> None:
        super().__init__()
        self.device, self.in_flight, self.tried, self.closed = device, in_flight, list[int](), 0
        self.second_s = 0.0

    def submit(self, batch: Sequence[npt.NDArray[Any]]) -> Callable[[], npt.NDArray[np.float64]]:
        self.tried.append(len(batch))
        time.sleep(self.second_s * len(batch))
        self.device.take(10 * len(batch))

        def computed() -> npt.NDArray[np.float64]:
            self.device.taken -= 10 * len(batch)
            return np.zeros((len(batch), self.width))

        return computed

    def close(self) -> None:
        self.closed += 1


def found(device: Device, most: int = 256, in_flight: int = 1) -> tuple[int, Network]:
    network = Network(device, in_flight)
    return fitting_batch_size(network, BLANK, device, most=most), network


def test_the_largest_size_within_the_limit() -> None:
    size, network = found(Device(limit=1_000))
    assert size == 64  # 128 would take 1,280
    assert max(network.tried) == 64, "more is not tried, as it might end the process"
    assert network.closed == 1


def test_what_was_in_use_before_counts() -> None:
    assert found(Device(limit=1_000, before=700))[0] == 16


def test_batches_that_are_under_way_at_once_count() -> None:
    size, network = found(Device(limit=1_000), in_flight=3)
    assert size == 32
    assert network.tried.count(32) == 3


def test_no_more_than_wanted() -> None:
    assert found(Device(limit=10**6), most=8)[0] == 8
    assert found(Device(limit=10**6), most=1)[0] == 1


def test_a_device_that_runs_out_earlier_than_it_says() -> None:
    size, network = found(Device(limit=10_000, installed=500))
    assert size == 32
    assert max(network.tried) == 64


def test_a_limit_that_is_passed_already_leaves_one() -> None:
    assert found(Device(limit=100, before=200))[0] == 1


def test_no_memory_for_one_sample() -> None:
    with pytest.raises(HarnessError, match=r"model toy: not even one sample of the largest size fits .* of cpu"):
        found(Device(limit=1_000, installed=5))


def test_a_slow_network_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting_batch, "PATIENCE_S", 0.1)
    device = Device(limit=1_000)
    network = Network(device)
    network.second_s = 0.03
    assert fitting_batch_size(network, BLANK, device, most=256) == 64
    assert max(network.tried) <= 4


def test_a_network_that_fails_is_named_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    device = Device(limit=1_000)
    network = Network(device)

    def fail(size: int) -> None:
        if size > 40:
            raise ValueError("more than four")

    monkeypatch.setattr(device, "take", fail)
    expected = r"model toy failed with 8 blank samples \(batch_size=auto\): ValueError: more than four"
    with pytest.raises(HarnessError, match=expected):
        fitting_batch_size(network, BLANK, device, most=256)
    assert network.closed == 1
