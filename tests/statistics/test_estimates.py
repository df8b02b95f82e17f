from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from harness.metrics.calibration import calibration
from harness.metrics.categorical import UNSCORED, categorical
from harness.metrics.conformal import conformal
from harness.metrics.dimensional import dimensional
from harness.metrics.tally import Tally
from harness.statistics.estimates import Estimator, MetricEstimate, estimates
from harness.statistics.intervals import Interval

RECALLS = np.array([0.8, 0.6, 0.4])


def answers(num_subjects: int, seed: int, clips: int = 30) -> Tally:
    """Subjects with recalls of their own around `RECALLS` (beta, intra-class correlation 0.1)."""
    rng = np.random.default_rng(seed)
    subject = np.repeat(np.arange(num_subjects), clips)
    truth = rng.integers(0, 3, num_subjects * clips)
    recall = rng.beta(RECALLS * 9, (1 - RECALLS) * 9, (num_subjects, 3))[subject, truth]
    wrong = np.where(rng.random(len(truth)) < 0.1, UNSCORED, (truth + 1) % 3)
    answer = np.where(rng.random(len(truth)) < recall, truth, wrong)
    return categorical(subject, truth, answer, num_rows=num_subjects, classes=("a", "b", "c"), per_class=True)


def confident(num_subjects: int, clips: int = 40) -> Tally:
    """Subjects of a calibrated system, in three bins."""
    rng = np.random.default_rng(num_subjects)
    subject = np.repeat(np.arange(num_subjects), clips)
    level = rng.choice([0.55, 0.65, 0.75], len(subject))
    right = rng.random(len(subject)) < level
    return calibration(subject, level, right, num_rows=num_subjects, edges=np.array([0.6, 0.7]))


def by_name(tallies: list[Tally], resamples: int = 500, seed: int = 0) -> dict[str, MetricEstimate]:
    return {e.metric: e for e in estimates(tallies, resamples=resamples, level=0.95, seed=seed)}


@pytest.mark.parametrize("num_subjects", [4, 10])
def test_intervals_hold_the_truth_as_often_as_they_say(num_subjects: int) -> None:
    """95 % nominal; 200 runs have a standard error of 1.5 %."""
    truth = {"accuracy": RECALLS.mean(), "uar": RECALLS.mean(), "recall:c": RECALLS[2]}
    held = dict.fromkeys(truth, 0)
    for seed in range(200):
        found = by_name([answers(num_subjects, seed)], resamples=200, seed=seed)
        for name, value in truth.items():
            interval = found[name].interval
            assert interval.lo is not None
            assert interval.hi is not None
            held[name] += interval.lo <= value <= interval.hi
    for name, count in held.items():
        assert 0.89 <= count / 200 <= 0.99, name


def test_the_same_arguments_give_the_same_bytes_whatever_the_threads() -> None:
    rng = np.random.default_rng(0)
    subject = rng.integers(0, 300, 5000)
    moments = dimensional(
        "valence",
        subject,
        rng.uniform(-1, 1, 5000),
        rng.uniform(-1, 1, 5000),
        num_rows=300,
    )
    tallies = [answers(300, 0), moments, confident(300)]
    with threadpool_limits(1):
        one = by_name(tallies)
    with threadpool_limits(4):
        four = by_name(tallies)
    assert one == four
    assert by_name(tallies, seed=1) != one


@pytest.mark.parametrize(("num_subjects", "offset"), [(5, 0.0), (15, 0.0), (15, 0.1), (60, 0.0), (60, 0.2)])
def test_intervals_of_calibration_errors_hold_them_for_a_calibrated_system_too(
    num_subjects: int, offset: float
) -> None:
    """Subjects of 40 clips and intra-class correlation 0.1, over-confident by the offset."""
    rng = np.random.default_rng(num_subjects)
    subject = np.repeat(np.arange(num_subjects), 40)
    held = {"ece": 0, "calibration_error_sq": 0}
    for seed in range(100):
        level = rng.choice([0.55, 0.65, 0.75], len(subject))
        own = rng.normal(0.0, 0.14, num_subjects)[subject]
        right = rng.random(len(subject)) < level + own
        tally = calibration(
            subject, level + offset, right, num_rows=num_subjects, edges=np.array([0.6, 0.7]) + offset
        )
        found = by_name([tally], resamples=300, seed=seed)
        for name, truth in (("ece", offset), ("calibration_error_sq", offset**2)):
            interval = found[name].interval
            assert interval.lo is not None
            assert interval.hi is not None
            held[name] += interval.lo <= truth <= interval.hi
    assert all(90 <= count <= 100 for count in held.values()), held


def test_a_metric_whose_intervals_would_not_hold_has_none_and_says_why() -> None:
    subject = np.repeat(np.arange(12), 5)
    probabilities = np.random.default_rng(0).dirichlet([2.0, 1.0], 60)
    tally = conformal(subject, np.zeros(60, int), probabilities, np.full(60, 0.4), num_rows=12)
    found = by_name([tally])
    assert found["conformal_coverage"].interval.lo is not None
    assert found["conformal_set_size"].value > 1
    assert found["conformal_set_size"].interval.bounds is None
    assert str(found["conformal_set_size"].interval.reason).startswith("resampling subjects does not vary")


def test_families_share_their_resamples() -> None:
    alone = by_name([confident(20)])
    together = by_name([answers(20, 1), confident(20)])
    assert together["ece"] == alone["ece"]


def test_a_metric_rests_on_the_subjects_that_have_its_samples() -> None:
    # Class c occurs in three of the twenty subjects only.
    tally = answers(20, 0)
    tally.sums[3:, 2] = 0
    found = by_name([tally])
    assert found["accuracy"].num_subjects == 20
    assert found["recall:c"].num_subjects == 3
    only = answers(20, 0).rows(np.arange(3))
    assert found["recall:c"].interval == by_name([only])["recall:c"].interval
    assert found["recall:c"].interval.method == "jackknife over subjects, Student's t, logit scale"


@pytest.mark.parametrize(
    ("metric", "least", "where"), [("uar", 10, " of the smallest class"), ("recall:c", 25, "")]
)
def test_an_interval_needs_samples_of_a_class(metric: str, least: int, where: str) -> None:
    for num in (least - 1, least):
        tally = answers(12, 0)
        tally.sums[:, 2] = 0
        tally.sums[:3, 2] = [[3, 5, 5, 0], [2, 3, 3, 0], [0, num - 8, num - 8, 0]]
        interval = by_name([tally])[metric].interval
        reason = f"only {num} of the {least} samples{where} that an interval needs" if num < least else None
        assert (interval.reason, interval.bounds is None) == (reason, num < least)


def test_one_subject_has_a_value_and_no_interval() -> None:
    found = by_name([answers(1, 0)])["accuracy"]
    assert 0 < found.value < 1
    assert found.interval.lo is None
    assert found.interval.reason == "1 subject: no interval"


def test_nothing_to_measure_is_said() -> None:
    tally = answers(8, 0)
    tally.sums[:, :, 2] = 0
    found = by_name([tally])["precision:c"]
    assert np.isnan(found.value)
    assert found.num_subjects == 0
    assert found.interval.reason == "no samples to measure it on"


def test_a_metric_without_samples_rests_on_nothing_and_says_so() -> None:
    absent = MetricEstimate.absent("uar")
    assert np.isnan(absent.value)
    assert (absent.num_samples, absent.num_subjects, absent.num_unscored) == (0, 0, 0)
    assert absent.interval == Interval(None, None, None, "no samples to measure it on")


def test_without_a_number_there_are_as_many_resamples_as_are_cheap() -> None:
    found = estimates([confident(30)], resamples=None, level=0.95, seed=0)
    assert {one.metric: (one.interval.method or "").rpartition(", ")[2] for one in found} == {
        "ece": "10000 resamples",
        "calibration_error_sq": "10000 resamples",
    }
    assert found == estimates([confident(30)], resamples=10_000, level=0.95, seed=0)


def test_only_calibration_errors_depend_on_the_seed_and_only_with_enough_subjects() -> None:
    for num_subjects, varying in ((30, {"ece", "calibration_error_sq"}), (5, set())):
        tallies = [answers(num_subjects, 0), confident(num_subjects)]
        one, other = by_name(tallies, seed=0), by_name(tallies, seed=1)
        assert {name for name in one if one[name] != other[name]} == varying


def test_an_estimator_serves_several_groups() -> None:
    """What it says of a group is what is said of the group alone."""
    people, others = answers(12, 1), answers(9, 2)
    estimator = Estimator([people.metrics], resamples=200, level=0.95, seed=3)
    for tally in (people, others, people):
        assert estimator([tally]) == estimates([tally], resamples=200, level=0.95, seed=3)
