from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.inference.lock import locked

HOLD = """
import sys
from pathlib import Path
from harness.inference.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_writer_per_folder_and_a_killed_one_lets_go(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(HarnessError, match="run: another run is writing here"), locked(folder):
        pass
    holder.kill()
    holder.communicate()
    with locked(folder):
        pass


def test_the_lock_ends_with_the_block(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(HarnessError), locked(tmp_path):
        pass
    with locked(tmp_path):
        pass


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HarnessError, match="the run folder cannot be written"), locked(tmp_path / "file" / "run"):
        pass
