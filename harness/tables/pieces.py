"""Reading Parquet files that are too large for memory, a limited number of rows at a time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import HarnessError
from harness.files import regular, sha256_bytes
from harness.tables.parquet_files import readable
from harness.tables.row_readers import ReadColumns, RowReader, leave, take_up

CHUNK_ROWS = 250_000
_TAIL_BYTES = 8
"""Of a Parquet file, after its metadata: their length, and four letters."""


class TableFile:
    """A Parquet file that is read in pieces.

    Args:
        path: of the file.

    Raises:
        HarnessError: the file is absent or is not Parquet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with pa.OSFile(str(regular(path))) as file:
                metadata, self._footer = pq.read_metadata(file), _footer_sha256(file)
            self.num_rows: int = metadata.num_rows
            self.group_rows = [metadata.row_group(index).num_rows for index in range(metadata.num_row_groups)]
            """The rows of each row group."""
            self.schema: pa.Schema = metadata.schema.to_arrow_schema()
            readable(self.schema.empty_table())
        except FileNotFoundError:
            raise HarnessError(f"{path}: no such table. Is this the folder of a run?") from None
        except (pa.ArrowException, OSError, ValueError) as error:
            raise HarnessError(f"{path}: not a readable Parquet file ({error}).") from None

    def pieces(
        self,
        lengths: Sequence[int],
        columns: Sequence[str] | None = None,
        *,
        first: int = 0,
        plain: Collection[str] | None = None,
    ) -> Iterator[pa.Table]:
        """Tables of these numbers of rows, one after another; some columns or all.

        Reading that begins within a row group decodes it from its beginning, unless this process has just read the
        same columns up to that row, or one before it in the same row group.

        Args:
            lengths: those of the tables.
            columns: their names; None for all.
            first: the first row of the first table.
            plain: the columns of text that are read row by row; all others are read as dictionaries (see
                `harness.tables.encoded_texts`). None for all columns as they are stored.

        Raises:
            HarnessError: a part of the file cannot be read.
        """
        try:
            names = self.schema.names if columns is None else list(columns)
            encoded = () if plain is None else self._texts(set(names) - set(plain))
            reader = self._reader(None if columns is None else tuple(names), tuple(encoded), first)
            for length in lengths:
                yield reader.next_rows(length).unify_dictionaries()
            if reader.row < self.num_rows and self._group_of(reader.row)[1] < reader.row:
                leave(reader)
        except MemoryError:  # Arrow's is also one of the others
            raise
        except FileNotFoundError:
            raise HarnessError(f"{self.path}: the table is gone, or cannot be seen from this machine.") from None
        except (pa.ArrowException, OSError, ValueError) as error:
            raise HarnessError(f"{self.path}: not a readable Parquet file ({error}).") from None
        except StopIteration:
            raise HarnessError(f"{self.path}: fewer rows than its metadata say. Restore the file.") from None

    def is_as_it_was(self) -> bool:
        """Whether there is still the same table, as far as its metadata tell; on another machine, too."""
        try:
            with pa.OSFile(str(regular(self.path))) as file:
                return _footer_sha256(file) == self._footer
        except (pa.ArrowException, OSError, ValueError):
            return False

    def _reader(self, names: tuple[str, ...] | None, encoded: tuple[str, ...], first: int) -> RowReader:
        """What reads from a row on."""
        what = ReadColumns(self.path, self._footer, names, encoded)
        group, start = self._group_of(first)
        reader = take_up(what, start, first)
        if reader is None:
            reader = RowReader(what, range(group, len(self.group_rows)), start, CHUNK_ROWS)
        if _footer_sha256(reader.stored) != self._footer:
            raise HarnessError(f"{self.path} is not the table that it was, or that other machines see.")
        for passed_over in lengths(first - reader.row):
            reader.next_rows(passed_over)
        return reader

    def _group_of(self, row: int) -> tuple[int, int]:
        """The row group of a row, and its first row."""
        starts = [0, *accumulate(self.group_rows)][:-1] or [0]
        group = bisect_right(starts, row) - 1
        return group, starts[group]

    def _texts(self, names: Collection[str]) -> list[str]:
        fields = (self.schema.field(name) for name in names)
        return sorted(field.name for field in fields if pa.types.is_string(field.type))


def _footer_sha256(file: pa.NativeFile) -> str:
    """The hash of a file's metadata: place, size, least and greatest value of each column in each row group."""
    size = file.size()
    file.seek(max(size - _TAIL_BYTES, 0))
    length = int.from_bytes(file.read(4), "little")
    file.seek(max(size - _TAIL_BYTES - length, 0))
    return sha256_bytes(file.read(length))


def lengths(num_rows: int) -> list[int]:
    """The number of rows of each piece: `CHUNK_ROWS`, and the remainder for the last one."""
    whole, rest = divmod(num_rows, CHUNK_ROWS)
    return [length for length in (*[CHUNK_ROWS] * whole, rest) if length]
