"""The splits that others have published for a dataset, as data in its card: by subject.

A split puts every sample into a part (``train``, ``Development``, ``Test1``, …) or into one of several folds
(``fold:1``, see `harness.tables.split_names`). One that leaks people is refused by the study that would use it.
"""

from __future__ import annotations

from typing import ClassVar, TypeVar

import pyarrow as pa
from pydantic import Field, ValidationError

from harness.cards.facts import Facts, validation_problems
from harness.datasets.layout import listed_files
from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import HarnessError
from harness.tables.schemas import SAMPLES


class PublishedSplit(Facts):
    """One of ``details.splits`` of a card."""

    source: str = Field(description="who published it, and where")
    parts: dict[str, list[str]] = Field(description="part or fold, such as fold:1: the subjects in it")


class SplitOptions(ReaderOptions):
    """The options of datasets for which others have published splits.

    Attributes:
        split: one of those in the card (``details.splits``); null: none.
    """

    split: str | None = None


SplitOptionsT = TypeVar("SplitOptionsT", bound=SplitOptions)


class SplitReader(Reader[SplitOptionsT]):
    """A reader whose samples may be in a published split."""

    Options: ClassVar[type[ReaderOptions]] = SplitOptions

    def in_chosen_split(self, samples: pa.Table) -> pa.Table:
        """The samples, in the published split that was chosen.

        Raises:
            HarnessError: there is no such split, or its card has somebody in two parts of it.
        """
        name = self.options.split
        if name is None:
            return samples
        published = self.card.details.get("splits", {})
        if name not in published:
            raise HarnessError(
                f"dataset.split={name}: the card of {self.card.name} has no such split. It has "
                f"{', '.join(published) or 'none'}."
            )
        try:
            split = PublishedSplit.model_validate(published[name])
        except ValidationError as error:
            raise HarnessError(
                f"dataset {self.card.name}: details.splits.{name} of its card: {validation_problems(error)}."
            ) from None
        pairs = [(subject, part) for part, people in split.parts.items() for subject in people]
        part_of = dict(pairs)
        if twice := sorted({subject for subject, part in pairs if part_of[subject] != part}):
            raise HarnessError(
                f"dataset.split={name}: the card of {self.card.name} has people in two parts of it: "
                f"{listed_files(twice)}. A split by subject has each in one."
            )
        column = pa.array([part_of.get(subject) for subject in samples["subject_id"].to_pylist()], pa.string())
        return samples.set_column(samples.schema.get_field_index("split"), SAMPLES.field("split"), column)
