"""Sounds that lie in a Parquet table, as hubs of datasets keep them: a column ``audio`` with ``bytes``."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from harness.errors import Reason, Unscored
from harness.files import regular
from harness.signals import audio
from harness.signals.media import Audio

COLUMN = "audio.bytes"
MAX_GROUP_BYTES = 4 * 2**30
"""A larger group of rows is not read."""


def sound(path: Path, row: int) -> Audio:
    """The sound in a row, counted from 0 over the whole table, as a mono waveform.

    Raises:
        Unscored: no such table or row, no sound in it, or one that `harness.signals.audio.decode` refuses.
    """
    try:
        found = regular(path).stat()
        state = (found.st_ino, found.st_size, found.st_mtime_ns)
        group, first = _group_of(path, state, row)
        data = _sounds(path, state, group)[row - first].as_py()
    except FileNotFoundError:
        raise Unscored(Reason.MISSING_FILE) from None
    except (pa.ArrowException, IndexError, KeyError, OSError, ValueError):
        raise Unscored(Reason.UNREADABLE, f"no sound in row {row} of {path.name}") from None
    if not data:
        raise Unscored(Reason.EMPTY, f"no bytes in row {row} of {path.name}")
    with tempfile.NamedTemporaryFile(suffix=".sound") as file:  # libsndfile is given a file with a true length
        file.write(data)
        file.flush()
        return audio.decode(Path(file.name))


def _group_of(path: Path, state: tuple[int, ...], row: int) -> tuple[int, int]:
    """The group of rows that a row is in, and the first row of this group."""
    first = 0
    for group, num in enumerate(_group_rows(path, state)):
        if row < first + num:
            return group, first
        first += num
    raise IndexError(row)


@lru_cache(maxsize=64)
def _group_rows(path: Path, state: tuple[int, ...]) -> tuple[int, ...]:  # noqa: ARG001 (a changed file is another key)
    metadata = pq.read_metadata(path)
    return tuple(metadata.row_group(group).num_rows for group in range(metadata.num_row_groups))


@lru_cache(maxsize=1)
def _sounds(path: Path, state: tuple[int, ...], group: int) -> pa.ChunkedArray:  # noqa: ARG001
    with pq.ParquetFile(path) as file:
        if file.metadata.row_group(group).total_byte_size > MAX_GROUP_BYTES:
            raise ValueError("a group of rows is too large")
        table = file.read_row_group(group, columns=[COLUMN])
    table.validate(full=True)
    return table["audio"].combine_chunks().field("bytes")
