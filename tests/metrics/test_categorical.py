from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as sk
from sklearn.dummy import DummyClassifier

from harness.metrics.categorical import (
    OTHER,
    UNSCORED,
    accuracy,
    accuracy_scored,
    categorical,
    count_answers,
    count_per_class,
    f1s,
    macro_f1,
    majority_f1,
    majority_share,
    one_in_classes,
    precisions,
    recalls,
    uar,
)

CLASSES = ("anger", "fear", "joy")


def random_answers(seed: int, num: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Subjects, truth and answers, among them other labels and samples without a score."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, num)
    answer = np.where(rng.random(num) < 0.5, truth, rng.choice([0, 1, 2, OTHER, UNSCORED], num))
    return rng.integers(0, 12, num), truth, answer


def test_a_hand_worked_example() -> None:
    # truth     a a a a | b b b
    # answers   a a b - | b a x      (- no score, x a label that is no class)
    truth = np.array([0, 0, 0, 0, 1, 1, 1])
    answer = np.array([0, 0, 1, UNSCORED, 1, 0, OTHER])
    row = np.zeros(7, dtype=np.int64)
    assert count_answers(row, truth, answer, 1, 2)[0].tolist() == [[2, 1, 0, 1], [1, 1, 1, 0]]
    counts = count_per_class(row, truth, answer, 1, 2)[0]
    assert counts.tolist() == [[2, 4, 3, 1], [1, 3, 2, 0]]
    assert accuracy(counts) == pytest.approx(3 / 7)
    assert accuracy_scored(counts) == pytest.approx(3 / 6)
    assert uar(counts) == pytest.approx((2 / 4 + 1 / 3) / 2)
    assert macro_f1(counts) == pytest.approx((4 / (4 + 3) + 2 / (3 + 2)) / 2)
    assert recalls(counts)[1] == pytest.approx(1 / 3)
    assert precisions(counts)[0] == pytest.approx(2 / 3)


@pytest.mark.parametrize("seed", range(5))
def test_values_equal_scikit_learn(seed: int) -> None:
    subject, truth, answer = random_answers(seed)
    counts = count_per_class(subject, truth, answer, 12, 3).sum(0)
    scored = answer != UNSCORED
    labels = [0, 1, 2]
    assert accuracy(counts) == pytest.approx(sk.accuracy_score(truth, answer))
    assert accuracy_scored(counts) == pytest.approx(sk.accuracy_score(truth[scored], answer[scored]))
    assert uar(counts) == pytest.approx(sk.recall_score(truth, answer, labels=labels, average="macro"))
    assert macro_f1(counts) == pytest.approx(sk.f1_score(truth, answer, labels=labels, average="macro"))
    for index in labels:
        each = {"labels": [index], "average": None}
        assert recalls(counts)[index] == pytest.approx(sk.recall_score(truth, answer, **each)[0])
        assert f1s(counts)[index] == pytest.approx(sk.f1_score(truth, answer, **each)[0])
        assert precisions(counts)[index] == pytest.approx(sk.precision_score(truth, answer, **each)[0])


def test_uar_is_balanced_accuracy_where_every_answer_is_a_class() -> None:
    rng = np.random.default_rng(0)
    truth, answer = rng.integers(0, 3, 200), rng.integers(0, 3, 200)
    counts = count_per_class(np.zeros(200, dtype=np.int64), truth, answer, 1, 3)[0]
    assert uar(counts) == pytest.approx(sk.balanced_accuracy_score(truth, answer))


def test_means_run_over_the_classes_that_occur() -> None:
    # 3 of the 4 of the first class are right, one is called the second; all 4 of the second are right.
    counts = np.array([[3.0, 4, 3, 0], [4, 4, 5, 0], [0, 0, 0, 0]])
    assert uar(counts) == pytest.approx((3 / 4 + 1) / 2)
    assert macro_f1(counts) == pytest.approx((6 / 7 + 8 / 9) / 2)
    assert np.isnan(recalls(counts)[2])


def test_a_class_never_answered_has_no_precision() -> None:
    counts = count_per_class(np.zeros(2, dtype=np.int64), np.array([0, 1]), np.array([0, 0]), 1, 2)[0]
    assert np.isnan(precisions(counts)[1])
    assert macro_f1(counts) == pytest.approx((2 / 3 + 0) / 2)


def test_no_samples_have_no_value() -> None:
    assert all(np.isnan(value(np.zeros((2, 4)))) for value in (accuracy, accuracy_scored, uar, macro_f1))


def test_every_metric_says_what_it_rests_on() -> None:
    subject = np.array([0, 0, 1, 1])
    tally = categorical(
        subject,
        np.array([0, 1, 0, 0]),
        np.array([0, 0, UNSCORED, 1]),
        num_rows=2,
        classes=("a", "b"),
        per_class=True,
    )
    total = tally.sums.sum(0)
    rests_on = {m.name: (float(m.num_samples(total)), float(m.num_unscored(total))) for m in tally.metrics}
    assert rests_on == {
        "accuracy": (4, 1),
        "accuracy_scored": (3, 1),
        "uar": (4, 1),
        "macro_f1": (4, 1),
        "recall:a": (3, 1),
        "precision:a": (2, 1),
        "f1:a": (4, 1),
        "recall:b": (1, 0),
        "precision:b": (1, 1),
        "f1:b": (2, 0),
    }


@pytest.mark.parametrize("seed", range(3))
def test_chance_is_what_scikit_learns_dummies_reach(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, 300, p=[0.2, 0.5, 0.3])
    zeros = np.zeros(300, dtype=np.int64)
    counts = count_per_class(zeros, truth, rng.integers(0, 3, 300), 1, 3)[0]
    always = DummyClassifier(strategy="most_frequent").fit(zeros[:, None], truth).predict(zeros[:, None])
    assert majority_share(counts) == pytest.approx(sk.accuracy_score(truth, always))
    assert one_in_classes(counts) == pytest.approx(sk.recall_score(truth, always, average="macro"))
    expected = sk.f1_score(truth, always, average="macro", zero_division=0)
    assert majority_f1(counts) == pytest.approx(expected)


def test_chance_runs_over_the_classes_that_occur() -> None:
    counts = np.array([[1.0, 1, 1, 0], [3, 3, 3, 0], [0, 0, 0, 0]])
    assert (majority_share(counts), one_in_classes(counts)) == (0.75, 0.5)
    assert np.isnan([majority_share(np.zeros((2, 4))), one_in_classes(np.zeros((2, 4)))]).all()


def test_metrics_of_single_classes_are_there_where_they_are_asked_for() -> None:
    zero = np.zeros(1, int)
    whole, with_classes = (
        categorical(zero, zero, zero, num_rows=1, classes=("a", "b"), per_class=per_class).metrics
        for per_class in (False, True)
    )
    assert [metric.name for metric in whole] == ["accuracy", "accuracy_scored", "uar", "macro_f1"]
    of_a = ["recall:a", "precision:a", "f1:a"]
    of_b = ["recall:b", "precision:b", "f1:b"]
    assert [metric.name for metric in with_classes[4:]] == of_a + of_b
