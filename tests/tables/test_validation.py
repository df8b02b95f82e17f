"""Each check by itself; what they make of whole tables is tested in `test_tables`."""

from __future__ import annotations

import pyarrow as pa
import pytest

from harness.errors import HarnessError
from harness.tables import validation
from harness.tables.validation import (
    conform,
    has_non_finite,
    refuse,
    require_present,
    require_range,
    require_same_ids,
    require_short,
    require_texts,
    require_unique,
    require_values,
    with_extra,
)

SCHEMA = pa.schema([pa.field("sample_id", pa.string(), nullable=False), pa.field("start_s", pa.float64())])


def test_columns_are_cast_and_those_of_the_schema_come_first() -> None:
    table = pa.table({"ctx.z": [1], "start_s": [3], "attr.a": ["x"], "sample_id": ["s"]})
    found = conform(table, SCHEMA, "t", ("attr.", "ctx."))
    assert found.column_names == ["sample_id", "start_s", "ctx.z", "attr.a"]
    assert found["start_s"].to_pylist() == [3.0]
    assert found.schema.field("start_s").type == pa.float64()


@pytest.mark.parametrize(
    ("columns", "prefixes", "message"),
    [
        ({"start_s": [1.0]}, (), r"t: column sample_id is missing. It has \['start_s'\]."),
        ({"sample_id": ["s"], "start_s": ["soon"]}, (), "t: column start_s is not of type double"),
        ({"sample_id": ["s"], "start_s": [1.0], "x": [1]}, (), "t: unknown column x.$"),
        (
            {"sample_id": ["s"], "start_s": [1.0], "x": [1]},
            ("attr.", "ctx."),
            "t: unknown column x. Further columns start with attr. or ctx..",
        ),
    ],
)
def test_a_table_that_does_not_conform_is_refused(
    columns: dict[str, list[object]], prefixes: tuple[str, ...], message: str
) -> None:
    with pytest.raises(HarnessError, match=message):
        conform(pa.table(columns), SCHEMA, "t", prefixes)


def test_further_columns_are_text_or_numbers_and_whole_numbers_only_of_the_context() -> None:
    table = pa.table({"sample_id": ["s"], "attr.none": pa.nulls(1), "ctx.take": [3], "ctx.loud": [True]})
    assert with_extra(pa.schema([SCHEMA.field(0)]), table).field("attr.none").type == pa.string()
    for column in (pa.array([3]), pa.array([True])):
        with pytest.raises(HarnessError, match=r"samples: column attr\.a has type .*; use text or numbers"):
            with_extra(SCHEMA, pa.table({"sample_id": ["s"], "attr.a": column}))


@pytest.mark.parametrize("ranks", [["1"], [1.5], [None]])
def test_ranks_of_subjects_are_whole_numbers(ranks: list[object]) -> None:
    with pytest.raises(HarnessError, match=r"samples: column subject_rank has type .*; use whole numbers"):
        with_extra(SCHEMA, pa.table({"sample_id": ["s"], "subject_rank": ranks}))


def test_rows_are_counted_from_one() -> None:
    table = pa.table({"sample_id": ["a", None, "c", None], "start_s": [None] * 4})
    with pytest.raises(HarnessError, match="t: column sample_id is empty in 2 rows, first in row 2"):
        require_present(table, SCHEMA, "t")
    require_present(table.filter(pa.array([True, False, True, False])), SCHEMA, "t")


def test_what_repeats_and_what_is_no_word_of_the_vocabulary() -> None:
    with pytest.raises(HarnessError, match="t: 2 sample_id values repeat, such as 'a'"):
        require_unique(pa.table({"sample_id": ["a", "b", "a", "b", "c", "a"]}), "t")
    require_unique(pa.table({"sample_id": ["a", "b"]}), "t")
    require_values(pa.table({"x": ["on", None, "off"]}), "x", ("on", "off"), "t")
    with pytest.raises(HarnessError, match="t: x is 'dim'; expected one of on, off"):
        require_values(pa.table({"x": ["on", "dim"]}), "x", ("on", "off"), "t")


@pytest.mark.parametrize(("value", "is_inside"), [(-1.0, True), (1.0, True), (1.001, False), (-1.001, False)])
def test_the_ends_of_a_range_are_inside(value: float, is_inside: bool) -> None:
    table = pa.table({"valence": [0.0, None, value]})
    if is_inside:
        require_range(table, "valence", -1.0, 1.0)
        return
    with pytest.raises(
        HarnessError, match=rf"samples: valence is {value}; it is scaled to \[-1, 1\]\. First in row 3\."
    ):
        require_range(table, "valence", -1.0, 1.0)


def test_a_text_has_at_most_so_many_characters() -> None:
    most = validation.MAX_TEXT
    require_short(pa.table({"label": ["é" * most, None], "n": [1, 2]}), "t")
    with pytest.raises(HarnessError, match="t: column label has a text of 4,097 characters; at most 4,096"):
        require_short(pa.table({"label": ["é" * (most + 1)]}), "t")
    texts = pa.chunked_array([["é" * (most + 1), "b"]]).dictionary_encode()
    require_short(pa.table({"label": texts.slice(1)}), "t")  # the dictionary is that of more rows
    with pytest.raises(HarnessError, match="column label has a text of 4,097 characters"):
        require_short(pa.table({"label": texts}), "t")
    assert require_texts(["a" * most]) == ["a" * most]
    for wrong in ("abc", ["a", 1], ["a" * (most + 1)], None):
        with pytest.raises(TypeError):
            require_texts(wrong)


def test_ids_are_the_same_on_both_sides() -> None:
    known = pa.chunked_array([["a", "b", "c"]])
    require_same_ids(pa.chunked_array([["c", "b"], ["a"]]), known, "t")
    with pytest.raises(HarnessError, match="t: 2 sample_id values are not samples, such as 'x'"):
        require_same_ids(pa.chunked_array([["y", "x", "a"]]), known, "t")
    with pytest.raises(HarnessError, match="t: 2 of 3 samples have no row, such as 'a'"):
        require_same_ids(pa.chunked_array([["b"]]), known, "t")


def test_the_first_bad_row_is_shown_with_its_value() -> None:
    rows = pa.table({"sample_id": ["a", "b", "c"], "label": ["x", "y", "z"]})
    refuse(rows, pa.chunked_array([[False, False, False]]), "t", "label", "which is bad")
    with pytest.raises(HarnessError, match="t, sample 'b': label is 'y', which is bad"):
        refuse(rows, pa.chunked_array([[False, True, True]]), "t", "label", "which is bad")


def test_lists_with_a_number_that_is_none() -> None:
    lists = pa.chunked_array([[[1.0, 2.0], [float("nan")]], [None, [], [0.0, None], [float("inf"), 1.0]]])
    assert has_non_finite(lists).to_pylist() == [False, True, False, False, True, True]
    assert has_non_finite(pa.chunked_array([[[1.0], None]])).to_pylist() == [False, False]
