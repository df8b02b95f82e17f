import pickle

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pytest

from harness.measurement.streaming import numbering
from harness.measurement.streaming.numbering import Combinations, Numbering


def test_values_are_numbered_by_first_appearance_across_chunks() -> None:
    of_values = Numbering()
    assert of_values.of(pa.array(["b", None, "a", "b"])).tolist() == [0, 1, 2, 0]
    assert of_values.of(pa.array(["c", "a", None])).tolist() == [3, 2, 1]
    assert len(of_values) == 4


def test_numbers_that_are_not_numbers_are_one_value() -> None:
    of_values = Numbering()
    assert of_values.of(pa.array([float("nan"), 1.0, None])).tolist() == [0, 1, 2]
    assert of_values.of(pa.array([None, float("nan"), 2.0])).tolist() == [2, 0, 3]


def test_combinations_that_were_numbered_apart_are_joined_as_if_they_had_not_been() -> None:
    rng = np.random.default_rng(1)
    rows = pa.table({"who": rng.choice([*"abcdefgh"], 90), "where": pa.array(rng.choice(["x", None, "y"], 90))})
    whole, joined = Combinations(rows.column_names), Combinations(rows.column_names)
    expected = whole.of(rows)
    found = []
    for start in range(0, 90, 30):
        apart = Combinations(rows.column_names)
        number_N = apart.of(rows.slice(start, 30))
        sent: Combinations = pickle.loads(pickle.dumps(apart))
        assert sent.of(rows.slice(start, 30)).tolist() == number_N.tolist()
        found.append(joined.add(apart)[number_N])
    assert np.concatenate(found).tolist() == expected.tolist()
    assert joined.table().equals(whole.table())
    assert joined.num_rows.tolist() == whole.num_rows.tolist()
    assert len(joined.add(Combinations(rows.column_names))) == 0


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


def test_dictionaries_are_numbered_as_their_texts_are() -> None:
    """Values that do not occur, such as those of other rows of a file, are not numbered; empty cells are."""
    rng = np.random.default_rng(1)
    texts = pa.array(rng.choice(["c", "a", "b"], 60), mask=rng.random(60) < 0.2)
    encoded = pa.DictionaryArray.from_arrays(
        pa.array(pa.compute.index_in(texts, pa.array(["b", "x", "a", "y", "c"]))), ["b", "x", "a", "y", "c"]
    )
    plain, by_value = Combinations(["x", "y"]), Combinations(["x", "y"])
    numbers = pa.array(rng.integers(0, 3, 60))
    for start in range(0, 60, 20):
        rows = [pa.table({"x": column, "y": numbers}).slice(start, 20) for column in (texts, encoded)]
        assert by_value.of(rows[1]).tolist() == plain.of(rows[0]).tolist()
    assert by_value.table().equals(plain.table())
    alone = Numbering()
    assert alone.of(encoded.slice(0, 0)).tolist() == []
    assert alone.of(pa.DictionaryArray.from_arrays([2, 2], ["a", "b", "c"])).tolist() == [0, 0]
    assert len(alone) == 1


def test_more_combinations_than_a_table_of_all_could_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The numbers stay the same where the way of looking them up changes between chunks."""
    rng = np.random.default_rng(2)
    rows = pa.table({name: rng.integers(0, 9, 400) for name in ("x", "y", "z")})
    expected = Combinations(rows.column_names).of(rows)
    monkeypatch.setattr(numbering, "_MAX_TABLE", 60)
    few = Combinations(rows.column_names)
    found = np.concatenate([few.of(rows.slice(start, 8)) for start in range(0, 400, 8)])
    assert found.tolist() == expected.tolist()
    assert few.table().take(found).equals(rows)
