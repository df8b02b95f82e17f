"""What inference knows of every sample so far, as arrays in the samples' order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.arrays import Ints
from harness.inference.preparation import Prepared
from harness.models.model import Vectors
from harness.tables.schemas import TIMINGS


class Rows:
    """One row per sample; empty until `put` or `load`.

    Args:
        sample_id: the samples' ids, in order.
        batch_size: sample i belongs to batch ``i // batch_size``.
        width: length of a sample's vector.
    """

    def __init__(self, sample_id: pa.Array, batch_size: int, width: int) -> None:
        num_samples = len(sample_id)
        self.sample_id = sample_id
        self.batch_size = batch_size
        self.width = width
        self._values = np.full((num_samples, width), np.nan)
        self._outcome = np.full(num_samples, None, dtype=object)
        self._reason = np.full(num_samples, None, dtype=object)
        self._prepare_s = np.full(num_samples, np.nan)
        self._forward_s = np.full(num_samples, np.nan)

    @property
    def num_batches(self) -> int:
        """How many batches the plan has."""
        return -(-len(self.sample_id) // self.batch_size)

    def of(self, batches: Sequence[int] | Ints) -> Ints:
        """The row numbers of whole batches, in the batches' order."""
        starts = np.asarray(batches, dtype=np.int64) * self.batch_size
        rows = (starts[:, None] + np.arange(self.batch_size)).ravel()
        return rows[rows < len(self.sample_id)]

    def put(
        self, batch: int, prepared: Sequence[Prepared], values: npt.NDArray[np.float64], forward_s: float
    ) -> None:
        """Enter a computed batch.

        Args:
            batch: its index.
            prepared: its samples; those without a vector carry their reason.
            values: shape (num_scored, width).
            forward_s: seconds per scored sample.
        """
        rows = self.of([batch])
        scored = np.array([sample.outcome == "scored" for sample in prepared])
        self._values[rows[scored]] = values
        self._forward_s[rows[scored]] = forward_s
        self._outcome[rows] = [sample.outcome for sample in prepared]
        self._reason[rows] = [sample.reason for sample in prepared]
        self._prepare_s[rows] = [sample.seconds for sample in prepared]

    def load(self, table: pa.Table) -> None:
        """Enter batches from a shard; it must pass `fits`."""
        rows = self.of(_batches(table))
        self._outcome[rows] = table["outcome"].to_numpy()
        self._reason[rows] = table["reason"].to_numpy()
        self._prepare_s[rows] = table["prepare_s"].to_numpy()
        self._forward_s[rows] = table["forward_s"].to_numpy()
        scored = table["outcome"].to_numpy() == "scored"
        self._values[rows[scored]] = _flat(table["vector"]).reshape(-1, self.width)

    def fits(self, table: pa.Table) -> bool:
        """Whether a shard holds whole batches of these samples, with a vector for every scored one."""
        batches = _batches(table)
        if table.schema.names != SHARD.names or not len(batches):
            return False
        if batches.min() < 0 or batches.max() >= self.num_batches:
            return False
        rows = self.of(batches)
        scored = table["outcome"].to_numpy() == "scored"
        lengths = table["vector"].combine_chunks().value_lengths().to_numpy(zero_copy_only=False)
        return (
            table.num_rows == len(rows)
            and table["sample_id"].combine_chunks().equals(self.sample_id.take(pa.array(rows)))
            and bool((np.where(np.isnan(lengths), -1, lengths) == np.where(scored, self.width, -1)).all())
        )

    def shard(self, batches: Sequence[int] | Ints) -> pa.Table:
        """Whole batches as a table of schema `SHARD`."""
        rows = self.of(batches)
        scored = self._outcome[rows] == "scored"
        offsets = np.concatenate([[0], np.cumsum(scored) * self.width])
        vector = pa.ListArray.from_arrays(
            pa.array(offsets, pa.int32()), self._values[rows[scored]].ravel(), mask=pa.array(~scored)
        )
        columns = [
            rows // self.batch_size,
            self.sample_id.take(pa.array(rows)),
            self._outcome[rows],
            self._reason[rows],
            vector,
            self._prepare_s[rows],
            self._forward_s[rows],
        ]
        return pa.table([pa.array(c, f.type) for c, f in zip(columns, SHARD, strict=True)], schema=SHARD)

    def vectors(self) -> Vectors:
        """All samples' vectors, for the model to conclude from."""
        return Vectors(self._values, self._outcome.tolist(), self._reason.tolist())

    def timings(self, model: str, condition: str) -> pa.Table:
        """All samples' timings, schema `harness.tables.TIMINGS`; null where a sample did not get that far."""
        num_samples = len(self.sample_id)
        columns = [
            self.sample_id,
            pa.repeat(model, num_samples),
            pa.repeat(condition, num_samples),
            pa.array(self._prepare_s, from_pandas=True),
            pa.array(self._forward_s, from_pandas=True),
        ]
        return pa.table(columns, schema=TIMINGS)


SHARD = pa.schema(
    [
        ("batch", pa.int64()),
        ("sample_id", pa.string()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("vector", pa.list_(pa.float64())),
        ("prepare_s", pa.float64()),
        ("forward_s", pa.float64()),
    ]
)
"""What the journal keeps of a sample; ``vector`` is null where it was not scored, times are NaN where unknown."""


def _batches(table: pa.Table) -> Ints:
    """The batches of a shard, in their order."""
    batch = table["batch"].to_numpy()
    starts = np.flatnonzero(np.diff(batch, prepend=-1))
    return np.asarray(batch[starts], dtype=np.int64)


def _flat(vector: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    """All values of a list column, its nulls left out."""
    return np.asarray(vector.combine_chunks().flatten().to_numpy(zero_copy_only=False), dtype=np.float64)
