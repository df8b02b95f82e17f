"""Readers of Parquet files that may stop within a row group, and go on from there.

A row group can only be read from its beginning. Files that others write may have one row group of many millions of
rows; if each span of it were read anew, all rows before it would be decoded again every time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from harness.tables.parquet_files import readable

_BUFFER_BYTES = 1 << 20
_MOST_LEFT = 8
"""Readers that are kept. A span takes up to four: samples and predictions, and those on clean media."""


@dataclass(frozen=True)
class ReadColumns:
    """What is read of a file.

    Attributes:
        path: of the file.
        footer: the hash of its metadata.
        names: of the columns; None for all.
        encoded: those that are read as dictionaries.
    """

    path: Path
    footer: str
    names: tuple[str, ...] | None
    encoded: tuple[str, ...]


class RowReader:
    """Reads rows one after another, from the beginning of a row group on.

    Args:
        what: is read.
        groups: the row groups.
        first: the row with which they begin.
        batch_rows: that are decoded at once.

    Attributes:
        what: as given.
        stored: the open file.
        row: that is read next.
    """

    def __init__(self, what: ReadColumns, groups: Sequence[int], first: int, batch_rows: int) -> None:
        self.what = what
        self.stored = pa.OSFile(str(what.path))
        self.row = first
        options: dict[str, Any] = {"buffer_size": _BUFFER_BYTES, "pre_buffer": False}
        file = pq.ParquetFile(self.stored, read_dictionary=what.encoded, **options)
        names = None if what.names is None else list(what.names)
        self._batches = file.iter_batches(batch_size=batch_rows, row_groups=groups, columns=names)
        self._pending = file.schema_arrow.empty_table().select(file.schema_arrow.names if names is None else names)

    def next_rows(self, number: int) -> pa.Table:
        """The next rows.

        Raises:
            StopIteration: there are fewer.
        """
        while self._pending.num_rows < number:
            piece = readable(pa.Table.from_batches([next(self._batches)]))
            self._pending = pa.concat_tables([self._pending, piece])
        rows, self._pending = self._pending.slice(0, number), self._pending.slice(number)
        self.row += number
        return rows


_left: list[RowReader] = []
_lock = Lock()


def leave(reader: RowReader) -> None:
    """Keep a reader that stands within a row group."""
    with _lock:
        _left.append(reader)
        del _left[:-_MOST_LEFT]


def take_up(what: ReadColumns, start: int, row: int) -> RowReader | None:
    """The reader that was left nearest before a row, or at it, in the row group with this start; if any was."""
    with _lock:
        fitting = [reader for reader in _left if reader.what == what and start < reader.row <= row]
        if not fitting:
            return None
        nearest = max(fitting, key=lambda reader: reader.row)
        _left.remove(nearest)
        return nearest
