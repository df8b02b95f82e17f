"""Wraps arrays as a dataset and a system, so that they are measured like any other study."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from harness.cards.facts import DatasetCard, ModelCard, model_card
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import Reason, Unscored
from harness.files import sha256_bytes
from harness.models.model import Conclusion, ModelOptions, RunSettings, TableModel
from harness.signals.media import Media
from harness.tables.parquet_files import parquet_bytes

PREDICTIONS_CARD = "predictions"
"""The card of a system that is only known by its predictions."""


class ArraysReader(Reader[ReaderOptions]):
    """A reader of a samples table in memory.

    Args:
        card: the card of the dataset.
        table: the samples, validated.
    """

    needs_root = False

    def __init__(self, card: DatasetCard, table: pa.Table) -> None:
        super().__init__(card, None, ReaderOptions())
        self._table = table

    def samples(self) -> pa.Table:
        """The table."""
        return self._table

    def load(self, sample: Sample) -> Media:  # noqa: ARG002 (there are no media, whatever the sample)
        """Always fails, as there are no media.

        Raises:
            Unscored: always.
        """
        raise Unscored(Reason.MISSING_FILE, "the sample has no media")


class GivenPredictions(TableModel[ModelOptions]):
    """A system whose predictions are given.

    Args:
        name: the name of the system.
        answers: its predictions, validated.
        settings: of the run.
    """

    def __init__(self, name: str, answers: pa.Table, settings: RunSettings) -> None:
        super().__init__(_card(name), ModelOptions(), settings)
        self._answers = answers

    def facts(self) -> dict[str, Any]:
        """The hash of the answers."""
        return {"predictions_sha256": sha256_bytes(parquet_bytes(self._answers))}

    def predict(self, samples: pa.Table) -> Conclusion:  # noqa: ARG002 (the answers are in the samples' order)
        """The answers."""
        return Conclusion(self._answers)


def _card(name: str) -> ModelCard:
    return model_card(PREDICTIONS_CARD).model_copy(update={"name": name, "title": name})
