from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from harness.cards.facts import card_names, dataset_card
from harness.datasets.reader import Sample
from harness.datasets.splits import ALLOWED, LeakOptions, PublishedSplit, SplitOptions, SplitReader
from harness.errors import HarnessError
from harness.signals.media import Media
from harness.tables.samples import samples_table


class Listed(SplitReader[LeakOptions]):
    """Samples as the test gives them."""

    rows: Sequence[tuple[str, str | None]] = ()

    def samples(self) -> pa.Table:
        return self.with_checked_split(
            samples_table(
                [
                    {
                        "sample_id": f"{number}",
                        "modality": "voice",
                        "subject_id": subject,
                        "split": split,
                        "label_source": "acted",
                    }
                    for number, (subject, split) in enumerate(self.rows)
                ]
            )
        )

    def load(self, sample: Sample) -> Media:
        raise NotImplementedError


def reader(root: Path, rows: list[tuple[str, str | None]], **options: Any) -> Listed:
    found = Listed(dataset_card("ravdess"), root, LeakOptions(**options))
    found.rows = rows
    return found


LEAKY: list[tuple[str, str | None]] = [("a", "train"), ("a", "test"), ("b", "test"), ("c", None)]


def test_a_split_that_leaks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"people on both sides of the split: 1 \(a\).*allow_leak=true"):
        reader(tmp_path, LEAKY).samples()


def test_a_leak_that_is_allowed_is_told_and_stands_in_the_card(tmp_path: Path) -> None:
    found = reader(tmp_path, LEAKY, allow_leak=True)
    assert found.samples()["split"].to_pylist() == ["train", "test", "test", None]
    assert found.remarks == ("dataset ravdess: people on both sides of the split: 1 (a).",)
    assert found.card.limitations[-1] == ALLOWED


def test_a_split_by_people_passes(tmp_path: Path) -> None:
    found = reader(tmp_path, [("a", "Train"), ("b", "Test1"), ("b", "Test2")])
    assert found.samples().num_rows == 3
    assert found.remarks == ()
    assert ALLOWED not in found.card.limitations


def test_a_published_split_with_a_person_in_two_parts_is_refused(tmp_path: Path) -> None:
    parts = {"fold:1": ["a", "b"], "fold:2": ["c", "a"]}
    card = dataset_card("ravdess").model_copy(
        update={"details": {"splits": {"folds": {"source": "a test", "parts": parts}}}}
    )
    found = Listed(card, tmp_path, SplitOptions(split="folds"))
    found.rows = [("a", None), ("b", None), ("c", None)]
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
    found.rows = [("a", None)]
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
