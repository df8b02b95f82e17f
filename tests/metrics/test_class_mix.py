"""Metrics of answers with one mix of classes: scikit-learn's with a weight for every sample."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, precision_score

from harness.metrics.categorical import OTHER, UNSCORED, categorical, count_answers
from harness.metrics.class_mix import class_strata, mix_distance
from harness.metrics.strata import Strata
from harness.metrics.tally import Metric, Tally
from harness.statistics.influence import gradient
from harness.statistics.standardised import standardised

CLASSES = ("a", "b", "c")
RNG = np.random.default_rng(0)
NUM, ROWS = 400, 5
ROW, TRUTH = np.arange(NUM) % ROWS, RNG.choice(3, NUM, p=[0.6, 0.3, 0.1])
ANSWER = np.where(RNG.random(NUM) < 0.5, TRUTH, RNG.choice([0, 1, 2, OTHER, UNSCORED], NUM))
TALLY: Tally = categorical(ROW, TRUTH, ANSWER, num_rows=ROWS, classes=CLASSES, per_class=True)
ANSWERS = count_answers(ROW, TRUTH, ANSWER, ROWS, 3)[..., :3]
MIX = np.array([10.0, 20.0, 70.0])
DEPENDENT = ("accuracy", "accuracy_scored", "macro_f1", "precision:b", "f1:b", "precision:c", "f1:a")


def metric(name: str) -> Metric:
    return next(each for each in TALLY.metrics if each.name == name)


def strata_of(name: str) -> Strata:
    found = class_strata(metric(name), CLASSES, MIX, ANSWERS)
    assert found is not None
    return found


def weighted(name: str) -> float:
    """Every sample counts for the share of its class in the mix, divided by the number of its class."""
    weight = (MIX / MIX.sum() / np.bincount(TRUTH))[TRUTH]
    base, _, part = name.partition(":")
    if base.startswith("accuracy"):
        chosen = np.full(NUM, base == "accuracy") | (ANSWER != UNSCORED)
        return float(accuracy_score(TRUTH[chosen], ANSWER[chosen], sample_weight=weight[chosen]))
    score = precision_score if base == "precision" else f1_score
    each = score(TRUTH, ANSWER, labels=[0, 1, 2], average=None, sample_weight=weight, zero_division=0)
    return float(np.mean(each) if base == "macro_f1" else each[CLASSES.index(part)])


@pytest.mark.parametrize("name", DEPENDENT)
def test_the_value_is_that_of_samples_with_weights(name: str) -> None:
    strata = strata_of(name)
    shares = strata.shares(np.ones((1, 3), dtype=np.bool_))
    additive = standardised(strata.split(TALLY.sums), shares, strata.value, strata.gradient, None)
    total = additive.statistics.sum(0, keepdims=True)
    assert additive.value(total)[0] == pytest.approx(weighted(name), abs=1e-12)
    assert weighted(name) != pytest.approx(float(metric(name).value(TALLY.sums.sum(0))), abs=1e-3)


@pytest.mark.parametrize("name", DEPENDENT)
def test_the_derivative_is_that_of_the_value(name: str) -> None:
    strata = strata_of(name)
    shares = strata.shares(np.ones((2, 3), dtype=np.bool_))
    additive = standardised(strata.split(TALLY.sums), shares, strata.value, strata.gradient, None)
    sums = np.stack([additive.statistics.sum(0), additive.statistics[:3].sum(0)])
    for side in (0, 1):
        numerical = gradient(lambda s: additive.value(np.stack([s] * 2, axis=-2))[..., 0], sums[side])
        np.testing.assert_allclose(additive.derived(sums)[side], numerical, rtol=1e-5, atol=1e-9)


def test_a_class_that_nobody_has_is_no_part_of_macro_f1() -> None:
    answer = np.where(ANSWER == 2, 1, ANSWER)
    truth = np.where(TRUTH == 2, 1, TRUTH)
    tally = categorical(ROW, truth, answer, num_rows=ROWS, classes=CLASSES, per_class=False)
    counts = count_answers(ROW, truth, answer, ROWS, 3)[..., :3]
    mix = np.array([30.0, 70.0, 0.0])
    strata = class_strata(next(m for m in tally.metrics if m.name == "macro_f1"), CLASSES, mix, counts)
    assert strata is not None
    shares = strata.shares(np.ones((1, 3), dtype=np.bool_))
    additive = standardised(strata.split(tally.sums), shares, strata.value, strata.gradient, None)
    weight = (mix / 100 / np.maximum(np.bincount(truth, minlength=3), 1))[truth]
    expected = f1_score(truth, answer, labels=[0, 1], average="macro", sample_weight=weight)
    assert additive.value(additive.statistics.sum(0, keepdims=True))[0] == pytest.approx(expected)


def test_recall_does_not_depend_on_the_mix_and_others_need_the_answers() -> None:
    assert class_strata(metric("uar"), CLASSES, MIX, ANSWERS) is None
    assert class_strata(metric("recall:a"), CLASSES, MIX, ANSWERS) is None
    assert class_strata(metric("macro_f1"), CLASSES, MIX, None) is None
    assert class_strata(metric("accuracy"), CLASSES, MIX, None) is not None


def test_strata_are_all_the_classes() -> None:
    strata = strata_of("accuracy")
    assert (strata.noun, strata.names, strata.weights.tolist()) == ("classes", CLASSES, MIX.tolist())
    assert strata.all_needed


def test_the_distance_of_mixes_is_the_largest_total_variation() -> None:
    """0.2, 0.3 and 0.5 is 0.3 from 0.4, 0.4 and 0.2; the other group has that mix."""
    groups = np.array([[20.0, 30.0, 50.0], [4.0, 4.0, 2.0]])
    assert mix_distance(groups, np.array([40.0, 40.0, 20.0])) == pytest.approx(0.3)


def test_groups_without_a_sample_are_not_mixed_otherwise() -> None:
    assert mix_distance(np.zeros((0, 3)), np.zeros(3)) == 0.0
