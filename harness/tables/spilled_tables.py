"""Rows partitioned into buckets by key, so that tables can be joined without being in memory as a whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from harness.arrays import Ints
from harness.tables.scratch_file import ScratchFile
from harness.tables.text_hashes import text_hashes

_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4")


class SpilledTables:
    """A table whose rows are added in any order and read bucket by bucket.

    A single bucket stays in memory. Several are in a temporary file, which is deleted with this object or when the
    process ends.

    Args:
        num_buckets: at least one.
    """

    def __init__(self, num_buckets: int) -> None:
        self.num_buckets = num_buckets
        self._schema = pa.schema([])
        self._tables: list[pa.Table] = []
        self._places: list[list[tuple[int, int]]] = [[] for _ in range(num_buckets)]
        if num_buckets > 1:
            self._file = ScratchFile()

    def add(self, table: pa.Table, key: str) -> None:
        """Add some rows; those with equal texts in the column ``key`` are in the same bucket."""
        self._schema = table.schema
        if self.num_buckets == 1:
            self._tables.append(table)
            return
        bucket_N = _bucket_of(table[key], self.num_buckets)
        ordered = table.take(np.argsort(bucket_N, kind="stable")).combine_chunks()
        starts = np.append(0, np.cumsum(np.bincount(bucket_N, minlength=self.num_buckets)))
        for bucket in np.flatnonzero(np.diff(starts)).tolist():
            part = ordered.slice(starts[bucket], starts[bucket + 1] - starts[bucket])
            self._places[bucket].append(self._written(part))

    def bucket(self, index: int, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows of one bucket, in the order in which they were added; some columns or all."""
        names = self._schema.names if columns is None else list(columns)
        if self.num_buckets == 1:
            return pa.concat_tables(self._tables or [self._schema.empty_table()]).select(names).combine_chunks()
        fields = [self._schema.get_field_index(name) for name in dict.fromkeys(names)]
        options = pa.ipc.IpcReadOptions(included_fields=fields)
        parts = (self._file.read(place, size) for place, size in self._places[index])
        tables = [pa.ipc.open_stream(part, options=options).read_all() for part in parts]
        return pa.concat_tables(tables or [self._schema.empty_table()]).select(names).combine_chunks()

    def _written(self, part: pa.Table) -> tuple[int, int]:
        """The offset of a part in the file, and its size in bytes."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, part.schema, options=_OPTIONS) as writer:
            writer.write_table(part)
        data = sink.getvalue()
        return self._file.append(data), data.size


def _bucket_of(keys: pa.ChunkedArray, num_buckets: int) -> Ints:
    """The bucket of each key; equal texts have the same one in every process."""
    bucket_N: Ints = (text_hashes(keys) % np.uint64(num_buckets)).astype(np.int64)
    return bucket_N
