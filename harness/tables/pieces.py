"""Reading Parquet files that are too large for memory, a limited number of rows at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import HarnessError

CHUNK_ROWS = 250_000
_BUFFER_BYTES = 1 << 20


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
            metadata = pq.read_metadata(path)
            self.num_rows: int = metadata.num_rows
            self.schema: pa.Schema = metadata.schema.to_arrow_schema()
        except FileNotFoundError:
            raise HarnessError(f"{path}: no such table. Is this the folder of a run?") from None
        except (pa.ArrowException, OSError) as error:
            raise HarnessError(f"{path}: not a readable Parquet file ({error}).") from None

    def pieces(self, lengths: Sequence[int], columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Tables of these numbers of rows, one after another; some columns or all.

        Raises:
            HarnessError: a part of the file cannot be read.
        """
        file = pq.ParquetFile(self.path, buffer_size=_BUFFER_BYTES, pre_buffer=False)
        batches = file.iter_batches(
            batch_size=CHUNK_ROWS, columns=None if columns is None else list(columns), use_threads=False
        )
        try:
            pending = self.schema.empty_table().select(columns or self.schema.names)
            for length in lengths:
                while pending.num_rows < length:
                    pending = pa.concat_tables([pending, pa.Table.from_batches([next(batches)])])
                yield pending.slice(0, length)
                pending = pending.slice(length)
        except (pa.ArrowException, OSError) as error:
            raise HarnessError(f"{self.path}: not a readable Parquet file ({error}).") from None


def lengths(num_rows: int) -> list[int]:
    """The number of rows of each piece: `CHUNK_ROWS`, and the remainder for the last one."""
    whole, rest = divmod(num_rows, CHUNK_ROWS)
    return [length for length in (*[CHUNK_ROWS] * whole, rest) if length]
