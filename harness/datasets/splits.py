"""The splits of a dataset as data: published ones by subject, and the refusal of one that leaks people.

A split puts every sample into a part (``train``, ``Development``, ``Test1``, …) or into one of several folds
(``fold:1``, see `harness.tables.split_names`). Whoever is in a training part and in a held-out one, or in two
folds, is known to a system that was trained by the split: its results say nothing of new people.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, TypeVar

import pyarrow as pa
from pydantic import Field, ValidationError

from harness.cards.facts import DatasetCard, Facts, validation_problems
from harness.datasets.layout import listed_files
from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import HarnessError
from harness.tables.schemas import SAMPLES
from harness.tables.split_names import people_on_both_sides

ALLOWED = (
    "The split may have the same people in training and test (dataset.allow_leak=true): results of a system that "
    "was trained by it say nothing of new people."
)


class PublishedSplit(Facts):
    """One of ``details.splits`` of a card."""

    source: str = Field(description="who published it, and where")
    parts: dict[str, list[str]] = Field(description="part or fold, such as fold:1: the subjects in it")


class LeakOptions(ReaderOptions):
    """The option of datasets whose files hold a split.

    Attributes:
        allow_leak: use the split even if people are on both sides of it; the card then says so as a limitation.
    """

    allow_leak: bool = False


class SplitOptions(LeakOptions):
    """The options of datasets for which others have published splits.

    Attributes:
        split: one of those in the card (``details.splits``); null: none.
    """

    split: str | None = None


LeakOptionsT = TypeVar("LeakOptionsT", bound=LeakOptions)


class SplitReader(Reader[LeakOptionsT]):
    """A reader whose samples may be in a split."""

    Options: ClassVar[type[ReaderOptions]] = LeakOptions

    def __init__(self, card: DatasetCard, root: Path | None, options: LeakOptionsT) -> None:
        if options.allow_leak:
            card = card.model_copy(update={"limitations": [*card.limitations, ALLOWED]})
        super().__init__(card, root, options)

    def with_checked_split(self, samples: pa.Table) -> pa.Table:
        """The samples, in the published split that was chosen if there is a choice.

        Raises:
            HarnessError: there is no such split, its card has somebody in two parts of it, or people are on both
                sides and that is not allowed.
        """
        if isinstance(self.options, SplitOptions) and self.options.split is not None:
            samples = self._in_split(samples, self.options.split)
        pairs = zip(samples["subject_id"].to_pylist(), samples["split"].to_pylist(), strict=True)
        leaked = sorted(people_on_both_sides(set(pairs)))
        if not leaked:
            return samples
        names = listed_files(leaked)
        found = f"dataset {self.card.name}: people on both sides of the split: {len(leaked)} ({names})."
        if not self.options.allow_leak:
            raise HarnessError(
                f"{found} A system that was trained by it knows whom it is tested on. Measure one part of it, or "
                "use it as it is with dataset.allow_leak=true, which the card in the plan then states."
            )
        self.remarks = (*self.remarks, found)
        return samples

    def _in_split(self, samples: pa.Table, name: str) -> pa.Table:
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
