import numpy as np
import pyarrow as pa

from harness.measurement.streaming.numbering import Combinations, Numbering


def test_values_are_numbered_by_first_appearance_across_chunks() -> None:
    numbering = Numbering()
    assert numbering.of(pa.array(["b", None, "a", "b"])).tolist() == [0, 1, 2, 0]
    assert numbering.of(pa.array(["c", "a", None])).tolist() == [3, 2, 1]
    assert len(numbering) == 4


def test_numbers_that_are_not_numbers_are_one_value() -> None:
    numbering = Numbering()
    assert numbering.of(pa.array([float("nan"), 1.0, None])).tolist() == [0, 1, 2]
    assert numbering.of(pa.array([None, float("nan"), 2.0])).tolist() == [2, 0, 3]


def test_combinations_are_the_same_in_whatever_chunks() -> None:
    rng = np.random.default_rng(0)
    rows = pa.table(
        {
            "subject_id": rng.choice(["a", "b", "c"], 200),
            "attr.sex": pa.array(rng.choice(["f", "m"], 200), mask=rng.random(200) < 0.2),
            "attr.age": rng.integers(20, 24, 200).astype(float),
        }
    )
    whole, parts = Combinations(rows.column_names), Combinations(rows.column_names)
    expected = whole.of(rows)
    found = np.concatenate([parts.of(rows.slice(start, 30)) for start in range(0, 200, 30)])
    assert np.array_equal(found, expected)
    assert parts.table().equals(whole.table())
    assert whole.table().take(expected).equals(rows.combine_chunks())
    assert len(whole) == whole.table().num_rows == len(set(map(tuple, (row.values() for row in rows.to_pylist()))))


def test_no_rows_leave_an_empty_table() -> None:
    combinations = Combinations(["x"])
    combinations.of(pa.table({"x": pa.array([], pa.string())}))
    assert combinations.table().num_rows == 0
