"""Predictions are found and checked the same, whatever the order of their rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from harness.errors import HarnessError
from harness.tables.predictions import concat_predictions, predictions_table, rows_of, validate_predictions
from harness.tables.samples import samples_table


def predictions(model: str, ids: list[str]) -> pa.Table:
    return predictions_table(
        model=model,
        labels=["calm", "sad"],
        sample_id=ids,
        outcome=["scored"] * len(ids),
        reason=[None] * len(ids),
        label=["sad"] * len(ids),
    )


def samples(*ids: str) -> pa.Table:
    row = {"modality": "face", "subject_id": "p", "label": "sad", "label_source": "acted"}
    return samples_table([{**row, "sample_id": name} for name in ids])


def test_rows_that_stand_together_are_no_copies() -> None:
    both = concat_predictions([predictions("a", ["s1", "s2"]), predictions("b", ["s2", "s1", "s3"])])
    found = rows_of(both, "b", "clean")
    assert found["sample_id"].to_pylist() == ["s2", "s1", "s3"]
    texts = [table["sample_id"].chunk(0).buffers()[2].address for table in (found, both)]
    assert texts[0] == texts[1]
    assert rows_of(both, "c", "clean").num_rows == 0
    assert rows_of(both, "a", "dark").num_rows == 0


@pytest.mark.parametrize("seed", range(5))
def test_rows_that_do_not_stand_together_are_found_in_their_order(seed: int) -> None:
    ids = [f"s{place}" for place in range(6)]
    both = concat_predictions([predictions("a", ids), predictions("b", ids)])
    mixed = both.take(np.random.default_rng(seed).permutation(12))
    expected = [row["sample_id"] for row in mixed.to_pylist() if row["model"] == "b"]
    assert rows_of(mixed, "b", "clean")["sample_id"].to_pylist() == expected


def test_any_order_is_valid_but_not_a_repeated_a_strange_or_a_missing_sample() -> None:
    known = samples("s1", "s2", "s3")
    for ids in (["s1", "s2", "s3"], ["s3", "s1", "s2"]):
        assert validate_predictions(predictions("a", ids), known)["sample_id"].to_pylist() == ids
    with pytest.raises(HarnessError, match="1 sample_id values repeat, such as 's2'"):
        validate_predictions(predictions("a", ["s1", "s2", "s2"]), known)
    with pytest.raises(HarnessError, match="1 sample_id values are not samples, such as 's4'"):
        validate_predictions(predictions("a", ["s1", "s2", "s4"]), known)
    with pytest.raises(HarnessError, match="1 of 3 samples have no row, such as 's2'"):
        validate_predictions(predictions("a", ["s1", "s3"]), known)


def test_columns_of_arrow_are_those_of_lists() -> None:
    ids = ["s1", "s2"]
    of_arrow = predictions_table(
        model="a",
        labels=["calm", "sad"],
        sample_id=pa.chunked_array([["s1"], ["s2"]]),
        outcome=pa.repeat("scored", 2),
        reason=pa.nulls(2),
        label=pa.array(["sad", "sad"]),
    )
    assert of_arrow.equals(predictions("a", ids), check_metadata=True)
    assert of_arrow["sample_id"].num_chunks == 1
