from __future__ import annotations

import pyarrow as pa
import pytest

from harness.measurement.confusion import confusion
from harness.tables.predictions import predictions_table
from harness.tables.samples import samples_table

TRUTH = ["anger", "anger", "happiness", "happiness", "calm", None]
ANSWER = ["anger", "surprise", "happiness", None, "neutral", "anger"]


def tables(truth: list[str | None]) -> tuple[pa.Table, pa.Table]:
    samples = samples_table(
        [
            {
                "sample_id": str(index),
                "modality": "face",
                "subject_id": "p",
                "label": label,
                "label_source": "acted",
            }
            for index, label in enumerate(truth)
        ]
    )
    predictions = predictions_table(
        model="m",
        labels=["anger", "happiness", "neutral", "surprise"],
        sample_id=samples["sample_id"].to_pylist(),
        outcome=["failed" if given is None else "scored" for given in ANSWER],
        reason=["unreadable" if given is None else None for given in ANSWER],
        label=ANSWER,
    )
    return samples, predictions


def test_every_labelled_sample_is_counted_once_by_truth_and_answer() -> None:
    found = confusion(*tables(TRUTH), model="m", merge={"calm": "neutral"})
    assert found is not None
    assert found.classes == ("anger", "happiness", "neutral")
    assert found.answers == ("anger", "happiness", "neutral", "surprise", "unscored")
    assert found.counts.tolist() == [[1, 0, 0, 1, 0], [0, 1, 0, 0, 1], [0, 0, 1, 0, 0]]


def test_without_a_merge_calm_is_a_class_that_cannot_be_answered() -> None:
    found = confusion(*tables(TRUTH), model="m")
    assert found is not None
    assert found.classes == ("anger", "calm", "happiness")
    assert found.mapping.unreachable == ("calm",)
    assert found.counts.sum() == 5
    assert found.counts[1].tolist() == [0, 0, 0, 1, 0, 0]  # calm was answered neutral, which the truth never is


def test_without_labels_there_is_nothing_to_confuse() -> None:
    samples, predictions = tables([None] * 6)
    assert confusion(samples, predictions, model="m") is None


@pytest.mark.parametrize("num_labelled", [1, 6])
def test_rows_add_up_to_the_samples_of_a_class(num_labelled: int) -> None:
    truth = ["anger"] * num_labelled + [None] * (6 - num_labelled)
    found = confusion(*tables(truth), model="m")
    assert found is not None
    assert found.counts.sum(1).tolist() == [num_labelled]
