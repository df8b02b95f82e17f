"""A journal's files: finished samples in Parquet shards, and which sample stands where.

A shard appears whole or not at all, names the plan that it belongs to, and is called by its number and the hash of
its bytes, so that one that was damaged later is computed again. What is kept in memory is a dozen bytes per
sample, so that a run may have more vectors than fit.
"""

from __future__ import annotations

import errno
import logging
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from harness.arrays import Ints
from harness.errors import HarnessError
from harness.files import sha256_bytes, sha256_file, write_bytes
from harness.inference.shard_table import SHARD, fits
from harness.tables.parquet_files import parquet_bytes, read_parquet

logger = logging.getLogger(__name__)

_PLAN_KEY = b"harness.plan"
_BATCH_SIZE_KEY = b"harness.batch_size"
_NUM_ROWS_KEY = b"harness.num_rows"

_GROUP_ROWS = 4_096
"""Rows that are read at once, however large the shard is."""

_SMALL_BYTES = 1 << 20
_MAX_SMALL_SHARDS = 64
"""More small shards than this are merged, so a long run has one file per MiB and a few dozen, not thousands. What
a merge holds in memory is bounded by both."""

_ABSENT = -1
_NAME = re.compile(r"shard-(?P<number>\d{8})-(?P<sha256>[0-9a-f]{16})[.]parquet")
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def shard_number(path: Path) -> int | None:
    """The number of a shard in its journal, from its name; None if that is not the name of one."""
    named = _NAME.fullmatch(path.name)
    return int(named["number"]) if named else None


class Shards:
    """The shards of one collection in one folder. The caller holds the run folder's lock.

    Args:
        folder: made when the first shard is written.
        plan_hash: results of another plan are refused.
        sample_id: of all samples, in the samples' order.
        batch_size: of the plan; results of another are refused.
        width: length of a sample's vector.
    """

    def __init__(self, folder: Path, plan_hash: str, sample_id: pa.Array, batch_size: int, width: int) -> None:
        self.sample_id = sample_id
        self.width = width
        self._folder = folder
        self._identity = {_PLAN_KEY: plan_hash.encode(), _BATCH_SIZE_KEY: str(batch_size).encode()}
        self._shard_N: npt.NDArray[np.int32] = np.full(len(sample_id), _ABSENT, np.int32)
        self._row_N: npt.NDArray[np.int32] = np.zeros(len(sample_id), np.int32)
        self._paths: dict[int, Path] = {}
        self._small: set[int] = set()
        self._next_number = 0

    def recover(self) -> None:
        """Find what earlier runs wrote. Shards that cannot be read are dropped with a warning.

        Raises:
            HarnessError: a shard belongs to another plan or another batch size.
        """
        self.tidy()
        for path in sorted(self._folder.glob("shard-*.parquet")):
            named = _NAME.fullmatch(path.name)
            table = self._checked(path, named["sha256"]) if named else None
            if named is None or table is None:
                logger.warning("%s does not hold what this run wrote and is computed again", path)
                path.unlink()
            else:
                self._remember(int(named["number"]), path, table)

    def stored(self) -> Iterator[pa.Table]:
        """What earlier runs wrote, shard by shard; what cannot be read is passed over and left where it is.

        Raises:
            HarnessError: a shard belongs to another plan or another batch size.
        """
        for path in sorted(self._folder.glob("shard-*.parquet")):
            named = _NAME.fullmatch(path.name)
            table = self._checked(path, named["sha256"]) if named else None
            if table is None:
                logger.warning("%s does not hold what a run wrote and is left out", path)
            else:
                yield table

    def tidy(self) -> None:
        """Remove what was being written when a run was stopped or killed."""
        for leftover in self._folder.glob(".*.part"):
            leftover.unlink()

    def missing(self) -> Ints:
        """The places of the samples that are in no shard, rising."""
        return np.flatnonzero(self._shard_N == _ABSENT)

    def read(self, places: Ints, columns: Sequence[str] = tuple(SHARD.names)) -> pa.Table:
        """The samples at these places, in this order, all of which are in shards; some columns or all."""
        shard_n = self._shard_N[places]
        tables, found = [SHARD.empty_table().select(columns)], [np.empty(0, np.int64)]
        for number in np.unique(shard_n).tolist():
            at = np.flatnonzero(shard_n == number)
            tables.append(self._rows(number, self._row_N[places[at]], columns))
            found.append(at)
        order = np.argsort(np.concatenate(found))
        return pa.concat_tables(tables).take(pa.array(order)).combine_chunks()

    def write(self, table: pa.Table) -> None:
        """Add a shard of schema `SHARD`, and merge the small ones where there are many.

        Raises:
            HarnessError: the disk is full or the folder cannot be written; what was written before stays valid.
        """
        self._add(table)
        if len(self._small) > _MAX_SMALL_SHARDS:
            self._merge()

    def _merge(self) -> None:
        """Write the small shards as one. Killed before the old ones are gone, the next run reads both: no harm."""
        merged = sorted(self._small)
        self._small.clear()
        self._add(self.read(np.flatnonzero(np.isin(self._shard_N, merged))))
        for number in merged:
            self._paths.pop(number).unlink()

    def _add(self, table: pa.Table) -> None:
        number = self._next_number
        identity = self._identity | {_NUM_ROWS_KEY: str(table.num_rows).encode()}
        try:
            data = parquet_bytes(table.replace_schema_metadata(identity), group_rows=_GROUP_ROWS)
            path = self._folder / f"shard-{number:08d}-{sha256_bytes(data)[:16]}.parquet"
            write_bytes(data, path)
        except OSError as error:
            if error.errno in _NO_SPACE:
                raise HarnessError(
                    f"{self._folder}: no space left ({error.strerror or error}). Make room and run the same "
                    "command again: it goes on from what is already written."
                ) from None
            raise HarnessError(f"{self._folder}: the journal cannot be written ({error}).") from None
        self._remember(number, path, table)

    def _remember(self, number: int, path: Path, table: pa.Table) -> None:
        self._paths[number] = path
        self._next_number = max(self._next_number, number + 1)
        places = table["place"].to_numpy()
        self._shard_N[places] = number
        self._row_N[places] = np.arange(len(places), dtype=np.int32)
        if path.stat().st_size < _SMALL_BYTES:
            self._small.add(number)

    def _rows(self, number: int, rows: npt.NDArray[np.int32], columns: Sequence[str]) -> pa.Table:
        """Some rows of a shard; only the row groups that hold them are read."""
        groups, group_n = np.unique(rows // _GROUP_ROWS, return_inverse=True)
        with pq.ParquetFile(self._paths[number]) as file:
            read = file.read_row_groups(groups.tolist(), columns=list(columns), use_threads=False)
        return read.replace_schema_metadata(None).take(pa.array(group_n * _GROUP_ROWS + rows % _GROUP_ROWS))

    def _checked(self, path: Path, sha256: str) -> pa.Table | None:
        """What a shard holds; None if it is not what a run like this one wrote."""
        try:
            if not sha256_file(path).startswith(sha256):
                return None
            table = read_parquet(path)
        except (HarnessError, OSError, ValueError):
            return None
        metadata = table.schema.metadata or {}
        table = table.replace_schema_metadata(None)
        for key, name in ((_PLAN_KEY, "plan"), (_BATCH_SIZE_KEY, "batch size")):
            if key in metadata and metadata[key] != self._identity[key]:
                raise HarnessError(
                    f"{path}: belongs to another {name} ({metadata[key].decode()}; this run has "
                    f"{self._identity[key].decode()}). Choose another folder with out=, or remove this one."
                )
        identity = self._identity | {_NUM_ROWS_KEY: str(table.num_rows).encode()}
        if metadata != identity or not table.schema.equals(SHARD) or not fits(table, self.sample_id, self.width):
            return None
        return table
