"""Tensors to the device and back: order, what is pinned, and on a real GPU the numbers."""

from __future__ import annotations

import mmap
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from deferred_transfers import DeferredTransfers

from harness.models.model import RunSettings
from harness.models.networks.torch_device import Cpu, Cuda, Gpu, torch_device

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")


def test_the_cpu_computes_at_once_and_reads_in_place() -> None:
    array = np.arange(4, dtype=np.float32)
    device = torch_device("cpu")
    assert isinstance(device, Cpu)
    assert RunSettings(device="cpu").batches_in_flight == 1 < RunSettings(device="cuda:1").batches_in_flight
    value = device.put(array, np.zeros(8, np.uint8))
    assert np.shares_memory(value.numpy(), array)
    half = device.fetch({"a": value.to(torch.float16) * 2})()
    assert half["a"].dtype == np.float32
    np.testing.assert_array_equal(half["a"], [0, 2, 4, 6])


def test_a_gpu_is_waited_for_when_answers_are_asked_for_and_only_as_long_as_needed() -> None:
    calls = DeferredTransfers()
    device = Gpu(calls)
    fetched = [device.fetch({"a": device.put(np.full(3, number, np.float32))}) for number in (1, 2, 3)]
    assert (calls.num_done, len(calls.undone)) == (0, 6)
    np.testing.assert_array_equal(fetched[1]()["a"], [2, 2, 2])
    assert calls.num_done == 4
    np.testing.assert_array_equal(fetched[0]()["a"], [1, 1, 1])
    assert calls.num_done == 4
    np.testing.assert_array_equal(fetched[2]()["a"], [3, 3, 3])


def test_memory_is_pinned_once_and_again_where_it_has_grown() -> None:
    calls = DeferredTransfers()
    device = Gpu(calls)
    slots = np.zeros((2, 64), np.uint8)
    for slot, size in ((0, 16), (0, 16), (1, 32), (0, 64), (1, 16)):
        device.put(slots[slot, :8], slots[slot, :size])
    assert calls.pinned == {slots[0].ctypes.data: 64, slots[1].ctypes.data: 32}
    assert calls.num_pinned == 3
    device.put(np.zeros(3))
    assert calls.num_pinned == 3
    device.close()
    assert calls.pinned == {}
    device.close()


def test_memory_that_cannot_be_pinned_is_tried_once_and_used_all_the_same() -> None:
    calls = DeferredTransfers(can_pin=False)
    device = Gpu(calls)
    values = np.arange(4, dtype=np.float32)
    for _ in range(3):
        value = device.put(values, values.view(np.uint8))
        np.testing.assert_array_equal(device.fetch({"a": value})()["a"], [0, 1, 2, 3])
    assert calls.num_pinned == 1
    device.close()


class RecordedCuda:
    """In place of `torch.cuda`: the calls, in their order."""

    def __init__(self, code: int = 0) -> None:
        self.code = code
        self.calls: list[Any] = []

    def Stream(self, device: torch.device) -> str:  # noqa: N802 (torch's name)
        return f"copies on {device}"

    def current_stream(self, device: torch.device) -> str:
        return f"computing on {device}"

    def device(self, device: torch.device) -> Any:
        self.calls.append(("device", str(device)))
        return torch.inference_mode()

    def Event(self, *, blocking: bool) -> Any:  # noqa: N802 (torch's name)
        self.calls.append(("event", blocking))
        return SimpleNamespace(
            record=lambda stream: self.calls.append(("record", stream)),
            synchronize=lambda: self.calls.append("synchronize"),
        )

    def cudart(self) -> Any:
        def register(address: int, size: int, flags: int) -> int:
            self.calls.append(("register", address, size, flags))
            return self.code

        return SimpleNamespace(
            cudaHostRegister=register,
            cudaHostUnregister=lambda address: self.calls.append(("unregister", address)),
        )


def recorded(code: int = 0) -> tuple[Cuda, RecordedCuda]:
    fake = RecordedCuda(code)
    cuda = Cuda.__new__(Cuda)
    cuda._device, cuda._cuda, cuda._copies = torch.device("cpu"), fake, "copies"
    return cuda, fake


def test_what_cuda_is_told_to_pin() -> None:
    cuda, fake = recorded()
    memory = np.zeros(4096, np.uint8)
    address = memory.ctypes.data
    assert cuda.pin(memory)
    cuda.unpin(memory)
    assert fake.calls == [("device", "cpu"), ("register", address, 4096, 1), ("unregister", address)]
    refusing, _ = recorded(code=2)
    assert not refusing.pin(memory)


def test_an_event_marks_what_has_been_begun_to_compute() -> None:
    cuda, fake = recorded()
    wait = cuda.mark()
    assert fake.calls == [("event", True), ("record", "computing on cpu")]
    wait()
    assert fake.calls[-1] == "synchronize"


@needs_gpu
def test_memory_is_pinned_for_torch_and_given_back() -> None:
    memory = np.frombuffer(mmap.mmap(-1, 1 << 20), np.uint8)
    cuda = Cuda(torch.device("cuda"))
    assert cuda.pin(memory)
    assert torch.from_numpy(memory).is_pinned()
    assert not cuda.pin(memory), "it is pinned already"
    assert torch.ones(1, device="cuda").item() == 1.0, "the refusal has left no error behind"
    cuda.unpin(memory)
    assert not torch.from_numpy(memory).is_pinned()


@needs_gpu
def test_many_batches_in_flight_on_a_gpu_do_not_mix() -> None:
    """Every slot is written anew as soon as its answers are there."""
    device = torch_device("cuda")
    num_slots, num_values = RunSettings(device="cuda").batches_in_flight, 1 << 20
    memory = np.frombuffer(mmap.mmap(-1, 4 * num_slots * num_values), np.uint8).reshape(num_slots, -1)
    waiting: list[tuple[int, Any]] = []
    for number in range(200):
        slot = number % num_slots
        if len(waiting) == num_slots:
            expected, fetched = waiting.pop(0)
            np.testing.assert_array_equal(fetched()["a"], np.full(num_values, 2.0 * expected, np.float32))
        memory[slot].view(np.float32)[:] = number
        value = device.put(memory[slot].view(np.float32), memory[slot])
        waiting.append((number, device.fetch({"a": value * 2})))
    device.close()
