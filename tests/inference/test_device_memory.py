from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from harness.inference import device_memory
from harness.inference.device_memory import GpuMemory, HostMemory, is_out_of_memory

MB = 1 << 20


def test_what_this_process_needs_is_seen_also_after_it_is_given_back() -> None:
    memory = HostMemory()
    before = memory.in_use()
    most = memory.most_in_use(lambda: np.ones(200 * MB, np.uint8))
    assert 190 * MB < most - before < 300 * MB
    assert memory.in_use() - before < 100 * MB


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux forgets a peak")
def test_an_earlier_peak_does_not_count() -> None:
    memory = HostMemory()
    memory.most_in_use(lambda: np.ones(200 * MB, np.uint8))
    assert memory.most_in_use(lambda: np.ones(20 * MB, np.uint8)) - memory.in_use() < 100 * MB


def test_half_of_the_memory_is_left_and_a_container_has_less(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "max").write_text("1000\n")
    (tmp_path / "none").write_text("max\n")
    monkeypatch.setattr(device_memory, "_LIMITS", (tmp_path / "none", tmp_path / "absent"))
    whole = HostMemory().limit()
    assert whole > 100 * MB
    monkeypatch.setattr(device_memory, "_LIMITS", (tmp_path / "none", tmp_path / "max"))
    assert HostMemory().limit() == 500


def test_a_system_without_proc_states_its_peak(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(device_memory, "_STATUS", tmp_path / "status")
    monkeypatch.setattr(device_memory, "_RESET_PEAK", tmp_path / "absent" / "clear_refs")
    memory = HostMemory()
    assert memory.most_in_use(lambda: None) >= memory.in_use() > 10 * MB


class Driver:
    """What `GpuMemory` asks of CUDA, of a GPU with 1,000 bytes, of which libraries keep what they take."""

    def __init__(self) -> None:
        self.taken, self.waited = 300, False

    def mem_get_info(self, device: torch.device) -> tuple[int, int]:
        return 1_000 - self.taken, 1_000

    def empty_cache(self) -> None:
        self.taken = 300

    def synchronize(self, device: torch.device) -> None:
        self.waited = True


def test_a_gpu_tells_what_is_taken_by_anyone(monkeypatch: pytest.MonkeyPatch) -> None:
    memory, driver = GpuMemory("cuda:0"), Driver()
    monkeypatch.setattr(memory, "_cuda", driver)
    driver.taken = 800  # kept from before

    def work() -> None:
        driver.taken += 450

    assert (memory.limit(), memory.most_in_use(work), driver.waited) == (900, 750, True)
    assert memory.in_use() == 300


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:114] DefaultCPUAllocator: can't allocate memory"),
        RuntimeError("BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"),
    ],
)
def test_errors_that_mean_that_memory_ran_out(error: Exception) -> None:
    assert is_out_of_memory(error)
    wrapped = ValueError("network failed")
    wrapped.__cause__ = error
    assert is_out_of_memory(wrapped)


@pytest.mark.parametrize("error", [RuntimeError("unexpected token at byte 7"), KeyError("memory"), None])
def test_other_errors(error: Exception | None) -> None:
    assert not is_out_of_memory(error)
