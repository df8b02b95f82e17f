"""A folder is there as a whole or not at all, and what a killed process left is removed by the next."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.evidence.whole_folder import require_free, whole_folder

MAKES = """
import sys, time
from pathlib import Path
from harness.evidence.whole_folder import whole_folder
with whole_folder(Path(sys.argv[1]), "Elsewhere.") as folder:
    (folder / "half").write_text("half")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """A process that is making a folder, and where."""
    command = [sys.executable, "-c", MAKES, str(tmp_path / "evidence")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        process.kill()


def test_it_is_there_when_it_is_whole(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "a" / "evidence", "Elsewhere.") as folder:
        (folder / "file").write_text("whole")
        assert not (tmp_path / "a" / "evidence").exists()
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["evidence"]
    assert (tmp_path / "a" / "evidence" / "file").read_text() == "whole"


def test_nothing_is_there_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="half-way"), whole_folder(tmp_path / "evidence", "Elsewhere."):
        raise ValueError("half-way")
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_replaced(tmp_path: Path) -> None:
    place = tmp_path / "evidence"
    taken = re.escape(f"{place} exists. Elsewhere.")
    with pytest.raises(HarnessError, match=taken), whole_folder(place, "Elsewhere."):
        _write(place / "first")
    assert [path.name for path in tmp_path.iterdir()] == ["evidence"]
    with pytest.raises(HarnessError, match=taken):
        require_free(place, "Elsewhere.")
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(HarnessError, match=r"link exists\. Elsewhere\."):
        require_free(tmp_path / "link", "Elsewhere.")


def test_what_a_killed_process_left_is_removed(maker: tuple[subprocess.Popen[str], Path], tmp_path: Path) -> None:
    process, left = maker
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert (left / "half").is_file()
    with whole_folder(tmp_path / "other", "Elsewhere."):
        assert left.is_dir()
    with whole_folder(tmp_path / "evidence", "Elsewhere."):
        assert not left.exists()


def test_what_a_living_process_is_making_stays(maker: tuple[subprocess.Popen[str], Path], tmp_path: Path) -> None:
    _, left = maker
    with whole_folder(tmp_path / "evidence", "Elsewhere."):
        assert (left / "half").is_file()
    assert (left / "half").is_file()


def test_neither_a_file_nor_a_link_of_that_name_is_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / ".evidence.a.part").symlink_to(tmp_path / "kept")
    (tmp_path / ".evidence.b.part").write_text("a file")
    with whole_folder(tmp_path / "evidence", "Elsewhere."):
        pass
    assert (tmp_path / "kept").is_dir()
    assert (tmp_path / ".evidence.b.part").is_file()


def _write(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("of another process")
