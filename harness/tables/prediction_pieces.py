"""Predictions that are made in pieces, so that they need not fit into memory, and written as one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from harness.errors import HarnessError
from harness.tables.predictions import label_orders, labels_metadata, validate_answers
from harness.tables.schemas import PREDICTIONS
from harness.tables.versions import write_pieces


@dataclass(frozen=True)
class PredictionPieces:
    """The predictions of one model under one condition.

    Attributes:
        model: its name.
        condition: its name.
        pieces: one row per sample in the samples' order, in tables whose lengths are the same in every run. Each
            call gives the same tables.
    """

    model: str
    condition: str
    pieces: Callable[[], Iterator[pa.Table]]

    def labels(self) -> list[str]:
        """The model's label list, in the order of its scores."""
        return label_orders(next(self.pieces())).get(self.model, [])


def write_predictions(predictions: Sequence[PredictionPieces], samples: pa.Table, path: Path) -> None:
    """Validate predictions against the samples and write them atomically.

    Args:
        predictions: models and conditions in the order of the file.
        samples: validated.
        path: the file.

    Raises:
        HarnessError: see `harness.tables.predictions.validate_predictions`; or rows are not in the samples' order.
    """
    orders = {one.model: one.labels() for one in predictions}
    schema = PREDICTIONS.with_metadata(labels_metadata(orders))
    pieces = (piece for one in predictions for piece in _validated(one, samples, orders[one.model]))
    write_pieces(pieces, schema, "predictions", path)


def _validated(predictions: PredictionPieces, samples: pa.Table, labels: Sequence[str]) -> Iterator[pa.Table]:
    where = f"predictions of {predictions.model} ({predictions.condition})"
    start = 0
    for piece in predictions.pieces():
        expected = samples["sample_id"].slice(start, piece.num_rows).combine_chunks()
        if not piece["sample_id"].combine_chunks().equals(expected):
            raise HarnessError(f"{where}: the rows are not those of the samples, in their order.")
        start += piece.num_rows
        yield validate_answers(piece, labels, where)
    if start != samples.num_rows:
        raise HarnessError(f"{where}: {start:,} rows for {samples.num_rows:,} samples. Every sample needs one.")
