"""Arrays of every kind become the same two tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from harness.api.array_tables import ArrayTables, array_tables
from harness.errors import HarnessError
from harness.tables.predictions import label_orders

TRUTH = ["joy", "anger", "joy", "anger"]
ANSWERS = ["joy", "joy", None, "anger"]
SPEAKER = ["a", "a", "b", "b"]
SCORES = [[0.1, 0.9], [0.4, 0.6], [np.nan, np.nan], [0.8, 0.2]]


def tables(y_true: Any = TRUTH, y_pred: Any = ANSWERS, **changes: Any) -> ArrayTables:
    given: dict[str, Any] = {
        "subject": SPEAKER,
        "scores": None,
        "labels": None,
        "dimensions": None,
        "groups": None,
        "context": None,
        "votes": None,
        "sample_id": None,
        "reason": None,
        "system": "mine",
        "modality": "voice",
        "label_source": "acted",
    }
    return array_tables(y_true, y_pred, **{**given, **changes})


def test_a_sample_without_an_answer_is_a_failed_row_with_a_reason() -> None:
    found = tables(reason=[None, None, "no_face", None]).predictions
    assert found["outcome"].to_pylist() == ["scored", "scored", "failed", "scored"]
    assert found["reason"].to_pylist() == [None, None, "no_face", None]
    assert found["label"].to_pylist() == ANSWERS
    assert tables().predictions["reason"].to_pylist()[2] == "no_answer"


@pytest.mark.parametrize(
    "kind",
    [list, np.array, pd.Series, pa.array, lambda v: pa.chunked_array([v[:1], v[1:]]), pd.Categorical],
    ids=["list", "numpy", "pandas", "arrow", "chunks", "categorical"],
)
def test_every_kind_of_array_gives_the_same_tables(kind: Any) -> None:
    plain = tables(groups={"sex": ["f", "f", "m", "m"], "age": [20, 20, 61, 61]})
    same = tables(
        kind(TRUTH),
        kind(ANSWERS),
        subject=kind(SPEAKER),
        groups={"sex": kind(["f", "f", "m", "m"]), "age": [20.0] * 2 + [61.0] * 2},
    )
    assert same.samples.equals(plain.samples)
    assert same.predictions.equals(plain.predictions)


def test_numbered_labels_are_named_by_their_numbers_also_where_pandas_made_floats_of_them() -> None:
    found = tables(pd.Series([1, 0, 1, 0]), pd.Series([1, 1, None, 0]), scores=SCORES)
    assert found.samples["label"].to_pylist() == ["1", "0", "1", "0"]
    assert found.predictions["label"].to_pylist() == ["1", "1", None, "0"]
    assert label_orders(found.predictions) == {"mine": ["0", "1"]}


def test_columns_of_scores_are_the_sorted_labels_as_in_scikit_learn() -> None:
    found = tables(scores=np.array(SCORES))
    assert label_orders(found.predictions) == {"mine": ["anger", "joy"]}
    assert found.predictions["scores"].to_pylist()[2] is None
    np.testing.assert_allclose(found.predictions["scores"].to_pylist()[1], [0.4, 0.6], rtol=1e-6)


def test_columns_of_a_frame_name_the_labels_and_one_column_is_the_second_of_two() -> None:
    frame = pd.DataFrame(SCORES, columns=["anger", "joy"])[["joy", "anger"]]
    assert label_orders(tables(scores=frame).predictions) == {"mine": ["joy", "anger"]}
    one = tables(scores=[0.9, 0.6, np.nan, 0.2]).predictions
    np.testing.assert_allclose(one["scores"].to_pylist()[0], [0.1, 0.9], rtol=1e-6)


def test_labels_without_scores_are_what_the_system_can_answer() -> None:
    found = tables(labels=["neutral", "joy", "anger"]).predictions
    assert label_orders(found) == {"mine": ["neutral", "joy", "anger"]}


def test_votes_name_labels_as_the_truth_does() -> None:
    found = tables([1, 0, 1, 0], [1, 1, None, 0], votes={True: [3, 1, 0, 0], False: [0, 2, 0, 4]}).samples
    assert found["votes"].to_pylist() == [[("1", 3)], [("1", 1), ("0", 2)], [], [("0", 4)]]


def test_without_answers_the_highest_score_is_the_answer() -> None:
    assert tables(y_pred=None, scores=SCORES).predictions["label"].to_pylist() == ["joy", "joy", None, "anger"]


def test_dimensions_votes_groups_and_context_have_their_columns() -> None:
    found = tables(
        dimensions={"valence": ([0.5, -0.5, 0.0, 1.0], [0.4, None, 0.1, 0.9])},
        votes=pd.DataFrame({"joy": [3, 1, 0, 0], "anger": [0, 2, 0, 4]}),
        groups=pd.Series(["f", "f", "m", "m"], name="sex"),
        context={"take": [1, 2, 1, 2]},
    )
    assert found.samples["votes"].to_pylist() == [[("joy", 3)], [("joy", 1), ("anger", 2)], [], [("anger", 4)]]
    assert found.samples["attr.sex"].to_pylist() == ["f", "f", "m", "m"]
    assert found.samples["ctx.take"].to_pylist() == [1.0, 2.0, 1.0, 2.0]
    assert found.predictions["valence"].to_pylist() == [0.4, None, 0.1, 0.9]
    assert found.predictions["outcome"].to_pylist() == ["scored"] * 4


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y_pred": ["joy"]}, "y_pred: 1 values for 4 samples"),
        ({"subject": ["a", None, "b", "b"]}, "subject: no value for 1 sample"),
        ({"y_true": [0.3, 0.1, 0.2, 0.9]}, "dimensions="),
        ({"scores": np.zeros((4, 3))}, "3 columns for 2 labels (anger, joy)"),
        ({"scores": np.zeros((3, 2))}, "shape (3, 2) for 4 samples"),
        ({"dimensions": {"mood": ([0] * 4, [0] * 4)}}, "valence, arousal, dominance"),
        ({"groups": ["f", "f", "m", "m"]}, "give a dict of names to arrays"),
        ({"groups": pd.Series(["f", "f", "m", "m"])}, "the Series has no name"),
        ({"sample_id": ["x", "x", "y", "z"]}, "'x'"),
        ({"groups": {"sex": [{"f"}, 1, 2, 3]}}, "groups['sex']: not an array"),
        ({"votes": {"joy": ["many"] * 4}}, "votes['joy']: not numbers"),
        ({"votes": {"joy": [0.5, 1, 1, 1]}}, "votes['joy'] holds 0.5"),
        ({"votes": {"joy": [1, -2, 1, 1]}}, "votes['joy'] is -2"),
        ({"y_pred": None}, "y_true is given without answers"),
        ({"y_true": None}, "y_true is missing"),
        ({"y_true": None, "y_pred": None}, "There is nothing to measure"),
        ({"y_true": [None] * 4}, "y_true: no sample has a label"),
        ({"y_true": [], "y_pred": [], "subject": []}, "subject: no samples"),
        ({"y_pred": [0, 1, 1, 0]}, "labels anger and joy, the system 0 and 1: none in common"),
        ({"labels": ["joy", "neutral"]}, "y_pred has anger, the system's labels are joy and neutral"),
        ({"dimensions": [1, 2]}, "dimensions: give a dict"),
        (
            {"groups": pd.DataFrame({"sex": list("ffmm")}, index=[3, 2, 1, 0]), "y_true": pd.Series(TRUTH)},
            "groups",
        ),
    ],
)
def test_what_does_not_fit_is_one_clear_message(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(HarnessError) as error:
        tables(**changes)
    assert message in str(error.value)


def test_cells_are_read_as_in_files() -> None:
    found = tables(
        subject=["a\u0308 ", "\u00e4", "7.0", "NA"],
        groups={
            "hearing": ["yes", "NA", "n/a", " yes "],
            "site": ["1", "2", "1", "nan"],
            "deaf": [True, False, None, True],
        },
    )
    assert found.samples["subject_id"].to_pylist() == ["\u00e4", "\u00e4", "7", "NA"]
    assert found.samples["attr.hearing"].to_pylist() == ["yes", None, None, "yes"]
    assert found.samples["attr.site"].to_pylist() == ["1", "2", "1", None]
    assert found.samples["attr.deaf"].to_pylist() == ["true", "false", None, "true"]


def test_labels_meet_in_every_form() -> None:
    found = tables(y_true=["\u00e4rger", "NA", "1.0", "wut"], y_pred=["a\u0308rger", " NA", "1", "wut\u00a0"])
    assert found.samples["label"].to_pylist() == found.predictions["label"].to_pylist()
    assert found.samples["label"].to_pylist() == ["\u00e4rger", "NA", "1", "wut"]
