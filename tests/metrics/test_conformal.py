from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest

from harness.metrics import conformal as module
from harness.metrics.conformal import conformal, thresholds, thresholds_of


def plain_threshold(subject: np.ndarray, right: np.ndarray, left_out: int) -> float:
    """Equation by equation: the greatest p that the others' weighted share above it reaches 90 %."""
    others = sorted(set(subject.tolist()) - {left_out})
    for least in sorted(right[subject != left_out], reverse=True):
        share = sum((right[subject == other] >= least).mean() for other in others) / (len(others) + 1)
        if share >= 0.9 - 1e-9:
            return float(least)
    return -np.inf


@pytest.mark.parametrize(("subjects", "seed"), [(12, 0), (20, 1), (25, 2)])
def test_thresholds_equal_the_definition(subjects: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    subject = np.concatenate([np.arange(subjects), rng.integers(0, subjects, 120)])
    right = np.round(rng.beta(4, 2, len(subject)), 2)
    found = thresholds(subject, right, num_subjects=subjects)
    expected = [plain_threshold(subject, right, each) for each in range(subjects)]
    assert found.tolist() == pytest.approx(expected)


def test_fewer_than_ten_subjects_cannot_give_ninety_per_cent() -> None:
    right = np.full(10, 0.7)
    assert thresholds(np.arange(9), right[:9], num_subjects=9).tolist() == [-np.inf] * 9
    assert thresholds(np.arange(10), right, num_subjects=10).tolist() == [0.7] * 10
    assert thresholds(np.arange(9), right[:9], num_subjects=10).tolist() == [-np.inf] * 9 + [0.7]
    assert thresholds(np.array([0, 1]), np.full(2, np.nan), num_subjects=2).tolist() == [-np.inf] * 2


def test_a_new_subjects_sample_is_covered_at_ninety_per_cent() -> None:
    """Subjects differ in how hard they are; the mean over many studies is at the target, and little above it."""
    rng = np.random.default_rng(5)
    covered = []
    for _ in range(300):
        subject = np.repeat(np.arange(30), rng.integers(1, 30, 30))
        right = rng.beta(1 + 4 * rng.random(30)[subject], 2)
        least = thresholds(subject, right, num_subjects=30)
        share = np.bincount(subject, right >= least[subject]) / np.bincount(subject)
        covered.append(share.mean())
    assert 0.895 < np.mean(covered) < 0.94


def test_order_and_names_of_subjects_change_nothing() -> None:
    rng = np.random.default_rng(6)
    subject, right = rng.integers(0, 20, 400), rng.random(400)
    before = thresholds(subject, right, num_subjects=20)
    order, names = rng.permutation(400), rng.permutation(20)
    after = thresholds(names[subject][order], right[order], num_subjects=20)
    assert after[names].tolist() == before.tolist()


def test_sets_are_counted() -> None:
    # At a threshold of 0.3 the sets are {0}, {0, 1} and {1, 2}: the second and the third hold the truth.
    scores = np.array([[0.8, 0.1, 0.1], [0.5, 0.4, 0.1], [0.2, 0.4, 0.4], [np.nan] * 3])
    tally = conformal(np.array([0, 0, 1, 1]), np.array([1, 1, 2, 0]), scores, np.full(4, 0.3), num_rows=2)
    coverage, size = tally.metrics
    total = tally.sums.sum(0)
    assert coverage.value(total) == pytest.approx(2 / 3)
    assert size.value(total) == pytest.approx(5 / 3)
    assert (coverage.num_samples(total), coverage.num_unscored(total)) == (3, 1)
    assert size.high == 3


def test_a_subject_without_samples_learns_from_all_the_others() -> None:
    """Nine of ten others weigh 9/11 and ten 10/11: for 90 % all of them are needed."""
    right = np.arange(10, 0, -1) / 10
    assert thresholds(np.arange(10), right, num_subjects=11)[10] == 0.1


def test_equal_samples_are_kept_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a million samples of one probability take 16 bytes each if all are kept, and more to sort them."""
    monkeypatch.setattr(module, "MAX_IN_MEMORY", 10_000)
    monkeypatch.setattr(module, "CELL_BITS", 12)
    subject, right = np.arange(5_000) % 12, np.full(5_000, 0.5)

    def pieces() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        return ((subject, right) for _ in range(100))

    tracemalloc.start()
    found = thresholds_of(pieces, num_subjects=12)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found.tolist() == [0.5] * 12
    assert most < 3e6
