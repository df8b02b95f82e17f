"""Reading Parquet files that are too large for memory, a limited number of rows at a time."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import HarnessError
from harness.files import regular, sha256_bytes
from harness.tables.parquet_files import readable

CHUNK_ROWS = 250_000
_BUFFER_BYTES = 1 << 20
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
            """The rows of each row group; reading that begins within one has to pass over the rows before."""
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
            options: dict[str, Any] = {"buffer_size": _BUFFER_BYTES, "pre_buffer": False}
            stored = pa.OSFile(str(self.path))
            file = pq.ParquetFile(stored, read_dictionary=encoded, **options)
            if _footer_sha256(stored) != self._footer:
                raise HarnessError(f"{self.path} is not the table that it was, or that other machines see.")
            groups, passed_over = _groups_from(file.metadata, first)
            batches = file.iter_batches(
                batch_size=CHUNK_ROWS,
                row_groups=groups,
                columns=None if columns is None else names,
            )
            pending = file.schema_arrow.empty_table().select(names)
            for number, length in enumerate((*passed_over, *lengths)):
                while pending.num_rows < length:
                    piece = readable(pa.Table.from_batches([next(batches)]))
                    pending = pa.concat_tables([pending, piece])
                if number >= len(passed_over):
                    yield pending.slice(0, length).unify_dictionaries()
                pending = pending.slice(length)
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


def _groups_from(metadata: pq.FileMetaData, first: int) -> tuple[list[int], list[int]]:
    """The row groups from the one of row ``first`` on; and the rows before it in that group, in pieces."""
    group, start = 0, 0
    while group + 1 < metadata.num_row_groups and start + metadata.row_group(group).num_rows <= first:
        start += metadata.row_group(group).num_rows
        group += 1
    return list(range(group, metadata.num_row_groups)), lengths(first - start)


def lengths(num_rows: int) -> list[int]:
    """The number of rows of each piece: `CHUNK_ROWS`, and the remainder for the last one."""
    whole, rest = divmod(num_rows, CHUNK_ROWS)
    return [length for length in (*[CHUNK_ROWS] * whole, rest) if length]
