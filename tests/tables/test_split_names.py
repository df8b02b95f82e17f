from __future__ import annotations

import pyarrow as pa
import pytest

from harness.tables.split_names import fold_of, leaked_people, part_of, people_on_both_sides


@pytest.mark.parametrize(
    "name",
    ["train", "Train", "TRAINING", "train_set", "training data", "train2", " trainsplit ", "train-clean-100"],
)
def test_names_of_the_training_part(name: str) -> None:
    assert part_of(name) == "training"


@pytest.mark.parametrize(
    "name",
    [
        *("test", "Test", "dev", "devel", "validation", "val", "held-out", "test_1", "Eval"),
        *("PublicTest", "PrivateTest", "test-other", "private test"),
    ],
)
def test_names_of_held_out_parts(name: str) -> None:
    assert part_of(name) == "held out"


@pytest.mark.parametrize(
    "name",
    [
        *("fold1", "A", "3", "constrained", "strain", "", "untrained", "Contest", "te 1 x"),
        *("trainval", "TrainVal", "train+dev", "cross-validation"),
    ],
)
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


def test_people_of_a_table_on_both_sides() -> None:
    people = ["b", "a", "a", "c", "b"]
    table = pa.table({"subject_id": people, "split": ["Training", "fold:1", "fold:2", None, "PrivateTest"]})
    assert leaked_people(table) == ["a", "b"]


def test_ids_that_look_alike_are_one_person() -> None:
    composed, decomposed = "Ren\u00e9", "Rene\u0301"
    pairs = [(composed, "train"), (decomposed, "test"), ("p1", "fold:1"), ("P1 ", "Fold: 2"), ("q", "fold:1")]
    assert people_on_both_sides(pairs) == {composed, decomposed, "p1", "P1 "}


@pytest.mark.parametrize(
    ("split", "fold"),
    [("fold:1", "fold:1"), ("Fold:1", "fold:1"), (" FOLD : 02", "fold:02"), ("fold:", None), ("fold3", None)],
)
def test_folds_in_one_way_of_writing(split: str, fold: str | None) -> None:
    assert fold_of(split) == fold
    assert fold_of(None) is None


def test_one_fold_in_two_ways_of_writing_is_one() -> None:
    assert people_on_both_sides([("a", "fold:1"), ("a", "Fold:1")]) == set()


def test_leading_zeros_do_not_hide_who_is_in_two_parts() -> None:
    assert people_on_both_sides([("03", "train"), ("3", "test"), ("S010", "train"), ("s10", "dev")]) == {
        *("03", "3", "S010", "s10")
    }
    assert people_on_both_sides([("30", "train"), ("3", "test"), ("0", "train"), ("00x", "test")]) == set()
    assert people_on_both_sides([("03", "fold:1"), ("3", "fold:2")]) == set()
