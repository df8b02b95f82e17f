"""What an interrupted run leaves behind, so that the next one goes on: finished batches in Parquet shards.

A shard appears whole or not at all, so a kill at any moment loses only the batches that finished since the last
shard: `flush_s` seconds of work at most, or the one batch in flight where a batch takes longer. Shards name the
plan that they belong to.
"""

from __future__ import annotations

import errno
import logging
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from harness.arrays import Ints
from harness.errors import HarnessError
from harness.inference.rows import SHARD, Rows
from harness.tables.parquet_files import read_parquet, write_parquet

logger = logging.getLogger(__name__)

_PLAN_KEY = b"harness.plan"
_BATCH_SIZE_KEY = b"harness.batch_size"

_SMALL_BYTES = 4 << 20
_MAX_SMALL_SHARDS = 64
"""More small shards than this are merged, so a long run has one file per 4 MiB and a few dozen, not thousands."""

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Journal:
    """Shards of one collection in one folder. The caller holds the run folder's lock.

    Args:
        folder: made when the first shard is written.
        plan_hash: results of another plan are refused.
        rows: what is kept; `recover` fills it, `add` reads it.
        flush_s: seconds of finished work that may be unwritten.
    """

    def __init__(self, folder: Path, plan_hash: str, rows: Rows, flush_s: float) -> None:
        self._folder = folder
        self._identity = {_PLAN_KEY: plan_hash.encode(), _BATCH_SIZE_KEY: str(rows.batch_size).encode()}
        self._rows = rows
        self._flush_s = flush_s
        self._pending: list[int] = []
        self._flushed_at = time.monotonic()
        self._small: dict[Path, Ints] = {}
        self._next_number = 0

    def recover(self) -> Ints:
        """Read the shards into the rows, and return the batches that are done, sorted.

        Shards that cannot be read are dropped with a warning: their batches are computed again.

        Raises:
            HarnessError: a shard belongs to another plan or another batch size.
        """
        self.tidy()
        done: list[Ints] = [np.empty(0, dtype=np.int64)]
        for path in sorted(self._folder.glob("shard-*.parquet")):
            self._next_number = int(path.stem.removeprefix("shard-")) + 1
            table = self._read(path)
            if table is None:
                path.unlink()
                continue
            self._rows.load(table)
            batches = np.unique(table["batch"].to_numpy())
            self._remember(path, batches)
            done.append(batches)
        self._flushed_at = time.monotonic()
        return np.unique(np.concatenate(done))

    def tidy(self) -> None:
        """Remove what was being written when a run was stopped or killed."""
        for leftover in self._folder.glob(".*.part"):
            leftover.unlink()

    def add(self, batch: int) -> None:
        """Note that a batch is in the rows, and write a shard when it is time.

        Raises:
            HarnessError: see `flush`.
        """
        self._pending.append(batch)
        if time.monotonic() - self._flushed_at >= self._flush_s:
            self.flush()

    def flush(self) -> None:
        """Write what is finished.

        Raises:
            HarnessError: the disk is full or the folder cannot be written; what was written before stays valid.
        """
        if self._pending:
            self._write(np.sort(np.asarray(self._pending, dtype=np.int64)))
            self._pending.clear()
        if len(self._small) > _MAX_SMALL_SHARDS:
            self._merge()
        self._flushed_at = time.monotonic()

    def _merge(self) -> None:
        """Write the small shards as one. Killed before the old ones are gone, the next run reads both: no harm."""
        merged = dict(self._small)
        self._small.clear()
        self._write(np.unique(np.concatenate(list(merged.values()))))
        for path in merged:
            path.unlink()

    def _write(self, batches: Ints) -> None:
        path = self._folder / f"shard-{self._next_number:08d}.parquet"
        try:
            write_parquet(self._rows.shard(batches).replace_schema_metadata(self._identity), path)
        except OSError as error:
            if error.errno in _NO_SPACE:
                raise HarnessError(
                    f"{self._folder}: no space left ({error.strerror or error}). Make room and run the same "
                    "command again: it goes on from what is already written."
                ) from None
            raise HarnessError(f"{self._folder}: the journal cannot be written ({error}).") from None
        self._next_number += 1
        self._remember(path, batches)

    def _remember(self, path: Path, batches: Ints) -> None:
        if path.stat().st_size < _SMALL_BYTES:
            self._small[path] = batches

    def _read(self, path: Path) -> pa.Table | None:
        try:
            table = read_parquet(path)
            metadata = table.schema.metadata or {}
            table = table.replace_schema_metadata(None).cast(SHARD)
        except (HarnessError, pa.ArrowException, ValueError) as error:
            logger.warning("%s is damaged and is computed again: %s", path, error)
            return None
        for key, name in ((_PLAN_KEY, "plan"), (_BATCH_SIZE_KEY, "batch size")):
            if key in metadata and metadata[key] != self._identity[key]:
                raise HarnessError(
                    f"{path}: belongs to another {name} ({metadata[key].decode()}; this run has "
                    f"{self._identity[key].decode()}). Choose another folder with out=, or remove this one."
                )
        if metadata.keys() != self._identity.keys() or not self._rows.fits(table):
            logger.warning("%s does not hold whole batches of this run and is computed again", path)
            return None
        return table
