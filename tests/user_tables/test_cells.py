from __future__ import annotations

import datetime
import sys
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness.errors import HarnessError
from harness.user_tables.cells import BLANKS, as_numbers, as_text, as_values

COMPOSED, DECOMPOSED = "\u00e4rger", "a\u0308rger"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (pa.array([7, None, -3]), ["7", None, "-3"]),
        (pa.array([7, None, 2**60]), ["7", None, str(2**60)]),
        (pa.array([7.0, float("nan"), 2.5, -0.0]), ["7", None, "2.5", "0"]),
        (pa.array([0.1, 7.0], pa.float32()), ["0.1", "7"]),
        (pa.array([Decimal("7.00"), Decimal("2.50")]), ["7", "2.50"]),
        (
            pa.array(["7.0", "7", "7.000", "007", "1.5", "v7.0", "-2.0"]),
            ["7", "7", "7", "007", "1.5", "v7.0", "-2"],
        ),
        (pa.array(["NA", "nan", "null", "N/A", "None"]), ["NA", "nan", "null", "N/A", "None"]),
        (pa.array([" a b\u00a0", "\ufeffc", "\t", ""]), ["a b", "c", None, None]),
        (pa.array([DECOMPOSED, COMPOSED]), [COMPOSED, COMPOSED]),
        (pa.array(["12e5", "1_000"]), ["12e5", "1_000"]),
        (pa.array([True, False, None]), ["true", "false", None]),
        (pa.array(["7.0", "a", None, "a"]).dictionary_encode(), ["7", "a", None, "a"]),
        (pa.array(np.array([7, 0.5, np.nan], np.float16)), ["7", "0.5", None]),
        (pa.array(["a", "b"], pa.large_string()), ["a", "b"]),
        (pa.array([b"a", None]), ["a", None]),
        (pa.array([datetime.date(2024, 5, 1)]), ["2024-05-01"]),
        (pa.nulls(2), [None, None]),
    ],
)
def test_names_are_the_same_text_from_every_type(cells: pa.Array, expected: list[Any]) -> None:
    assert as_text(cells, "x", "t.csv").to_pylist() == expected
    chunked = as_text(pa.chunked_array([cells[:1], cells[1:]]), "x", "t.csv")
    assert isinstance(chunked, pa.ChunkedArray)
    assert chunked.to_pylist() == expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "2.5", ""], [1.0, 2.5, None]),
        (["1", "n/a", "NaN", "<NA>"], [1.0, None, None, None]),
        (["yes", "NA", "N/A", " null ", "none"], ["yes", None, None, None, "none"]),
        (["1", "two", "3.0"], ["1", "two", "3"]),
        (["1", "inf"], ["1", "inf"]),
        (["NA", ""], [None, None]),
        ([1, None], [1.0, None]),
        ([1.5, float("nan")], [1.5, None]),
        ([True, None], ["true", None]),
    ],
)
def test_values_know_what_is_missing_and_are_numbers_where_all_are(cells: list[Any], expected: list[Any]) -> None:
    assert as_values(pa.array(cells), "x", "t.csv").to_pylist() == expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([" 0.5 ", "NA", "1e-3", "-.5", "+2", ""], [0.5, None, 0.001, -0.5, 2.0, None]),
        (["0.25", "1"], [0.25, 1.0]),
        ([0.5, float("nan"), None], [0.5, None, None]),
        ([1, 2], [1.0, 2.0]),
        ([Decimal("0.5")], [0.5]),
    ],
)
def test_numbers(cells: list[Any], expected: list[Any]) -> None:
    assert as_numbers(pa.array(cells), "x", "t.csv").to_pylist() == expected


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (pa.array(["1", " ", "x1", "y"]), "t.csv, row 3, column scores: 'x1' is not a number"),
        (pa.array(["1,5"]), "row 1, column scores: '1,5' is not a number"),
        (pa.array([1.0, np.inf]), "row 2, column scores: inf is not a finite number"),
        (pa.array(["1", "-inf"]), "row 2, column scores: '-inf' is not a finite number"),
        (pa.array([True]), "row 1, column scores: 'true' is not a number"),
        (pa.array([[1.0]]), "t.csv, column scores: expected text or numbers"),
    ],
)
def test_what_is_no_number_is_named_with_its_row(cells: pa.Array, message: str) -> None:
    with pytest.raises(HarnessError, match=message):
        as_numbers(cells, "scores", "t.csv")


def test_a_float_that_cannot_hold_an_id_is_refused() -> None:
    with pytest.raises(
        HarnessError, match=r"t\.csv, row 2, column ids: 100000000000000000 is a float.*Save the column as text"
    ):
        as_text(pa.array([1.0, 1e17]), "ids", "t.csv")


@pytest.mark.parametrize("cells", [pa.array([[1]]), pa.array([{"a": 1}]), pa.array([b"\xff"])])
def test_structures_and_bytes_are_no_text(cells: pa.Array) -> None:
    with pytest.raises(HarnessError, match=r"t\.csv, column ids: expected text or numbers"):
        as_text(cells, "ids", "t.csv")


def test_no_white_space_is_forgotten() -> None:
    assert {chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()} <= set(BLANKS)
