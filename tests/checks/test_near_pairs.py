"""The pairs found are those that brute force finds."""

from __future__ import annotations

import numpy as np
import pytest

from harness.arrays import Floats, Ints
from harness.checks import near_pairs as module
from harness.checks.near_pairs import Fingerprints, near_pairs


def brute_force(prints: Fingerprints, subject: Ints, threshold: float) -> tuple[set[int], set[int]]:
    """Rows with a copy of another subject, and rows with one of their own subject only."""
    values = prints.astype(np.float64)
    length = np.linalg.norm(values, axis=1)
    cosine = values @ values.T / np.outer(np.maximum(length, 1e-9), np.maximum(length, 1e-9))
    near = (cosine >= threshold) & ~np.eye(len(values), dtype=bool) & np.outer(length > 0, length > 0)
    other = subject[:, None] != subject[None, :]
    across = (near & other).any(axis=1)
    return set(np.flatnonzero(across).tolist()), set(np.flatnonzero((near & ~other).any(1) & ~across).tolist())


def unknown(num: int) -> Floats:
    return np.full(num, np.nan)


def planted(seed: int, num: int, spread: float) -> Fingerprints:
    """Random fingerprints around a common one; some rows are copies of others, exact, near, or not near enough."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=256) + spread * rng.normal(size=(num, 256))
    for distance in (0.0, 0.05, 0.2, 0.35):
        source, target = rng.integers(0, num, (2, num // 20))
        values[target] = values[source] + distance * spread * rng.normal(size=(num // 20, 256))
    values[rng.integers(0, num, 3)] = 0.0
    return np.clip(np.round(40 * values / (1 + spread)), -120, 120).astype(np.int8)


@pytest.mark.parametrize("spread", [0.1, 1.0, 10.0])
@pytest.mark.parametrize("seed", range(3))
def test_every_pair_is_found_and_no_other(seed: int, spread: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCK_ROWS", 64)
    monkeypatch.setattr(module, "BLOCK_COLUMNS", 100)
    prints = planted(seed, 400, spread)
    subject = np.random.default_rng(seed).integers(0, 30, 400)
    across, within = brute_force(prints, subject, 0.96)
    found = near_pairs(prints, subject, unknown(400), 0.96)
    assert set(np.flatnonzero(found.across).tolist()) == across
    assert set(np.flatnonzero(found.within).tolist()) <= within | across
    assert across
    # A row whose only copy has several subjects behind it counts as a copy across subjects.
    assert within <= set(np.flatnonzero(found.within | found.across).tolist())


def test_examples_are_pairs_of_their_kind() -> None:
    prints = np.random.default_rng(0).integers(-100, 100, (6, 256)).astype(np.int8)
    prints[3], prints[4], prints[5] = prints[0], prints[1], prints[1]
    found = near_pairs(prints, np.array([0, 1, 2, 0, 2, 2]), unknown(6), 0.96)
    assert found.examples_within in (((0, 3), (4, 5)), ((4, 5), (0, 3)))
    assert found.examples_across == ((1, 4),)
    assert np.flatnonzero(found.across).tolist() == [1, 4, 5]
    assert np.flatnonzero(found.within).tolist() == [0, 3]


@pytest.mark.parametrize("of_one", [True, False], ids=["within", "across"])
def test_the_examples_are_the_pairs_that_are_most_alike(of_one: bool) -> None:
    rng = np.random.default_rng(1)
    prints = (rng.integers(-100, 100, 256) + rng.integers(-9, 10, (8, 256)) * np.arange(1, 9)[:, None] / 4).astype(
        np.int8
    )
    values = prints.astype(np.float64)
    unit = values / np.linalg.norm(values, axis=1, keepdims=True)
    pairs = [(i, j) for i in range(8) for j in range(i + 1, 8)]
    best = sorted(pairs, key=lambda pair: -unit[pair[0]] @ unit[pair[1]])[:3]
    found = near_pairs(prints, np.zeros(8, int) if of_one else np.arange(8), unknown(8), 0.9)
    assert (found.examples_within, found.examples_across)[:: 1 if of_one else -1] == (tuple(best), ())


def test_recordings_of_another_length_are_no_copies() -> None:
    first = np.random.default_rng(0).integers(-100, 100, 256)
    prints = np.stack([first, first + 1, first + 2]).astype(np.int8)
    found = near_pairs(prints, np.arange(3), np.array([2.0, 2.02, 2.2]), 0.96)
    assert np.flatnonzero(found.across).tolist() == [0, 1]


@pytest.mark.parametrize("num", [0, 1])
def test_there_is_no_pair_of_less_than_two(num: int) -> None:
    found = near_pairs(np.ones((num, 256), np.int8), np.zeros(num, np.int64), unknown(num), 0.96)
    assert found.across.tolist() == [False] * num
    assert found.examples_within == ()


def test_many_that_are_all_alike_cost_no_more_than_a_few_comparisons_each() -> None:
    rng = np.random.default_rng(0)
    prints = np.clip(rng.integers(-100, 100, 256) + rng.integers(-2, 3, (9_000, 256)), -120, 120).astype(np.int8)
    found = near_pairs(prints, np.arange(9_000) % 100, unknown(9_000), 0.96)
    assert found.across.all()


def test_what_reaches_the_threshold_is_a_copy() -> None:
    """(3, 4) and (4, 3) have the cosine 24/25."""
    prints = np.zeros((2, 256), np.int8)
    prints[0, :2], prints[1, :2] = (3, 4), (4, 3)
    for threshold, is_copy in ((0.96, True), (0.9601, False)):
        found = near_pairs(prints, np.array([0, 1]), unknown(2), threshold)
        assert found.across.tolist() == [is_copy, is_copy]
