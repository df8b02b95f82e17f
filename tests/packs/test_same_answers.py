"""Answers to the same samples, compared by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from harness.packs.same_answers import AnswerDifferences, different_answers
from harness.packs.same_samples import different_columns
from harness.tables.predictions import predictions_table


def answers(
    ids: Sequence[str], label: Sequence[Any], scores: Sequence[Any], order: Sequence[str] = ("a", "b"), **more: Any
) -> pa.Table:
    outcome = ["scored" if one is not None else "failed" for one in label]
    reason = [None if one is not None else "timeout" for one in label]
    return predictions_table(
        model="m", labels=order, sample_id=ids, outcome=outcome, reason=reason, label=label, scores=scores, **more
    )


def found(theirs: pa.Table, own: pa.Table, tolerance: float = 0.01) -> AnswerDifferences:
    samples = [pa.chunked_array([sorted(table["sample_id"].to_pylist())]) for table in (theirs, own)]
    return different_answers(theirs, own, *samples, model="m", condition="clean", tolerance=tolerance)


THEIRS = answers(["x1", "x2", "x3"], ["a", "b", None], [[0.505, 0.495], [0.2, 0.8], None])


@pytest.mark.parametrize(
    ("label", "scores", "num_different", "num_ties"),
    [
        (["a", "b", None], [[0.505, 0.495], [0.2, 0.8], None], 0, 0),
        (["b", "b", None], [[0.497, 0.503], [0.2, 0.8], None], 0, 1),  # rounding turns 0.505 and 0.495 around
        (["b", "b", None], [[0.505, 0.495], [0.2, 0.8], None], 0, 1),
        (["a", "a", None], [[0.505, 0.495], [0.2, 0.8], None], 1, 0),  # no rounding makes 0.2 the highest
        (["a", "b", "a"], [[0.505, 0.495], [0.2, 0.8], [0.9, 0.1]], 1, 0),
        (["a", None, None], [[0.505, 0.495], None, None], 1, 0),
        (["a", "b", None], [[0.505, 0.495], None, None], 1, 0),
        (["a", "b", None], [[0.505, 0.495], [0.22, 0.78], None], 1, 0),
    ],
)
def test_what_a_tolerance_covers(label: list[Any], scores: list[Any], num_different: int, num_ties: int) -> None:
    difference = found(THEIRS, answers(["y1", "y2", "y3"], label, scores))
    assert (difference.num, difference.num_different, difference.num_ties) == (3, num_different, num_ties)


def test_rows_are_matched_by_the_place_of_their_sample() -> None:
    turned = answers(["y3", "y2", "y1"], [None, "b", "a"], [None, [0.2, 0.8], [0.505, 0.495]])
    assert found(THEIRS, turned, 0.0).num_different == 0


def test_scores_are_matched_by_their_labels() -> None:
    turned = answers(["y1", "y2", "y3"], ["a", "b", None], [[0.495, 0.505], [0.8, 0.2], None], ("b", "a"))
    assert found(THEIRS, turned, 0.0).num_different == 0
    others = answers(["y1", "y2", "y3"], ["a", "b", None], [[0.505, 0.495], [0.2, 0.8], None], ("a", "c"))
    assert found(THEIRS, others, 1.0).different["score"] == 2


def test_dimensions_are_compared() -> None:
    theirs, own = (
        answers([f"{name}1"], ["a"], [None], dimensions={"valence": [value]})
        for name, value in (("x", 0.5), ("y", 0.52))
    )
    assert found(theirs, own, 0.01).different["dimension"] == 1
    assert found(theirs, own, 0.03).num_different == 0
    assert found(theirs, own, 0.03).largest == pytest.approx(0.02)


def test_of_ids_it_is_compared_who_is_the_same() -> None:
    def table(*people: str | None) -> pa.Table:
        return pa.table({"subject_id": pa.array(people, pa.string()), "label": ["a"] * len(people)})

    assert different_columns(table("p", "q", "p"), table("anna", "bert", "anna")) == {}
    assert different_columns(table("p", "q", "p"), table("anna", "bert", "bert")) == {"subject_id": 1}
    assert different_columns(table("p", None, "p"), table("anna", "bert", "anna")) == {"subject_id": 1}
    without = table("p", "q").drop_columns(["label"])
    assert different_columns(without, table("p", "q")) == {"label": 2}
