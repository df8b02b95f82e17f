"""What an interrupted run leaves behind, so that the next one goes on from there.

A kill at any moment loses what was finished since the last shard: `flush_s` seconds of work at most, and the
batches that the model works on (`VectorModel.in_flight`). An answer that was paid for is written before the next
one is awaited, together with those that came at the same time.
"""

from __future__ import annotations

import time

from harness.inference.executor import Finished
from harness.inference.shard_table import shard_table
from harness.inference.shards import Shards


class Journal:
    """Decides when what is finished is written.

    Args:
        shards: where it is written.
        flush_s: seconds of finished work that may be unwritten.
    """

    def __init__(self, shards: Shards, flush_s: float) -> None:
        self._shards = shards
        self._flush_s = flush_s
        self._pending: list[Finished] = []
        self._flushed_at = time.monotonic()

    def add(self, finished: Finished) -> None:
        """Note what is finished, and write it when it is time.

        Raises:
            HarnessError: see `Shards.write`.
        """
        self._pending.append(finished)
        paid = any((answer.costly or answer.cost) and not answer.followed for answer in finished.answers)
        if paid or time.monotonic() - self._flushed_at >= self._flush_s:
            self.flush()

    def flush(self) -> None:
        """Write what is finished.

        Raises:
            HarnessError: see `Shards.write`.
        """
        if self._pending:
            self._shards.write(shard_table(self._pending, self._shards.sample_id))
            self._pending.clear()
        self._flushed_at = time.monotonic()
