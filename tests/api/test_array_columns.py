"""One conversion for the arrays of every library, and one message where there is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from harness.api.array_columns import column, named_columns, numbers, require_same_index, texts
from harness.errors import HarnessError


@pytest.mark.parametrize(
    "values",
    [
        [3, None, 10],
        pd.array([3, None, 10], dtype="Int64"),
        pd.Series([3, None, 10], dtype="Int64"),
        pa.array([3, None, 10]),
        pa.chunked_array([[3], [None, 10]]),
        pa.chunked_array([pa.array([3, None]).dictionary_encode(), pa.array([10]).dictionary_encode()]),
        np.ma.masked_array([3, 0, 10], mask=[False, True, False]),
        (number for number in (3, None, 10)),
    ],
    ids=["list", "nullable", "series", "arrow", "chunks", "dictionary", "masked", "generator"],
)
def test_integers_stay_integers_and_what_is_absent_is_null(values: Any) -> None:
    assert column("x", values, 3).equals(pa.array([3, None, 10], pa.int64()))


@pytest.mark.parametrize(
    "values",
    [
        [0.5, float("nan"), 2],
        np.array([0.5, np.nan, 2], dtype=np.float16),
        pd.Series([0.5, None, 2]),
        pa.array([0.5, float("nan"), 2]),
        pa.chunked_array([[0.5, float("nan")], [2.0]]),
        torch.tensor([0.5, float("nan"), 2], requires_grad=True),
        torch.tensor([0.5, float("nan"), 2], dtype=torch.bfloat16),
    ],
    ids=["list", "numpy", "pandas", "arrow", "chunks", "torch with gradient", "torch bfloat16"],
)
def test_numbers_are_float64_and_nan_is_null_whoever_says_it(values: Any) -> None:
    assert numbers("x", values, 3).equals(pa.array([0.5, None, 2.0]))


def test_names_are_written_without_a_point_and_all_are_needed() -> None:
    assert texts("subject", pd.Series([7.0, 12.0])).to_pylist() == ["7", "12"]
    assert texts("subject", np.array([2**63 + 1, 1], dtype=np.uint64)).to_pylist() == ["9223372036854775809", "1"]
    with pytest.raises(HarnessError, match=r"^subject: no value for 2 samples"):
        texts("subject", ["a", None, None])
    with pytest.raises(HarnessError, match=r"^subject holds 0\.5, which is no whole number"):
        texts("subject", [0.5, 1.0])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (None, "x: None is not an array"),
        ("joy", "x: str is not an array"),
        ({"a": 1}, "x: dict is not an array"),
        ({"joy"}, "x: set is not an array"),
        (pd.DataFrame({"a": ["joy"]}), "x: DataFrame is not an array"),
        (pa.table({"a": ["joy"]}), "x: Table is not an array"),
        (np.array([["joy"]]), "x: not an array"),
        (3, "x: not an array"),
        ([1, "a"], "x: not an array"),
        (["joy", "anger"], "x: 2 values for 1 samples"),
    ],
)
def test_what_is_no_array_is_one_clear_message(values: Any, message: str) -> None:
    with pytest.raises(HarnessError) as error:
        column("x", values, 1)
    assert str(error.value).startswith(message)


def test_a_message_does_not_repeat_the_data() -> None:
    with pytest.raises(HarnessError) as error:
        column("x", [[{"long": "text" * 1000}], 1], 2)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize(
    "given",
    [
        {"b": [1, 2], "a": [3, 4]},
        pd.DataFrame({"b": [1, 2], "a": [3, 4]}),
        pa.table({"b": [1, 2], "a": [3, 4]}),
        pa.record_batch({"b": [1, 2], "a": [3, 4]}),
        [{"b": 1, "a": 3}, {"a": 4, "b": 2}],
    ],
    ids=["dict", "pandas", "arrow", "batch", "records"],
)
def test_named_columns_keep_their_names_and_order(given: Any) -> None:
    found = [(name, column(name, values).to_pylist()) for name, values in named_columns("groups", given).items()]
    assert found == [("b", [1, 2]), ("a", [3, 4])]


def test_names_are_needed_and_stand_once() -> None:
    twice = pd.DataFrame([[1, 2]], columns=["a", "a"])
    for given, message in ((twice, "several columns 'a'"), (pd.Series([1]), "has no name"), ([1, 2], "not list")):
        with pytest.raises(HarnessError, match=message):
            named_columns("groups", given)


def test_pandas_rows_are_matched_by_position_so_their_indices_must_be_the_same() -> None:
    truth = pd.Series([1, 2, 3], index=[5, 6, 7])
    require_same_index({"y_true": truth, "y_pred": [1, 2, 3], "groups": {"sex": truth.rename("sex")}})
    with pytest.raises(HarnessError, match=r"y_pred: its pandas index has another order than that of y_true"):
        require_same_index({"y_true": truth, "y_pred": truth[::-1]})
    with pytest.raises(HarnessError, match=r"groups\['sex'\]: its pandas index differs from that of y_true"):
        require_same_index({"y_true": truth, "groups": {"sex": truth.reset_index(drop=True)}})
    with pytest.raises(HarnessError, match=r"dimensions\['valence'\]: its pandas index has another order"):
        require_same_index({"dimensions": {"valence": (truth, truth[::-1])}})
    with pytest.raises(HarnessError, match=r"scores: its pandas index has another order"):
        require_same_index({"y_true": truth, "scores": truth.to_frame()[::-1]})
