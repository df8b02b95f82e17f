"""Which files a run has read so far, kept beside its journal so that a killed run can check them when it goes on.

One JSON line per file, on the disk before any answer that rests on the file. A kill can only cut off the last
line, whose answers then are not in the journal either: they are computed again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.datasets.reader import Reader
from harness.errors import HarnessError
from harness.files import read_bytes, require_in_place, text_lines, write_bytes
from harness.tables.file_table import FileRead, files_of, files_table

MAX_LOG_BYTES = 2**32
"""Of some ten million files."""


class FileLog:
    """The files of one run. The caller holds the run folder's lock.

    Args:
        path: of the log; made when the first file is added.
        reader: of the dataset on this machine; None where there is none to compare with. Files may be read on
            other machines, where they may be missing.

    Raises:
        HarnessError: the log that an interrupted run left cannot be read.
    """

    def __init__(self, path: Path, reader: Reader[Any] | None = None) -> None:
        self._path = path
        self._reader = reader
        self._files = {file.path: file for file in self._recovered()}

    @property
    def files(self) -> Sequence[FileRead]:
        """What has been read so far, also by the interrupted run that this one continues."""
        return list(self._files.values())

    def add(self, files: Iterable[FileRead]) -> None:
        """Note files that were read; those that are known already must be what they were.

        Raises:
            HarnessError: a file was read before with other contents, or could not be read where it was tried and
                can be read here.
        """
        new: dict[str, FileRead] = {}
        for file in files:
            known = self._files.get(file.path) or new.setdefault(file.path, file)
            if known != file:
                raise HarnessError(
                    f"{file.path} changed while the run read it: first {_said(known)}, then {_said(file)}. "
                    "The samples that rest on it come from two states of the dataset. When nothing changes it any "
                    "more, run again in a new folder (out=DIR), or remove this one."
                )
        self._require_missing_here(new.values())
        if new:
            self._write(new.values())
            self._files |= new

    def table(self) -> pa.Table:
        """All files (schema `harness.tables.file_table.FILES`), sorted by path."""
        return files_table(self._files.values())

    def _require_missing_here(self, files: Iterable[FileRead]) -> None:
        """That a machine does not see the files is no fact of the samples."""
        for file in files:
            if self._reader is not None and file.reason is not None and self._reader.hashed(file.path).sha256:
                raise HarnessError(
                    f"{file.path} could not be read by a worker ({file.reason}), and can be read here in "
                    f"{self._reader.root}. Every machine of a cluster needs the dataset under the same path: "
                    "mount it there, and repeat the command to continue."
                )

    def _write(self, files: Iterable[FileRead]) -> None:
        require_in_place(self._path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as log:
            log.writelines(json.dumps(asdict(file)) + "\n" for file in files)
            log.flush()
            os.fsync(log.fileno())

    def _recovered(self) -> Iterable[FileRead]:
        if not self._path.is_file():
            return []
        text = read_bytes(self._path, MAX_LOG_BYTES).decode(errors="replace")
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            write_bytes(whole.encode(), self._path)
        try:
            # A line may be there twice: of two machines, one of which was taken for dead and wrote on.
            found = list(dict.fromkeys(FileRead(**json.loads(line)) for line in text_lines(whole)))
            files_of(files_table(found))
        except (ValueError, TypeError, RecursionError, pa.ArrowException, HarnessError):
            raise HarnessError(
                f"{self._path}: damaged, so it cannot be told whether the files are what this run has read. "
                "Run again in a new folder (out=DIR), or remove this one."
            ) from None
        return found


def _said(file: FileRead) -> str:
    return f"SHA-256 {file.sha256[:12]}…" if file.sha256 else str(file.reason)
