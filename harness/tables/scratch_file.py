"""A temporary file that is only appended to, for what does not fit into memory."""

from __future__ import annotations

import os
import tempfile
import weakref

from harness.errors import HarnessError


class ScratchFile:
    """Bytes in the folder for temporary files; they vanish with this object or with the process.

    Raises:
        HarnessError: there is no such folder that can be written to.
    """

    def __init__(self) -> None:
        try:
            self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 (open as long as this object lives)
        except OSError as error:
            raise _unwritten(error) from None
        weakref.finalize(self, self._file.close)
        self._size = 0

    def append(self, data: bytes | memoryview) -> int:
        """Write all of the data; return where it begins.

        Raises:
            HarnessError: the disk is full or fails.
        """
        place, left = self._size, memoryview(data).cast("B")
        try:
            while left:  # of a disk that is nearly full, one call writes only what there is room for
                left = left[self._file.write(left) :]
        except OSError as error:
            raise _unwritten(error) from None
        self._size += memoryview(data).nbytes
        return place

    def read(self, place: int, size: int) -> bytes:
        """Some bytes, wherever writing stands."""
        return os.pread(self._file.fileno(), size, place)


def _unwritten(error: OSError) -> HarnessError:
    folder = tempfile.tempdir or os.environ.get("TMPDIR", "")
    return HarnessError(
        f"{folder or 'temporary files'}: temporary rows cannot be written ({error.strerror}). Choose another "
        "folder in TMPDIR."
    )
