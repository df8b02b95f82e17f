from __future__ import annotations

import pyarrow as pa

from harness.tables.subject_numbers import appear_in_order, subject_numbers


def of(ids: list[str], ranks: list[int | None] | None = None) -> pa.Table:
    columns: dict[str, pa.Array] = {"subject_id": pa.array(ids)}
    return pa.table(columns if ranks is None else columns | {"subject_rank": pa.array(ranks, pa.int64())})


def test_subjects_are_numbered_by_their_ids_as_text() -> None:
    number_N, num = subject_numbers(of(["p2", "é", "p10", "P3", "p2"]))
    assert (number_N.tolist(), num) == ([2, 3, 1, 0, 2], 4)


def test_a_rank_comes_before_the_id_and_no_rank_last() -> None:
    number_N, num = subject_numbers(of(["a", "b", "c", "d", "b"], [7, 2, None, 7, 1]))
    assert (number_N.tolist(), num) == ([1, 0, 3, 2, 0], 4)


def test_whether_subjects_appear_in_order() -> None:
    assert appear_in_order(of(["p1", "p1", "p2", "p1", "p3"]))
    assert not appear_in_order(of(["p1", "p3", "p2"]))
