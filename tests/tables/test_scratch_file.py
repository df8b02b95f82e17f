"""What is appended to a temporary file is there as a whole, or there is an error."""

from __future__ import annotations

import errno
import os
import tempfile
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.tables import scratch_file
from harness.tables.scratch_file import ScratchFile


class NearlyFull:
    """A file on a disk with little room: as the system does, it writes what fits, and fails only at nothing."""

    def __init__(self, room: int, most: int) -> None:
        self._file, self._room, self._most = make(buffering=0), room, most
        self.close, self.fileno = self._file.close, self._file.fileno

    def write(self, data: memoryview) -> int:
        num = min(len(data), self._room, self._most)
        if not num:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._room -= num
        written: int = self._file.write(data[:num])
        return written


make: Any = tempfile.TemporaryFile


def nearly_full(monkeypatch: pytest.MonkeyPatch, room: int, most: int = 100) -> None:
    monkeypatch.setattr(scratch_file.tempfile, "TemporaryFile", lambda **_: NearlyFull(room, most))


def test_what_was_appended_is_read() -> None:
    file = ScratchFile()
    assert [file.append(data) for data in (b"abc", b"", b"defgh")] == [0, 3, 3]
    assert (file.read(3, 5), file.read(1, 3)) == (b"defgh", b"bcd")


def test_a_write_of_a_part_is_followed_by_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    nearly_full(monkeypatch, room=100, most=3)
    file = ScratchFile()
    assert file.append(b"0123456789") == 0
    assert file.read(0, 10) == b"0123456789"


def test_data_that_fits_only_in_part_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where they are the last to be written."""
    nearly_full(monkeypatch, room=7)
    file = ScratchFile()
    with pytest.raises(HarnessError, match=r"cannot be written \(No space left on device\).*TMPDIR"):
        file.append(b"0123456789")


def test_no_folder_for_temporary_files_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(**_: Any) -> Any:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(scratch_file.tempfile, "TemporaryFile", absent)
    with pytest.raises(HarnessError, match=r"No usable temporary directory.*TMPDIR"):
        ScratchFile()
