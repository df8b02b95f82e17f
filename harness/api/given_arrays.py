"""Wraps arrays as a dataset and a system, so that they are measured like any other study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from pydantic import ValidationError

from harness.cards.facts import DatasetCard, model_card, validation_problems
from harness.cards.stated_facts import StatedDataset, StatedSystem, with_stated_data, with_stated_system
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError, Reason, Unscored
from harness.files import sha256_bytes
from harness.models.model import Conclusion, ModelOptions, RunSettings, TableModel
from harness.signals.media import Media
from harness.tables.parquet_files import parquet_bytes

PREDICTIONS_CARD = "predictions"
"""The card of a system that is only known by its predictions."""


class ArraysOptions(StatedDataset, ReaderOptions):
    """What is stated about the data."""


class ArraysReader(Reader[ArraysOptions]):
    """A reader of a samples table in memory.

    Args:
        card: the card of the dataset.
        table: the samples, validated.
        stated: what is stated about the data.
    """

    Options = ArraysOptions
    needs_root = False

    def __init__(self, card: DatasetCard, table: pa.Table, stated: ArraysOptions) -> None:
        super().__init__(with_stated_data(card, stated), None, stated)
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


class GivenOptions(StatedSystem, ModelOptions):
    """What is stated about the system."""


class GivenPredictions(TableModel[GivenOptions]):
    """A system whose predictions are given.

    Args:
        name: the name of the system.
        answers: its predictions, validated.
        settings: of the run.
        stated: what is stated about the system.
    """

    Options = GivenOptions

    def __init__(self, name: str, answers: pa.Table, settings: RunSettings, stated: GivenOptions) -> None:
        card = model_card(PREDICTIONS_CARD).model_copy(update={"name": name})
        super().__init__(with_stated_system(card, stated, name), stated, settings)
        self._answers = answers

    def facts(self) -> dict[str, Any]:
        """The hash of the answers."""
        return {"predictions_sha256": sha256_bytes(parquet_bytes(self._answers))}

    def predict(self, samples: pa.Table) -> Conclusion:  # noqa: ARG002 (the answers are in the samples' order)
        """The answers."""
        return Conclusion(self._answers)


def stated_facts(facts: Mapping[str, object]) -> tuple[ArraysOptions, GivenOptions]:
    """What is stated about the data and about the system, from names such as ``dataset.title``.

    Raises:
        HarnessError: there is no such fact, or it is not a text of the allowed length.
    """
    of_data, of_system = StatedDataset.model_fields, StatedSystem.model_fields
    known = [*(f"dataset.{name}" for name in of_data), *(f"model.{name}" for name in of_system)]
    unknown = next((name for name in facts if name not in known), None)
    if unknown is not None:
        raise HarnessError(f"facts={{{unknown!r}: …}}: there is no such fact. Known: {', '.join(known)}.")
    try:
        return ArraysOptions(**_within(facts, "dataset")), GivenOptions(**_within(facts, "model"))
    except ValidationError as error:
        raise HarnessError(f"facts: {validation_problems(error)}.") from None


def _within(facts: Mapping[str, object], section: str) -> dict[str, Any]:
    return {name.partition(".")[2]: text for name, text in facts.items() if name.startswith(f"{section}.")}
