from __future__ import annotations

import pytest
import torch

from harness.errors import HarnessError
from harness.inference.device import deterministic, resolve_device
from harness.models.model import Model, TableModel
from harness.models.services.service_model import ServiceModel


def test_auto_takes_the_gpu_where_there_is_one() -> None:
    assert resolve_device("auto", Model.num_gpus) == ("cuda" if torch.cuda.is_available() else "cpu")
    assert resolve_device("cpu", Model.num_gpus) == "cpu"


def test_a_gpu_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(HarnessError, match="this system can use 0 GPUs here"):
        resolve_device("cuda", Model.num_gpus)


def test_gpus_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert resolve_device("cuda:1", Model.num_gpus) == "cuda:1"
    with pytest.raises(HarnessError, match="this system can use 2 GPUs"):
        resolve_device("cuda:2", Model.num_gpus)


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:-1", "mps", ""])
def test_unknown_devices(name: str) -> None:
    with pytest.raises(HarnessError, match="no such device"):
        resolve_device(name, Model.num_gpus)


def test_deterministic_sets_torch_for_good() -> None:
    before = torch.get_deterministic_debug_mode(), torch.backends.cudnn.allow_tf32
    try:
        deterministic()
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled()
        assert not torch.backends.cudnn.benchmark
        assert not torch.backends.cudnn.allow_tf32
    finally:
        torch.set_deterministic_debug_mode(before[0])
        torch.backends.cudnn.allow_tf32 = before[1]


@pytest.mark.parametrize("name", ["auto", "cuda", "cuda:3"])
def test_any_device_will_do_where_nothing_is_computed(name: str) -> None:
    """So that a sweep of ``device=cuda`` may hold a service and a baseline beside networks."""
    assert resolve_device(name, lambda: None) == "cpu"
    assert (TableModel.num_gpus(), ServiceModel.num_gpus()) == (None, None)
    with pytest.raises(HarnessError, match="no such device"):
        resolve_device("gpu", lambda: None)
