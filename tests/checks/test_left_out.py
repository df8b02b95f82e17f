from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import recall_score
from sklearn.naive_bayes import CategoricalNB

from harness.arrays import Ints
from harness.checks.left_out import NUM_FOLDS, guessed_from, stratified_folds
from harness.metrics.categorical import categorical
from harness.statistics.estimates import MetricEstimate, estimates
from harness.statistics.intervals import ALL_ALIKE


def told(codes: list[Ints], target: Ints, clips: int) -> MetricEstimate:
    subject = np.repeat(np.arange(len(target) // clips), clips)
    guesses = guessed_from(codes, target, subject, num_targets=int(target.max()) + 1, seed=0)
    found = guesses.uar_estimate(0.95)
    assert guesses.uar == found.value
    return found


def told_by_scikit_learn() -> tuple[list[Ints], Ints, Ints]:
    """Properties, target, and what naive Bayes on the other folds makes of them.

    With classes of equal size and smoothing of no weight, it is the same as ours.
    """
    rng = np.random.default_rng(0)
    target = np.tile([0, 1, 2], 200)
    codes = [rng.integers(0, 4, 600), (target + rng.integers(0, 3, 600)) % 5]
    fold = stratified_folds(np.zeros(50, int), NUM_FOLDS, seed=0)[np.repeat(np.arange(50), 12)]
    expected, features = np.empty(600, int), np.column_stack(codes)
    for number in range(NUM_FOLDS):
        held_out = fold == number
        bayes = CategoricalNB(alpha=0.01, class_prior=[1 / 3] * 3, min_categories=[4, 5])
        expected[held_out] = bayes.fit(features[~held_out], target[~held_out]).predict(features[held_out])
    return codes, target, expected


def test_it_is_naive_bayes_on_the_other_subjects() -> None:
    codes, target, expected = told_by_scikit_learn()
    assert told(codes, target, 12).value == pytest.approx(recall_score(target, expected, average="macro"))


def test_single_classes_are_judged_by_recall_less_false_guesses() -> None:
    codes, target, expected = told_by_scikit_learn()
    subject = np.repeat(np.arange(50), 12)
    guesses = guessed_from(codes, target, subject, num_targets=3, seed=0)
    found = guesses.class_estimates(0.95)
    for index, one in enumerate(found):
        recall = (expected[target == index] == index).mean()
        false = (expected[target != index] == index).mean()
        assert one.value == pytest.approx(recall - false)
        assert one.interval.lo is not None
        assert one.interval.lo < one.value
    at_99 = guesses.class_estimates(0.99)
    assert at_99[0].interval.lo < found[0].interval.lo  # type: ignore[operator]


def test_its_interval_is_wider_than_that_of_answers_from_elsewhere() -> None:
    """By √(1 + 10/9) = 1.453 for ten folds, on each side of the value (Nadeau & Bengio 2003)."""
    codes, target, expected = told_by_scikit_learn()
    found = told(codes, target, 12)
    answers = categorical(
        np.repeat(np.arange(50), 12), target, expected, num_rows=50, classes=["0", "1", "2"], per_class=False
    )
    plain = next(e for e in estimates([answers], resamples=2000, level=0.95, seed=0) if e.metric == "uar")
    assert plain.interval.lo is not None
    assert plain.interval.hi is not None
    assert found.interval.lo == pytest.approx(found.value - 1.4529663 * (plain.value - plain.interval.lo))
    assert found.interval.hi == pytest.approx(found.value + 1.4529663 * (plain.interval.hi - plain.value))
    assert found.interval.method == f"{plain.interval.method}, widened for cross-fitting"


def test_the_wider_interval_stays_between_0_and_1() -> None:
    """All but one of 20 people can be told; the upper end of a plain interval is at 1 already."""
    target = np.tile([0, 1], 40)
    code = target.copy()
    code[:4] = 1 - code[:4]
    found = told([code], target, 4)
    assert found.value == pytest.approx(0.95)
    assert found.interval.hi == 1.0


def test_where_everybody_is_alike_the_exact_bound_stays_as_it_is() -> None:
    """All of 30 people are told right: with confidence 97.5 %, so are at least 0.025^(1/30) of all people."""
    target = np.tile([0, 1], 60)
    found = told([target.copy()], target, 4)
    assert (found.value, found.interval.method) == (1.0, ALL_ALIKE)
    assert found.interval.lo == pytest.approx(0.025 ** (1 / 30))


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
