from __future__ import annotations

from collections.abc import Iterator

import fsspec
import pytest


@pytest.fixture(autouse=True)
def empty_memory() -> Iterator[None]:
    """Stores in memory belong to the process."""
    fsspec.filesystem("memory").store.clear()
    fsspec.filesystem("memory").pseudo_dirs[:] = [""]
    yield
    fsspec.filesystem("memory").store.clear()
