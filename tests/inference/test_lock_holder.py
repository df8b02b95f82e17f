"""Who writes in a folder, found without a lock of its own."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.inference.lock import locked, unwritten
from harness.inference.lock_holder import can_be_known, holder

needs_list = pytest.mark.skipif(not can_be_known(), reason="this system does not list its locks")


@needs_list
def test_the_process_that_holds_a_folder_is_named_while_it_does(tmp_path: Path) -> None:
    assert holder(tmp_path) is None
    with locked(tmp_path):
        found = holder(tmp_path)
        assert found is not None
        assert found.pid == os.getpid()
        assert found.started is not None
        assert time.time() - 86_400 < found.started <= time.time() + 1
    assert holder(tmp_path) is None


def test_a_folder_is_read_only_while_nobody_writes_it(tmp_path: Path) -> None:
    with unwritten(tmp_path):  # a copy without a lock
        pass
    with locked(tmp_path), pytest.raises(HarnessError, match="a run is writing here"), unwritten(tmp_path):
        pass
    with unwritten(tmp_path), pytest.raises(HarnessError, match="another run is writing here"), locked(tmp_path):
        pass
