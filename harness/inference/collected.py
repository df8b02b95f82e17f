"""What inference has found of all samples, read from the journal in the samples' order, as much as is asked for.

Shapes: N samples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Ints
from harness.inference.shards import Shards
from harness.models.model import Vectors
from harness.tables.schemas import ANSWERS, TIMINGS

PIECE_ROWS = 16_384
"""Samples that are read at once. Part of what is written: tables come in row groups of this length."""


@dataclass(frozen=True)
class Collected:
    """All samples of one model under one condition, on disk.

    Attributes:
        shards: where they stand; none is missing.
        throughput: samples per second by the clock, of those that the journal did not hold; None if it held all.
            What was waited for that was made besides (`harness.inference.beside`) is left out.
    """

    shards: Shards
    throughput: float | None = None

    @property
    def num_samples(self) -> int:
        """N."""
        return len(self.shards.sample_id)

    def pieces(self) -> Iterator[tuple[int, Vectors]]:
        """All samples in order, a bounded number at a time: the place of the first, and the vectors from there."""
        for start in range(0, self.num_samples, PIECE_ROWS):
            yield start, self.take(np.arange(start, min(start + PIECE_ROWS, self.num_samples)))

    def take(self, places: Ints) -> Vectors:
        """The vectors of the samples at these places, in this order."""
        table = self.shards.read(places)
        values = np.full((len(places), self.shards.width), np.nan)
        present = table["vector"].is_valid().to_numpy()
        values[present] = _flat(table["vector"]).reshape(-1, self.shards.width)
        return Vectors(values, table["outcome"].to_pylist(), table["reason"].to_pylist())

    def vectors(self) -> Vectors:
        """All of them in memory, for a model that is trained on them."""
        values = np.empty((self.num_samples, self.shards.width))
        outcome: list[str] = []
        reason: list[str | None] = []
        for start, piece in self.pieces():
            values[start : start + len(piece.values)] = piece.values
            outcome += piece.outcome
            reason += piece.reason
        return Vectors(values, outcome, reason)

    def scored(self) -> Bools:
        """Which samples have a vector ``[N]``."""
        parts = [piece["outcome"] for piece in self._tables(["outcome"])]
        scored_N: Bools = np.concatenate([pc.equal(part, "scored").to_numpy() for part in parts])
        return scored_N

    @property
    def is_one_by_one(self) -> bool:
        """Whether the model answered sample by sample."""
        return any(piece["attempts"].null_count < piece.num_rows for piece in self._tables(["attempts"]))

    @property
    def is_paid(self) -> bool:
        """Whether any answer cost something."""
        return any(pc.any(pc.greater(piece["cost"], 0.0)).as_py() for piece in self._tables(["cost"]))

    def reasons(self) -> Iterator[str | None]:
        """Why each sample is not scored, in the samples' order; None for one that is."""
        for piece in self._tables(["reason"]):
            yield from piece["reason"].to_pylist()

    def timings(self, model: str, condition: str) -> Iterator[pa.Table]:
        """Schema `harness.tables.schemas.TIMINGS`, in pieces; null where a sample did not get that far."""
        for piece in self._tables(["sample_id", "prepare_s", "forward_s"]):
            seconds = [pa.array(piece[name].to_numpy(), from_pandas=True) for name in ("prepare_s", "forward_s")]
            named = [pa.repeat(name, piece.num_rows) for name in (model, condition)]
            yield pa.table([piece["sample_id"], *named, *seconds], schema=TIMINGS)

    def answers(self, model: str, condition: str) -> Iterator[pa.Table]:
        """Schema `harness.tables.schemas.ANSWERS`, in pieces: of samples that were answered one by one."""
        said_of_each = [field.name for field in ANSWERS if field.name not in ("model", "condition")]
        for piece in self._tables(said_of_each):
            said = piece.filter(piece["attempts"].is_valid())
            if said.num_rows:
                named = {"model": model, "condition": condition}
                columns = [
                    pa.repeat(named[name], said.num_rows) if name in named else said[name]
                    for name in ANSWERS.names
                ]
                yield pa.table(columns, schema=ANSWERS)

    def _tables(self, columns: list[str]) -> Iterator[pa.Table]:
        for start in range(0, self.num_samples, PIECE_ROWS):
            places = np.arange(start, min(start + PIECE_ROWS, self.num_samples))
            yield self.shards.read(places, columns)


def _flat(vector: pa.ChunkedArray) -> np.ndarray:
    """All values of a list column, its nulls left out."""
    return np.asarray(vector.combine_chunks().flatten().to_numpy(zero_copy_only=False), dtype=np.float64)
