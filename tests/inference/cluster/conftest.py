"""A small Ray cluster for the tests of this folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from small_cluster import SmallCluster  # noqa: E402


@pytest.fixture(scope="session")
def cluster() -> Iterator[SmallCluster]:
    """The cluster, whose second node the last test may remove."""
    if find_spec("ray") is None:
        pytest.skip("Ray is not installed: pip install 'emotion-harness[ray]'")
    started = SmallCluster()
    yield started
    started.stop()
