from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import recall_score
from sklearn.naive_bayes import CategoricalNB

from harness.checks.left_out import NUM_FOLDS, predictability, stratified_folds
from harness.statistics.bootstrap import Estimate


def told(codes: list[np.typing.NDArray[np.int64]], target: np.typing.NDArray[np.int64], clips: int) -> Estimate:
    subject = np.repeat(np.arange(len(target) // clips), clips)
    return predictability(codes, target, subject, num_targets=int(target.max()) + 1, level=0.95, seed=0)


def test_it_is_naive_bayes_on_the_other_subjects() -> None:
    """With classes of equal size and smoothing of no weight, it is scikit-learn's."""
    rng = np.random.default_rng(0)
    target = np.tile([0, 1, 2], 200)
    codes = [rng.integers(0, 4, 600), (target + rng.integers(0, 3, 600)) % 5]
    fold = stratified_folds(np.zeros(50, int), NUM_FOLDS, seed=0)[np.repeat(np.arange(50), 12)]
    expected, features = np.empty(600, int), np.column_stack(codes)
    for number in range(NUM_FOLDS):
        held_out = fold == number
        bayes = CategoricalNB(alpha=0.01, class_prior=[1 / 3] * 3, min_categories=[4, 5])
        expected[held_out] = bayes.fit(features[~held_out], target[~held_out]).predict(features[held_out])
    assert told(codes, target, 12).value == pytest.approx(recall_score(target, expected, average="macro"))


def test_a_property_that_decides_the_target_tells_it() -> None:
    target = np.tile([0, 1, 2], 40)
    assert told([target.copy()], target, 6).value == 1.0


def test_what_only_holds_for_a_subject_is_not_learned() -> None:
    """Every subject has a room of its own, and a label of its own: nobody else can tell."""
    subject = np.repeat(np.arange(40), 5)
    found = told([subject], subject % 2, 5)
    assert found.value == 0.5


def test_knowing_nothing_is_chance() -> None:
    target = np.tile([0, 1, 2, 3], 30)
    assert told([np.tile([0, 0, 0, 0, 1, 1, 1, 1], 15)], target, 8).value == pytest.approx(0.25)


@pytest.mark.parametrize("of_subjects", [False, True], ids=["target of samples", "target of subjects"])
def test_unrelated_properties_rarely_look_better_than_chance(of_subjects: bool) -> None:
    """The interval lies above chance in 2.5 % of studies at most; 5 of 60 is the 99th percentile at that rate."""
    rng = np.random.default_rng(1)
    alarms = 0
    for _ in range(60):
        codes = [np.repeat(rng.integers(0, 3, 25), 8) if i else rng.integers(0, 8, 200) for i in range(3)]
        target = np.repeat(rng.integers(0, 4, 25), 8) if of_subjects else rng.integers(0, 4, 200)
        lo = told(codes, target, 8).interval.lo
        alarms += lo is not None and lo > 0.25
    assert alarms <= 5


def test_every_class_is_dealt_evenly_to_the_folds() -> None:
    of_subject = np.repeat([0, 1, 2], [50, 10, 33])
    fold = stratified_folds(of_subject, NUM_FOLDS, seed=0)
    for number in range(3):
        sizes = np.bincount(fold[of_subject == number], minlength=NUM_FOLDS)
        assert np.ptp(sizes) <= 1
