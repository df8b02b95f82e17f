from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from harness.report.reliability import Confidence, confidence_of
from harness.tables.predictions import predictions_table
from harness.tables.samples import samples_table


def make_tables(scale: float = 1.0) -> tuple[Any, Any]:
    """Four samples at 0.9, three of them right; two at 0.6, one of them right."""
    positive, truth = [0.9, 0.9, 0.9, 0.9, 0.6, 0.6], ["a", "a", "a", "b", "a", "b"]
    shared = {"modality": "face", "label_source": "acted"}
    ids = [f"clip{index}" for index in range(6)]
    samples = samples_table(
        [{"sample_id": i, "subject_id": i, "label": label, **shared} for i, label in zip(ids, truth, strict=True)]
    )
    predictions = predictions_table(
        model="m",
        labels=["a", "b"],
        sample_id=ids,
        outcome=["scored"] * 6,
        reason=[None] * 6,
        label=["a"] * 6,
        scores=[[scale * p, scale * (1 - p)] for p in positive],
    )
    return samples, predictions


def confident(scale: float = 1.0) -> Confidence | None:
    return confidence_of(*make_tables(scale), model="m", merge={})


def test_the_bins_hold_what_was_right_at_each_confidence() -> None:
    confidence = confident()
    assert confidence is not None
    low, high = confidence.overall()
    assert (low.num_samples, low.confidence, low.right) == (2, pytest.approx(0.6), 0.5)
    assert (high.num_samples, high.confidence, high.right) == (4, pytest.approx(0.9), 0.75)


def test_the_curve_begins_where_the_system_is_most_confident() -> None:
    confidence = confident()
    assert confidence is not None
    points = confidence.risks()
    assert [(point.coverage, point.risk) for point in points] == [
        (pytest.approx(4 / 6), 1 / 4),
        (1.0, pytest.approx(2 / 6)),
    ]
    assert np.all(np.diff([point.coverage for point in points]) > 0)


def test_the_bins_of_groups_add_up_to_those_of_all() -> None:
    confidence = confident()
    assert confidence is not None
    first, second, nobody = confidence.by_group(np.array([0, 0, 0, 1, 0, 1]), 3)
    assert [(one.num_samples, one.right) for one in first] == [(1, 1.0), (3, 1.0)]
    assert [(one.num_samples, one.right) for one in second] == [(1, 0.0), (1, 0.0)]
    assert nobody == []


def test_scores_that_are_no_probabilities_have_no_confidence() -> None:
    assert confident(scale=3.0) is None
