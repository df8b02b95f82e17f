"""Scores of every shape become the same matrix, each column under its own label."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from harness.api.given_labels import given_labels
from harness.api.given_scores import NamedScores, given_scores, highest, name_columns
from harness.errors import HarnessError

TRUTH = ["joy", "anger", "joy"]
ROWS = [[0.25, 0.75], [np.nan, np.nan], [0.5, 0.5]]
"""Columns: anger, joy."""
BY_NAME = {"joy": [0.75, None, 0.5], "anger": [0.25, None, 0.5]}


def named(scores: Any, labels: Any = None) -> NamedScores:
    read = given_scores(scores, 3)
    known = given_labels(TRUTH, None, labels=labels, score_names=read.names, vote_names=(), num_samples=3)
    return name_columns(read, known)


@pytest.mark.parametrize(
    "scores",
    [
        ROWS,
        np.array(ROWS, dtype=np.float32),
        torch.tensor(ROWS, requires_grad=True),
        torch.tensor(ROWS, dtype=torch.bfloat16),
        pa.array([[0.25, 0.75], None, [0.5, 0.5]]),
        pd.Series([[0.25, 0.75], None, [0.5, 0.5]]),
        [0.75, np.nan, 0.5],
        pd.Series([0.75, None, 0.5]),
        pa.array([0.75, None, 0.5]),
        pa.table(BY_NAME),
        pd.DataFrame(BY_NAME),
        pd.DataFrame(BY_NAME, dtype="Float64"),
        BY_NAME,
        [{"joy": 0.75, "anger": 0.25}, None, {"anger": 0.5, "joy": 0.5}],
    ],
    ids=[
        *("lists", "numpy", "torch with gradient", "torch bfloat16", "arrow lists", "series of lists"),
        *("one column", "series", "arrow", "arrow table", "frame", "nullable frame", "dict", "records"),
    ],
)
def test_every_shape_gives_the_same_scores(scores: Any) -> None:
    found = named(scores)
    order = [found.labels.index(label) for label in ("anger", "joy")]
    np.testing.assert_array_equal(found.values[:, order], ROWS)
    assert highest(found).to_pylist() == ["joy", None, found.labels[0]]


def test_labels_pick_named_columns_and_name_others() -> None:
    picked = named(pa.table(BY_NAME), labels=["anger", "joy"])
    np.testing.assert_array_equal(picked.values, ROWS)
    assert named(pd.DataFrame(ROWS), labels=["joy", "anger"]).labels == ["joy", "anger"]
    with pytest.raises(HarnessError, match="labels: joy and fear; the columns of scores are joy and anger"):
        named(BY_NAME, labels=["joy", "fear"])


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ([["a", "b"]] * 3, "scores: list is not a matrix of numbers"),
        ([[0.1], [0.1, 0.9], [1]], "scores: list is not a matrix of numbers"),
        (3, "shape () for 3 samples"),
        ({"joy": [0.5], "anger": [0.5]}, "scores['joy']: 1 values for 3 samples"),
        ({"joy": ["a"] * 3, "anger": [0.5] * 3}, "scores['joy']: not numbers"),
        ([[0.1, 0.9], [np.inf, 0], [-np.inf, 0]], "infinite in 2 samples, first in row 1"),
        ([[0.1, 0.9], [1e300, 0], [0, 0]], "infinite in 1 sample"),
        ([[0.1, 0.9], [0.5, 0.5], [np.nan, 0]], "1 sample with scores for some labels and not for others"),
        ([0.1, 1.5, 0.2], "some lie outside [0, 1]"),
        (np.zeros((3, 4)), "4 columns for 2 labels (anger, joy)"),
    ],
)
def test_what_is_no_score_is_one_clear_message(scores: Any, message: str) -> None:
    with pytest.raises(HarnessError) as error:
        named(scores)
    assert message in str(error.value)
