"""What is said of a cluster that cannot be had, and how many actors one has room for."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.inference.cluster.ray_cluster import _room, connect
from harness.inference.cluster.ray_options import RayOptions


def test_ray_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(HarnessError, match=r"pip install 'emotion-harness\[ray\]'"):
        connect(RayOptions())


@pytest.mark.parametrize(
    ("resources", "options", "room"),
    [
        ({"CPU": 7.0}, {"num_cpus": 2}, 3),
        ({"CPU": 64.0, "GPU": 4.0}, {"num_cpus": 2, "num_gpus": 1}, 4),
        ({"CPU": 64.0, "GPU": 1.0}, {"num_gpus": 0.1}, 10),
        ({"CPU": 1.0}, {"num_gpus": 1}, 1),
        ({}, {"num_cpus": 0}, 1),
    ],
)
def test_the_scarcest_resource_decides_the_room(
    resources: dict[str, float], options: dict[str, Any], room: int
) -> None:
    assert _room(resources, RayOptions(**options)) == room
