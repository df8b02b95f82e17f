"""Labels that say the same in different types are one label; labels that do not meet are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from harness.api.given_labels import GivenLabels, given_labels, require_meeting
from harness.errors import HarnessError


def labels_of(y_true: Any, y_pred: Any, **changes: Any) -> GivenLabels:
    given = {"labels": None, "score_names": None, "vote_names": (), "num_samples": len(y_true)}
    return given_labels(y_true, y_pred, **{**given, **changes})


@pytest.mark.parametrize(
    "labels",
    [
        np.array([10, 2, 1, 0]),
        np.array([10.0, 2.0, 1.0, 0.0]),
        np.array(["10", "2", "b", "a"]),
        np.array([True, False, True, False]),
        np.array([-1, -10, 3, 20], dtype=np.int8),
    ],
    ids=["int", "float", "text", "bool", "negative"],
)
def test_the_order_is_that_of_numpy_and_scikit_learn(labels: Any) -> None:
    found = labels_of(labels, labels)
    assert [labels[found.truth.to_pylist().index(label)] for label in found.sorted] == np.unique(labels).tolist()


@pytest.mark.parametrize(
    "answers",
    [[1, 0, 1], [1.0, 0.0, 1.0], [True, False, True], ["1", "0", "1"], pd.Categorical([1, 0, 1])],
    ids=["int", "float", "bool", "text", "categorical"],
)
def test_ones_and_zeros_are_the_same_labels_in_every_type(answers: Any) -> None:
    found = labels_of(pd.Series([1, 0, 1]), answers)
    assert found.answers.equals(found.truth)
    assert found.sorted == ["0", "1"]
    turned = labels_of(np.array([True, False, True]), [1, 0, 1], score_names=[0.0, 1.0], vote_names=[True])
    assert (turned.truth.to_pylist(), turned.of_scores, turned.of_votes) == (["1", "0", "1"], ["0", "1"], ["1"])


def test_booleans_alone_are_false_and_true() -> None:
    assert labels_of([True, False], [True, None]).sorted == ["false", "true"]


def test_an_empty_side_does_not_change_the_type() -> None:
    found = labels_of([10, 9, None], None)
    assert found.sorted == ["9", "10"]
    assert found.answers.null_count == 3


@pytest.mark.parametrize("labels", [["joy", "joy"], ["joy", None]])
def test_each_of_the_chosen_labels_stands_once(labels: Any) -> None:
    with pytest.raises(HarnessError, match="labels: a label is empty or is there twice"):
        labels_of(["joy"], ["joy"], labels=labels)


def test_truth_and_system_must_meet_in_whatever_spelling() -> None:
    truth = pa.array(["Happy", "ANG", None])
    require_meeting(truth, ["joy", "neutral"])
    require_meeting(truth, [])
    with pytest.raises(HarnessError, match="labels ANG and Happy, the system 0 and 1: none in common"):
        require_meeting(truth, ["0", "1"])
