"""Pictures and sounds that are cells of a table, as Hugging Face `datasets` keeps them: ``{bytes, path}``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from harness.datasets.listed_samples import decoded
from harness.datasets.reader import MAX_ENCODED_BYTES, Sample
from harness.errors import Reason, Unscored
from harness.files import write_bytes
from harness.signals.media import Media
from harness.tables.parquet_files import MAX_EXPANSION, UNPACKED_BYTES, readable

ARROW = ".arrow"
_SIZES = ("total_compressed_size", "total_uncompressed_size")


def embedded_bytes(path: Path, column: str, row: int) -> bytes:
    """The bytes in one cell of an Arrow or Parquet file.

    Raises:
        Unscored: the cell is empty or too large, or the file is not what it was when it was listed.
    """
    stamp = path.stat().st_mtime_ns
    try:
        if path.suffix == ARROW:
            cell = _arrow_column(path, column, stamp)[row]
        else:
            group, within = _place(_group_rows(path, stamp), row)
            cell = _group(path, column, group, stamp)[within]
    except (pa.ArrowException, OSError, ValueError, LookupError) as error:
        raise Unscored(Reason.UNREADABLE, f"the table cannot be read ({str(error)[:100]})") from None
    data = cell.get("bytes") if cell.is_valid else None
    if data is None or not data.is_valid:
        raise Unscored(Reason.MISSING_FILE, "the cell holds no bytes")
    size = len(data.as_buffer())
    if not size:
        raise Unscored(Reason.EMPTY)
    if size > MAX_ENCODED_BYTES:
        raise Unscored(Reason.TOO_LARGE, f"the cell is over {MAX_ENCODED_BYTES // 2**20} MiB")
    return bytes(data.as_buffer())


def decoded_bytes(data: bytes, sample: Sample) -> Media:
    """The picture or the sound that the bytes of a file are.

    Raises:
        Unscored: unreadable, silent, …
    """
    with TemporaryDirectory() as folder:  # decoders look at parts of a file more than once
        path = Path(folder) / "media"
        write_bytes(data, path)
        return decoded(path, sample)


@lru_cache(maxsize=8)
def _arrow_column(path: Path, column: str, stamp: int) -> pa.ChunkedArray:  # noqa: ARG001 (a changed file is another)
    most = max(UNPACKED_BYTES, MAX_EXPANSION * path.stat().st_size)
    with pa.memory_map(str(path)) as file, pa.ipc.open_stream(file) as stream:
        batches, size = [], 0
        for batch in stream:
            size += batch.nbytes
            if size > most:  # its buffers may be compressed, each for itself
                raise ValueError(f"its rows are over {most / 2**30:.1f} GiB")
            batches.append(batch.select([column]))
        return readable(pa.Table.from_batches(batches, pa.schema([stream.schema.field(column)])))[column]


@lru_cache(maxsize=64)
def _group_rows(path: Path, stamp: int) -> Sequence[int]:  # noqa: ARG001
    metadata = pq.read_metadata(path)
    return [metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)]


@lru_cache(maxsize=2)
def _group(path: Path, column: str, group: int, stamp: int) -> pa.ChunkedArray:  # noqa: ARG001
    """Rows that can only be read together, usually some hundred."""
    with pq.ParquetFile(path) as file:
        _require_plausible(file, column, group)
        return file.read_row_group(group, columns=[column])[column]


def _require_plausible(file: pq.ParquetFile, column: str, group: int) -> None:
    """Refuse rows that are a few bytes on the disk and would fill the memory.

    Raises:
        ValueError: they are.
    """
    of_group = file.metadata.row_group(group)
    chunks = [of_group.column(number) for number in range(of_group.num_columns)]
    parts = [chunk for chunk in chunks if chunk.path_in_schema.split(".")[0] == column]
    packed, unpacked = (sum(getattr(chunk, size) for chunk in parts) for size in _SIZES)
    if unpacked > UNPACKED_BYTES and unpacked > MAX_EXPANSION * packed:
        raise ValueError(
            f"its rows would be {unpacked / 2**30:.1f} GiB, {unpacked // max(packed, 1):,} times as large"
        )


def _place(rows: Sequence[int], row: int) -> tuple[int, int]:
    for group, count in enumerate(rows):
        if row < count:
            return group, row
        row -= count
    raise LookupError(f"it has no row {row}")
