"""Properties of every metric by name, in the manner of scikit-learn's test_common."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from harness.metrics.additive import Family, ratio, sum_by_subject
from harness.metrics.calibration import calibration
from harness.metrics.categorical import OTHER, UNSCORED, categorical, coverage
from harness.metrics.dimensional import dimensional
from harness.metrics.probabilistic import probabilistic
from harness.metrics.ranking import ranking

SUBJECTS, SAMPLES = 9, 360
Data = dict[str, np.ndarray]


def make_data(seed: int = 0) -> Data:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, SAMPLES)
    positive = rng.beta(1 + truth, 2 - truth)
    probabilities = np.stack([1 - positive, positive], axis=1)
    probabilities[rng.random(SAMPLES) < 0.1] = np.nan
    valence = rng.uniform(-1, 1, SAMPLES)
    return {
        "subject": rng.integers(0, SUBJECTS, SAMPLES),
        "truth": truth,
        "answer": rng.choice([0, 1, OTHER, UNSCORED], SAMPLES),
        "probabilities": probabilities,
        "valence": valence,
        "predicted": np.where(rng.random(SAMPLES) < 0.1, np.nan, valence + rng.normal(0, 0.3, SAMPLES)),
    }


def families(data: Data, num_subjects: int = SUBJECTS) -> list[Family]:
    subject, truth, probabilities = data["subject"], data["truth"], data["probabilities"]
    counted = {"num_subjects": num_subjects}
    return [
        categorical(subject, truth, data["answer"], classes=("a", "b"), per_class=True, **counted),
        coverage(subject, data["answer"] != UNSCORED, **counted),
        dimensional("valence", subject, data["valence"], data["predicted"], only_ccc=False, **counted),
        probabilistic(subject, truth, probabilities, **counted),
        calibration(subject, truth, probabilities, **counted),
        ranking(subject, truth == 1, probabilities[:, 1] - probabilities[:, 0], **counted),
    ]


def values(found: list[Family], weights: np.ndarray | None = None) -> dict[str, float]:
    out = {}
    for family in found:
        weight = np.ones(len(family.sums)) if weights is None else weights
        total = np.tensordot(weight, family.sums, axes=1)
        out |= {metric.name: float(metric.value(total)) for metric in family.metrics}
    return out


def rows(data: Data, index: np.ndarray) -> Data:
    return {name: column[index] for name, column in data.items()}


def test_every_metric_is_here() -> None:
    assert sorted(values(families(make_data()))) == [
        "accuracy",
        "accuracy_scored",
        "auc",
        "brier",
        "ccc:valence",
        "coverage",
        "ece",
        "log_loss",
        "macro_f1",
        "pearson:valence",
        "precision:a",
        "precision:b",
        "recall:a",
        "recall:b",
        "rmse:valence",
        "uar",
    ]


def permute(data: Data) -> Data:
    return rows(data, np.random.default_rng(1).permutation(SAMPLES))


def double(data: Data) -> Data:
    return rows(data, np.tile(np.arange(SAMPLES), 2))


def regroup(data: Data) -> Data:
    return {**data, "subject": np.random.default_rng(2).integers(0, SUBJECTS, SAMPLES)}


@pytest.mark.parametrize("change", [permute, double, regroup])
def test_order_copies_and_subjects_change_no_value(change: Callable[[Data], Data]) -> None:
    data = make_data()
    assert values(families(change(data))) == pytest.approx(values(families(data)), rel=1e-9)


def test_subjects_without_samples_change_no_value() -> None:
    data = make_data()
    assert values(families(data, SUBJECTS + 5)) == pytest.approx(values(families(data)), rel=1e-12)


def test_a_weight_is_a_repetition_of_the_subject() -> None:
    data = make_data()
    weights = np.array([0, 1, 2, 3, 0, 1, 1, 4, 1])
    repeated = rows(data, np.repeat(np.arange(SAMPLES), weights[data["subject"]]))
    weighted = values(families(data), weights.astype(float))
    assert weighted == pytest.approx(values(families(repeated)), rel=1e-9)


def test_parts_merge_by_addition() -> None:
    """Where a family's statistics do not depend on the samples they are with (AUC ranks within its own)."""
    data = make_data()
    left, right = rows(data, np.arange(100)), rows(data, np.arange(100, SAMPLES))
    for whole, a, b in zip(families(data), families(left), families(right), strict=True):
        if whole.metrics[0].name == "auc":
            continue
        np.testing.assert_allclose(a.sums + b.sums, whole.sums, rtol=1e-12, atol=1e-12)


def test_values_of_many_resamples_are_those_of_each() -> None:
    weights = np.random.default_rng(3).integers(0, 3, (7, SUBJECTS)).astype(float)
    for family in families(make_data()):
        sums = np.tensordot(weights, family.sums, axes=1)
        for metric in family.metrics:
            together = metric.value(sums)
            assert together.shape == (7,)
            assert together.tolist() == pytest.approx([float(metric.value(each)) for each in sums], nan_ok=True)


def test_values_lie_in_the_range_that_the_metric_states() -> None:
    for seed in range(20):
        for family in families(make_data(seed)):
            for metric in family.metrics:
                each = metric.value(family.sums)
                inside = (each >= metric.low) & (each <= metric.high)
                assert (inside | np.isnan(each)).all(), metric.name


def test_nothing_is_undefined_and_warns_of_nothing() -> None:
    for family in families(make_data()):
        for metric in family.metrics:
            assert np.isnan(metric.value(np.zeros(family.sums.shape[1:]))), metric.name


def test_the_helpers_of_sums() -> None:
    assert sum_by_subject(np.array([2, 0, 2]), np.array([1.5, 2.0, 0.5]), 4).tolist() == [2, 0, 2, 0]
    assert ratio(np.array([1.0, 0.0]), np.array([4.0, 0.0])).tolist() == pytest.approx([0.25, np.nan], nan_ok=True)
