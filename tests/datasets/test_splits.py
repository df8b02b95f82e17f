from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from harness.cards.facts import card_names, dataset_card
from harness.datasets.reader import Sample
from harness.datasets.splits import PublishedSplit, SplitOptions, SplitReader
from harness.errors import HarnessError
from harness.signals.media import Media
from harness.tables.samples import samples_table


class Listed(SplitReader[SplitOptions]):
    """One sample of each person that the test gives."""

    people: Sequence[str] = ()

    def samples(self) -> pa.Table:
        return self.in_chosen_split(
            samples_table(
                [
                    {"sample_id": one, "modality": "voice", "subject_id": one, "label_source": "acted"}
                    for one in self.people
                ]
            )
        )

    def load(self, sample: Sample) -> Media:
        raise NotImplementedError


def test_a_published_split_with_a_person_in_two_parts_is_refused(tmp_path: Path) -> None:
    parts = {"fold:1": ["a", "b"], "fold:2": ["c", "a"]}
    card = dataset_card("ravdess").model_copy(
        update={"details": {"splits": {"folds": {"source": "a test", "parts": parts}}}}
    )
    found = Listed(card, tmp_path, SplitOptions(split="folds"))
    found.people = ["a", "b", "c"]
    with pytest.raises(HarnessError, match=r"split=folds: .* people in two parts of it: a\."):
        found.samples()


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ({"parts": {"train": ["a"]}}, r"details\.splits\.mine of its card: source: is missing"),
        ({"source": "a test", "parts": {"train": "a"}}, r"parts\.train: expected a list.* \(found 'a'\)"),
        ({"source": "a test", "parts": {}, "folds": 5}, "folds: there is no such key"),
    ],
)
def test_a_published_split_that_is_written_wrongly_is_refused(split: Any, message: str, tmp_path: Path) -> None:
    card = dataset_card("ravdess").model_copy(update={"details": {"splits": {"mine": split}}})
    found = Listed(card, tmp_path, SplitOptions(split="mine"))
    found.people = ["a"]
    with pytest.raises(HarnessError, match=message):
        found.samples()


@pytest.mark.parametrize(
    "name", [name for name in card_names("datasets") if "splits" in dataset_card(name).details]
)
def test_the_splits_of_the_cards_have_everybody_once(name: str) -> None:
    card = dataset_card(name)
    for published in card.details["splits"].values():
        split = PublishedSplit.model_validate(published)
        people = [subject for part in split.parts.values() for subject in part]
        assert len(people) == len(set(people)) == card.expected.subjects
