from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from harness.errors import HarnessError
from harness.tables.alignment import NO_LABEL, Aligned, align
from harness.tables.predictions import predictions_table
from harness.tables.samples import samples_table


def make_samples() -> pa.Table:
    people = {"a": "zoe", "b": "adam", "c": "zoe", "d": "bob"}
    labels = {"a": "ANG", "b": "joy", "c": None, "d": "calm"}
    shared = {"modality": "voice", "label_source": "acted"}
    return samples_table(
        [
            {"sample_id": key, "subject_id": people[key], "label": labels[key], "arousal": 0.5, **shared}
            for key in people
        ]
    )


def make_predictions(**changes: object) -> pa.Table:
    given = {
        "model": "m",
        "labels": ["angry", "happy", "fear"],
        "sample_id": ["d", "c", "b", "a"],
        "outcome": ["failed", "scored", "scored", "scored"],
        "reason": ["crashed", None, None, None],
        "label": ["happy", "fear", "happy", "fear"],
        "scores": [None, [0.1, 0.2, 0.7], [0.2, 0.5, 0.3], None],
        "dimensions": {"arousal": [0.9, 0.1, float("inf"), None]},
    }
    return predictions_table(**(given | changes))


def aligned(predictions: pa.Table | None = None, merge: dict[str, str] | None = None) -> Aligned:
    return align(
        make_samples(), predictions or make_predictions(), model="m", condition="clean", merge=merge or {}
    )


def test_predictions_come_into_the_order_of_the_samples() -> None:
    found = aligned()
    assert found.mapping is not None
    assert found.mapping.classes == ("anger", "calm", "happiness")
    assert found.mapping.outside == ("fear",)
    assert found.truth.tolist() == [0, 2, NO_LABEL, 1]
    assert found.answer.tolist() == [3, 2, 3, NO_LABEL]
    assert found.scored.tolist() == [True, True, True, False]


def test_subjects_are_numbered_by_the_rank_of_their_ids() -> None:
    assert aligned().subject.tolist() == [2, 0, 2, 1]
    assert aligned().num_subjects == 3


def test_scores_follow_the_classes_and_are_nan_where_there_are_none() -> None:
    expected = [[np.nan] * 4, [0.2, 0, 0.5, 0.3], [0.1, 0, 0.2, 0.7], [np.nan] * 4]
    np.testing.assert_allclose(aligned().class_scores, expected, rtol=1e-6)


def test_merged_labels_add_their_scores() -> None:
    found = aligned(merge={"fear": "anger"})
    assert found.answer.tolist() == [0, 2, 0, NO_LABEL]
    np.testing.assert_allclose(found.class_scores[1], [0.5, 0, 0.5], rtol=1e-6)


def test_a_dimension_that_is_not_finite_or_not_scored_is_missing() -> None:
    truth, predicted = aligned().dimensions["arousal"]
    assert truth.tolist() == [0.5] * 4
    assert np.isnan(predicted).tolist() == [True, True, False, True]


def test_taking_samples_counts_their_subjects_anew() -> None:
    some = aligned().take(np.array([1, 3]))
    assert some.num_subjects == 2
    assert some.subject.tolist() == [0, 1]
    assert some.truth.tolist() == [2, 1]
    assert some.dimensions["arousal"][0].tolist() == [0.5, 0.5]


def test_answers_without_a_label_list_make_one() -> None:
    found = aligned(make_predictions(labels=[], scores=None))
    assert found.mapping is not None
    assert found.mapping.outside == ("fear",)
    assert found.class_scores is None


def test_a_prediction_for_an_unknown_condition_is_missing() -> None:
    with pytest.raises(HarnessError, match=r"m \(noise\) have 0 rows for 4 samples"):
        align(make_samples(), make_predictions(), model="m", condition="noise", merge={})
