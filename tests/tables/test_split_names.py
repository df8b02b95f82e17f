from __future__ import annotations

import pytest

from harness.tables.split_names import part_of, people_on_both_sides


@pytest.mark.parametrize(
    "name", ["train", "Train", "TRAINING", "train_set", "training data", "train2", " trainsplit "]
)
def test_names_of_the_training_part(name: str) -> None:
    assert part_of(name) == "training"


@pytest.mark.parametrize(
    "name", ["test", "Test", "dev", "devel", "validation", "val", "held-out", "test_1", "Eval"]
)
def test_names_of_held_out_parts(name: str) -> None:
    assert part_of(name) == "held out"


@pytest.mark.parametrize("name", ["fold1", "A", "3", "constrained", "strain", "", "untrained"])
def test_names_that_do_not_say(name: str) -> None:
    assert part_of(name) is None


@pytest.mark.parametrize(
    ("pairs", "leaked"),
    [
        ([("a", "train"), ("b", "test")], set()),
        ([("a", "Train"), ("a", "Test1"), ("b", "Test1"), ("b", "Test2")], {"a"}),
        ([("a", "Development"), ("a", "train"), ("b", None), ("b", "train")], {"a"}),
        ([("a", "fold:1"), ("a", "fold:1"), ("b", "fold:2")], set()),
        ([("a", "fold:1"), ("a", "fold:2"), ("b", "fold:2")], {"a"}),
        ([("a", "left"), ("a", "right")], set()),
    ],
)
def test_people_on_both_sides_of_a_split(pairs: list[tuple[str, str | None]], leaked: set[str]) -> None:
    assert people_on_both_sides(pairs) == leaked
