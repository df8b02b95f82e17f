"""Whole columns say the same as every row by itself, by the plain definition of a row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness.datasets.table_samples import samples_of_table
from harness.errors import HarnessError

STATED = {"modality": "voice", "label_source": None}
NONE = {"modality": None, "label_source": None}


def cells(**columns: Any) -> pa.Table:
    return pa.table({name.replace("__", "."): pa.array(values) for name, values in columns.items()})


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """The id, modality and votes of one row of text."""
    uri, start, end = row["uri"], row["start_s"], row["end_s"]
    identity = row["sample_id"] or uri
    if not row["sample_id"] and (start or end):
        last = f"{round(float(end) * 1000)}" if end else ""
        identity = f"{uri}#{round(float(start or 0) * 1000)}-{last}"
    votes = {name[6:]: int(row[name] or 0) for name in row if name.startswith("votes.")}
    return {
        "sample_id": identity,
        "modality": row["modality"] or "voice",
        "votes": [*votes.items()] if any(votes.values()) else None,
        "label": row["label"] or None,
    }


@pytest.mark.parametrize("seed", range(20))
def test_random_tables_are_read_as_row_by_row(seed: int) -> None:
    rng = np.random.default_rng(seed)
    num = int(rng.integers(1, 12))

    def drawn(*texts: str) -> list[str]:
        return rng.choice(texts, num).tolist()

    table = pa.table(
        {
            "uri": [f"clips/{place}.wav" for place in range(num)],
            "sample_id": [name and f"{name}{place}" for place, name in enumerate(drawn("", "a", "b"))],
            "start_s": drawn("", "0", "0.0005", "1.2345"),
            "end_s": drawn("", "2.5", "3"),
            "subject_id": drawn("p1", "p2"),
            "modality": drawn("", "voice", "wearable"),
            "label_source": ["acted"] * num,
            "label": drawn("", "sad", "angry"),
            "votes.sad": drawn("", "0", "2"),
            "votes.angry": drawn("0", "0", "1"),
        }
    )
    found = samples_of_table(table, Path("t.csv"), stated=STATED, rows_independent=False).to_pylist()
    expected = [plain(row) for row in table.to_pylist()]
    assert [{name: row[name] for name in expected[0]} for row in found] == expected


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"sample_id": ["a", "b", "c", "a", "b"]}, "rows 1 and 4 have the same sample_id 'a'"),
        ({"sample_id": ["a", "", "b"], "uri": ["x", "", ""]}, "row 2: neither sample_id nor uri"),
        ({"sample_id": ["a", "b"], "subject_id": ["p", ""]}, "row 2, column subject_id: empty"),
        ({"sample_id": ["a", "b"], "modality": ["voice", "smell"]}, "row 2, column modality: found 'smell'"),
        ({"sample_id": ["a", "b"], "label_source": ["acted", ""]}, "row 2, column label_source: empty"),
        ({"uri": ["a", "b/../../c"]}, "row 2, column uri: 'b/../../c' must be a path below"),
        ({"uri": ["a", "/c"]}, "row 2, column uri: '/c' must be a path below"),
        ({"uri": ["a", "..c", "b\\c"]}, "row 3, column uri: 'b.*c' has a backslash"),
        (
            {"sample_id": ["a", "b"], "modality": ["voice", "face"], "end_s": ["1", "1"]},
            "row 2: start_s and end_s",
        ),
        (
            {"sample_id": ["a", "b"], "start_s": ["1", "2"], "end_s": ["2", "2"]},
            "row 2: start_s is 2.0, end_s is 2",
        ),
        ({"sample_id": ["a", "b"], "start_s": ["", "-1"]}, r"row 2: start_s is -1.0, end_s is None"),
        ({"sample_id": ["a", "b", "c"], "votes.sad": ["1", "x", "x"]}, "row 2, column votes.sad"),
    ],
)
def test_the_first_row_that_is_wrong_is_named(columns: dict[str, list[str]], message: str) -> None:
    num = len(next(iter(columns.values())))
    whole = {"subject_id": ["p"] * num, "modality": ["voice"] * num, "label_source": ["acted"] * num, **columns}
    with pytest.raises(HarnessError, match=message):
        samples_of_table(pa.table(whole), Path("t.csv"), stated=NONE, rows_independent=False)


def test_the_first_row_is_named_too_where_ids_are_categories() -> None:
    ids = pa.array(["a", "b", "b"]).dictionary_encode()
    whole = {"sample_id": ids, "subject_id": ["p"] * 3, "modality": ["voice"] * 3, "label_source": ["acted"] * 3}
    with pytest.raises(HarnessError, match="rows 2 and 3 have the same sample_id 'b'"):
        samples_of_table(pa.table(whole), Path("t.parquet"), stated=NONE, rows_independent=False)


def test_a_map_of_votes_counts_where_the_columns_have_none() -> None:
    table = cells(
        sample_id=["a", "b"],
        subject_id=["p", "p"],
        label_source=["acted"] * 2,
        votes__sad=["1", "0"],
        votes=pa.array([[("angry", 3)], [("angry", 4)]], pa.map_(pa.string(), pa.int64())),
    )
    found = samples_of_table(table, Path("t.parquet"), stated=STATED, rows_independent=False)
    assert found["votes"].to_pylist() == [[("sad", 1)], [("angry", 4)]]


def test_an_attribute_without_a_value_has_no_type() -> None:
    table = cells(sample_id=["a"], subject_id=["p"], label_source=["acted"], attr__age=pa.nulls(1, pa.float64()))
    found = samples_of_table(table, Path("t.parquet"), stated=STATED, rows_independent=False)
    assert pa.types.is_null(found.schema.field("attr.age").type)
