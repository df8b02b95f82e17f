from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy import optimize, stats

from harness.arrays import Floats
from harness.checks import best_order as module
from harness.checks.best_order import RESAMPLES, BestOrder, best_order
from harness.statistics.resampling import subject_weights


def answers(shares_CU: Floats, *, subjects: int, clips: int, rng: np.random.Generator) -> Floats:
    """Answers of subjects who differ (intra-class correlation 0.1), ``[S, C, U + 2]``."""
    num_classes, num_labels = shares_CU.shape
    counts = np.zeros((subjects, num_classes, num_labels + 2))
    for subject in range(subjects):
        for c in range(num_classes):
            own = rng.dirichlet(9 * shares_CU[c] + 1e-9)
            counts[subject, c, :num_labels] = rng.multinomial(clips, own)
    return counts


def model(num_classes: int, recall: float) -> Floats:
    rest = (1 - recall) / (num_classes - 1)
    return np.full((num_classes, num_classes), rest) + np.eye(num_classes) * (recall - rest)


def ordered(counts_SCK: Floats, seed: int = 0) -> BestOrder:
    return best_order(counts_SCK, np.arange(counts_SCK.shape[1]), level=0.95, seed=seed)


def test_the_gain_is_that_of_the_best_of_all_other_orders() -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 20, (10, 5, 7)).astype(float)
    recalls = counts.sum(0) / counts.sum((0, 2))[:, None]
    others = [order for order in permutations(range(5)) if order != tuple(range(5))]
    best = max(np.mean(recalls[range(5), order] - recalls[range(5), range(5)]) for order in others)
    assert ordered(counts).gain == pytest.approx(best)


def test_two_swapped_labels_are_found_and_named() -> None:
    swapped = model(7, 0.5)[:, [1, 0, 2, 3, 4, 5, 6]]
    rng = np.random.default_rng(1)
    found = [ordered(answers(swapped, subjects=20, clips=4, rng=rng), seed) for seed in range(20)]
    assert sum(one.lo > 0.02 for one in found) >= 18
    assert all(one.cycles[0] == (0, 1) for one in found if one.lo > 0.02)
    assert np.mean([one.gain for one in found]) == pytest.approx(2 * (0.5 - 0.5 / 6) / 7, abs=0.02)


def test_where_the_own_order_is_the_best_no_labels_change_places() -> None:
    found = ordered(answers(model(4, 0.7), subjects=20, clips=8, rng=np.random.default_rng(1)))
    assert found.gain < 0
    assert found.cycles == ()


def test_a_rotation_of_three_labels_is_found() -> None:
    rotated = model(4, 0.6)[:, [1, 2, 0, 3]]
    found = ordered(answers(rotated, subjects=30, clips=8, rng=np.random.default_rng(2)))
    assert found.lo > 0.02
    assert sorted(found.cycles[0]) == [0, 1, 2]


@pytest.mark.parametrize(
    ("shares", "subjects", "clips"),
    [
        (np.full((7, 7), 1 / 7), 8, 8),
        (np.full((7, 7), 1 / 7), 20, 4),
        (np.tile([0.6, 0.2, 0.1, 0.1], (4, 1)), 12, 5),
        (np.array([[0.7, 0.3], [0.7, 0.3]]), 15, 20),
        (np.array([[0.45, 0.45, 0.1], [0.45, 0.45, 0.1], [0.1, 0.1, 0.8]]), 10, 10),
    ],
    ids=["random, 8 subjects", "random, 20 subjects", "one favourite", "two classes", "true confusion"],
)
def test_false_alarms_stay_under_their_level(shares: Floats, subjects: int, clips: int) -> None:
    """Where no order is truly better, 5 % of studies say so at most; 5 of 40 is its 99th percentile."""
    rng = np.random.default_rng(3)
    counts = [answers(shares, subjects=subjects, clips=clips, rng=rng) for _ in range(40)]
    assert sum(ordered(one, seed).lo > 0.02 for seed, one in enumerate(counts)) <= 5


def test_a_label_that_no_sample_has_can_be_the_right_one() -> None:
    shares = np.array([[0.0, 0.1, 0.9], [0.1, 0.9, 0.0]])
    counts = answers(shares, subjects=20, clips=10, rng=np.random.default_rng(4))
    found = ordered(counts)
    assert found.cycles == ((0, 2),)
    assert found.lo > 0.2


def test_the_order_in_which_labels_are_listed_changes_nothing() -> None:
    """Of four labels two are tested: with the others before them or after them, all swaps are looked at."""
    shares = np.array([[0.35, 0.2, 0.05, 0.4], [0.1, 0.4, 0.3, 0.2]])
    counts = answers(shares, subjects=7, clips=10, rng=np.random.default_rng(7))
    tested = np.array([0, 1])
    forth = best_order(counts, tested, level=0.95, seed=0)
    back = best_order(counts[..., [3, 2, 1, 0, 4, 5]], 3 - tested, level=0.95, seed=0)
    for name in ("gain", "lo", "hi", "by_chance"):
        assert getattr(back, name) == pytest.approx(getattr(forth, name), abs=1e-12), name


def test_missing_scores_change_no_order() -> None:
    counts = answers(model(4, 0.5), subjects=20, clips=10, rng=np.random.default_rng(5))
    counts[..., -1] += 10
    assert ordered(counts).hi < 0
    assert ordered(counts) == ordered(counts)


def test_the_swap_of_two_labels_is_bounded_by_students_quantile_of_few_subjects() -> None:
    """Of two classes there is one other order, and its gain over the resamples of six subjects is known."""
    counts = np.random.default_rng(6).integers(1, 9, (6, 2, 4)).astype(float)

    def gains(counts_BCK: Floats) -> Floats:
        shares = counts_BCK / counts_BCK.sum(-1, keepdims=True)
        swapped: Floats = (shares[:, 0, 1] + shares[:, 1, 0] - shares[:, 0, 0] - shares[:, 1, 1]) / 2
        return swapped

    (gain,) = gains(counts.sum(0)[None])
    weights = np.concatenate(list(subject_weights(6, RESAMPLES, 0)))
    error = gains(np.einsum("bs,sck->bck", weights, counts)) - gain
    deviation = error.std() * np.sqrt(6 / 5)
    normal = np.quantile(error / deviation, 0.975)
    reach = stats.t.ppf(stats.norm.cdf(normal), df=5) * deviation
    found = ordered(counts)
    assert found.gain == pytest.approx(gain)
    assert found.hi == pytest.approx(gain + reach)
    tail = stats.norm.cdf(-np.sqrt(6 / 5) * stats.t.ppf(0.975, df=5))  # Hesterberg 2015, as for every interval
    of_all_orders = np.quantile(np.maximum(error, 0.0), 1 - tail)
    assert found.lo == pytest.approx(max(gain - reach, gain - of_all_orders))
    assert found.by_chance == pytest.approx(
        np.quantile(np.maximum(error, 0.0), 1 - stats.norm.cdf(-np.sqrt(6 / 5) * stats.t.ppf(0.95, df=5)))
    )


def test_orders_are_those_of_scipy_however_it_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(8)
    alone = module._linear_sum_assignment.__wrapped__()
    monkeypatch.setattr("harness.checks.best_order.PathFinder.find_spec", lambda *_: None)
    whole = module._linear_sum_assignment.__wrapped__()
    assert alone is not whole
    for _ in range(50):
        recall_UU = rng.integers(0, 5, (6, 6)) / 4  # with many ties
        expected = optimize.linear_sum_assignment(recall_UU, maximize=True)[1]
        for found in (alone, whole):
            np.testing.assert_array_equal(found(recall_UU, maximize=True)[1], expected)
