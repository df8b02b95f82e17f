from __future__ import annotations

from collections import Counter

import pyarrow as pa

from harness.tables.subject_spread import spread_over_subjects

SAMPLES = pa.table(
    {
        "sample_id": [f"{who}-{label}-{take}" for who in range(10) for label in "abc" for take in range(4)],
        "subject_id": [f"s{who}" for who in range(10) for _ in range(12)],
        "label": [label for _ in range(10) for label in "abc" for _ in range(4)],
    }
)


def counts(num: int) -> list[int]:
    return sorted(Counter(spread_over_subjects(SAMPLES, num)["subject_id"].to_pylist()).values())


def test_everybody_has_a_sample_before_anybody_has_two() -> None:
    assert counts(10) == [1] * 10
    assert counts(4) == [1] * 4
    assert counts(25) == [*[2] * 5, *[3] * 5]


def test_a_table_sorted_by_label_gives_all_labels() -> None:
    assert set(spread_over_subjects(SAMPLES, 10)["label"].to_pylist()) == set("abc")


def test_a_larger_number_adds_samples_and_the_order_stays() -> None:
    taken = [spread_over_subjects(SAMPLES, num)["sample_id"].to_pylist() for num in (7, 30, 119)]
    assert set(taken[0]) < set(taken[1]) < set(taken[2])
    everything = SAMPLES["sample_id"].to_pylist()
    assert taken[1] == [sample for sample in everything if sample in set(taken[1])]
    assert spread_over_subjects(SAMPLES, 30)["sample_id"].to_pylist() == taken[1]


def test_who_has_few_samples_gives_all_of_them() -> None:
    rows = pa.table({"sample_id": list("uvwxyz"), "subject_id": ["a", "a", "a", "a", "a", "b"]})
    assert Counter(spread_over_subjects(rows, 4)["subject_id"].to_pylist()) == {"a": 3, "b": 1}
    assert spread_over_subjects(rows, 99) is rows


def test_a_row_without_a_subject_stands_alone() -> None:
    rows = pa.table({"sample_id": list("abcd"), "subject_id": pa.array(["s", "s", None, None], pa.string())})
    found = spread_over_subjects(rows, 3)["sample_id"].to_pylist()
    assert found[1:] == ["c", "d"]
    assert found[0] in ("a", "b")
