from __future__ import annotations

import pytest

from harness.models.subject_folds import balanced_folds, published_sides


def sizes_of(folds: list[tuple[str, ...]], sizes: dict[str, int]) -> list[int]:
    return sorted(sum(sizes[name] for name in fold) for fold in folds)


def test_the_largest_that_is_left_goes_to_the_smallest_fold() -> None:
    """7, 6, 5, 4, 3 into two: 7 | 6, 6+5 | 7, 7+4 | 11, then 3 to either: 14 and 11."""
    sizes = {"a": 7, "b": 6, "c": 5, "d": 4, "e": 3}
    assert sizes_of(balanced_folds(sizes, 2, seed=0), sizes) == [11, 14]
    assert {frozenset(fold) - {"e"} for fold in balanced_folds(sizes, 2, seed=0)} == {
        frozenset({"a", "d"}),
        frozenset({"b", "c"}),
    }


def test_as_many_folds_as_subjects_leave_one_out() -> None:
    sizes = {"a": 7, "b": 1, "c": 2}
    assert sorted(balanced_folds(sizes, 3, seed=5)) == [("a",), ("b",), ("c",)]
    assert balanced_folds(sizes, 1, seed=5) == [("a", "b", "c")]


def test_the_seed_deals_subjects_of_equal_size_and_their_order_does_not() -> None:
    sizes = {f"p{i:02d}": 4 for i in range(20)}
    backwards = dict(reversed(sizes.items()))
    assert balanced_folds(sizes, 4, seed=1) == balanced_folds(backwards, 4, seed=1)
    assert balanced_folds(sizes, 4, seed=1) != balanced_folds(sizes, 4, seed=2)
    assert sizes_of(balanced_folds(sizes, 4, seed=1), sizes) == [20] * 4


def test_an_empty_fold_is_a_programmers_error() -> None:
    with pytest.raises(AssertionError, match="more folds than subjects"):
        balanced_folds({"a": 1}, 2, seed=0)


def test_the_folds_of_a_dataset_are_taken_as_they_are() -> None:
    rows = [("b", "fold:2"), ("a", "fold:1"), ("c", "fold:2"), ("a", "fold:1")]
    assert published_sides(rows) == [("fold:1", ("a",)), ("fold:2", ("b", "c"))]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("a", "fold:1"), ("b", None)],
        [("a", "fold:1"), ("b", "fold:1")],
        [("a", "train"), ("b", "test")],
        [("a", "fold:1"), ("b", "fold:2"), ("a", "fold:2")],
    ],
)
def test_a_split_that_gives_no_folds_of_other_people_is_not_used(rows: list[tuple[str, str | None]]) -> None:
    assert published_sides(rows) is None
