"""Against a slow search by hand, and by simulation: it flags what is there, and else is silent."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from harness.arrays import Floats, Ints
from harness.statistics import search as module
from harness.statistics.search import Found, search
from harness.statistics.search_cells import MAX_SEARCH_CELLS, NO_GROUP, enumerate_cells


def people(rng: np.random.Generator, num: int, rate_S: Floats | float = 0.6) -> tuple[Floats, Floats, Ints]:
    """Right answers, samples and two attributes of people with an ICC of 0.1."""
    codes_SA = np.stack([rng.choice(2, num), rng.choice(4, num, p=[0.4, 0.3, 0.2, 0.1])], axis=1)
    samples_S = rng.integers(5, 60, num)
    chance_S = rng.beta(9 * np.asarray(rate_S), 9 * (1 - np.asarray(rate_S)), num)
    return rng.binomial(samples_S, chance_S).astype(float), samples_S.astype(float), codes_SA


def look(right: Floats, samples: Floats, codes: Ints, **changed: object) -> Found:
    choices = {"depth": 2, "min_subjects": 5, "permutations": 199, "level": 0.95, "seed": 0, **changed}
    return search(right, samples, codes, **choices)


def test_a_worse_intersection_is_flagged_with_its_difference() -> None:
    rng = np.random.default_rng(0)
    right, samples, codes = people(rng, 600)
    hit = (codes[:, 0] == 1) & (codes[:, 1] == 2)
    right[hit] = np.floor(right[hit] * 0.7)
    found = look(right, samples, codes)
    first = found.flags[0]
    assert first.parts == ((0, 1), (1, 2))
    expected = right[hit].sum() / samples[hit].sum() - right[~hit].sum() / samples[~hit].sum()
    assert first.difference == pytest.approx(expected)
    assert first.num_subjects == hit.sum()
    assert first.p_adjusted == 1 / 200
    assert abs(first.difference) > first.band > 0
    assert [abs(f.statistic) for f in found.flags] == sorted((abs(f.statistic) for f in found.flags), reverse=True)


def test_of_equal_clips_the_statistic_is_welchs() -> None:
    rng = np.random.default_rng(1)
    right = rng.binomial(20, rng.beta(5, 4, 50)).astype(float)
    codes = np.repeat([0, 1], [15, 35])[:, None]
    right[:15] -= 8
    (flag, other) = look(right, np.full(50, 20.0), codes, depth=1).flags
    expected = stats.ttest_ind(right[:15], right[15:], equal_var=False)
    assert {flag.parts, other.parts} == {((0, 0),), ((0, 1),)}
    assert 2 * stats.norm.sf(abs(flag.statistic)) == pytest.approx(expected.pvalue, rel=0.05)
    mean, error = (right[:15].mean() - right[15:].mean()) / 20, expected.statistic
    assert abs(flag.difference) == pytest.approx(abs(mean))
    assert flag.band / abs(mean) < 1 < abs(error)


def test_cells_are_all_combinations_of_values_known() -> None:
    rng = np.random.default_rng(2)
    codes = np.stack([rng.choice(2, 300), rng.integers(-1, 3, 300), rng.choice(3, 300)], axis=1)
    cells = enumerate_cells(codes, np.arange(300), 2, 5)
    by_hand = {}
    for size in (1, 2):
        for attributes in itertools.combinations(range(3), size):
            for values in itertools.product(range(3), repeat=size):
                inside = (codes[:, attributes] == values).all(1)
                if inside.any():
                    by_hand[tuple(zip(attributes, values, strict=True))] = inside.sum()
    assert dict(zip(cells.parts, cells.num_subjects, strict=True)) == by_hand
    assert NO_GROUP == -1


def test_small_cells_are_skipped_and_counted() -> None:
    rng = np.random.default_rng(3)
    right, samples, codes = people(rng, 60)
    found = look(right, samples, codes, min_subjects=10)
    sizes = [((codes == c) | np.isnan(c)).all(1).sum() for c in _all_cells()]
    assert found.num_skipped == sum(0 < size < 10 for size in sizes)
    assert found.num_cells == sum(10 <= size <= 50 for size in sizes)


def _all_cells() -> list[Floats]:
    first, second = [0, 1, np.nan], [0, 1, 2, 3, np.nan]
    return [np.array(pair) for pair in itertools.product(first, second) if not np.isnan(pair).all()]


def test_the_same_people_under_a_longer_name_are_looked_at_once() -> None:
    codes = np.repeat([[0, 0], [1, 1]], 10, axis=0)
    assert enumerate_cells(codes, np.arange(20), 2, 5).parts == (((0, 0),), ((0, 1),))


def test_nothing_to_look_at() -> None:
    found = look(np.ones(6), np.ones(6), np.zeros((6, 1), dtype=np.int64))
    assert (found.flags, found.num_cells, found.num_skipped) == ((), 0, 1)


def test_nothing_varies() -> None:
    codes = np.repeat([0, 1], 10)[:, None]
    assert look(np.full(20, 3.0), np.full(20, 3.0), codes).flags == ()


def test_too_few_permutations_flag_nothing() -> None:
    codes = np.repeat([0, 1], 10)[:, None]
    assert look(codes[:, 0] * 3.0 + np.arange(20) % 2, np.full(20, 4.0), codes, permutations=10).flags == ()


def test_the_size_of_chunks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven chunks of 30 permutations would be 210."""
    rng = np.random.default_rng(0)
    right, samples, codes = people(rng, 60)
    right[codes[:, 0] == 1] = np.floor(right[codes[:, 0] == 1] * 0.5)
    whole = look(right, samples, codes)
    monkeypatch.setattr(module, "MAX_CHUNK_SUMS", 30 * module.NUM_SUMS * 60)
    assert whole.flags
    assert look(right, samples, codes) == whole


@pytest.mark.parametrize("num", [1, 2, 5])
def test_the_number_of_threads_changes_nothing(num: int, monkeypatch: pytest.MonkeyPatch) -> None:
    right, samples, codes = people(np.random.default_rng(3), 200)
    monkeypatch.setattr("harness.statistics.search.MAX_CHUNK_SUMS", 20_000)
    expected = look(right, samples, codes)
    monkeypatch.setattr("harness.statistics.threads.num_threads", lambda: num)
    assert look(right, samples, codes) == expected


def test_with_too_many_cells_it_stops_at_the_depth_before() -> None:
    codes = np.random.default_rng(5).integers(0, 25, (3000, 4))
    cells = enumerate_cells(codes, np.arange(3000), 3, 5)
    assert (cells.depth, len(cells.parts)) == (1, 100)
    assert enumerate_cells(codes[:, :3], np.arange(3000), 3, 1).depth == 2
    assert len(enumerate_cells(codes[:, :3], np.arange(3000), 3, 1).parts) <= MAX_SEARCH_CELLS
    assert (
        enumerate_cells(np.arange(MAX_SEARCH_CELLS + 1)[:, None], np.arange(MAX_SEARCH_CELLS + 1), 1, 1).parts
        == ()
    )


def test_neither_the_order_of_attributes_nor_a_shift_of_the_rate_changes_a_difference() -> None:
    rng = np.random.default_rng(4)
    right, samples, codes = people(rng, 200, rate_S=0.6)
    right[codes[:, 0] == 1] *= 0.7
    plain, shifted = look(right, samples, codes), look(right - 0.5 * samples, samples, codes)
    assert [f.parts for f in plain.flags] == [f.parts for f in shifted.flags]
    assert [f.difference for f in plain.flags] == pytest.approx([f.difference for f in shifted.flags])
    turned = look(right, samples, codes[:, ::-1])
    assert turned.threshold == pytest.approx(plain.threshold, rel=0.1)
    assert look(right, samples, codes) == plain


@pytest.mark.parametrize(("num", "within"), [(30, False), (80, False), (40, True)])
def test_family_wise_error(num: int, within: bool) -> None:
    """Of people who are alike, 5 % of searches flag somebody; Monte Carlo s.e. 1 %."""
    rng, runs, flagged = np.random.default_rng(num), 500, 0
    for run in range(runs):
        right, samples, codes = people(rng, num)
        subject = np.arange(num)
        if within:
            subject = np.repeat(subject, rng.integers(1, 4, num))
            light = np.concatenate([rng.permutation(3)[:n] for n in np.bincount(subject)])
            rate = right[subject] / samples[subject]
            right, codes = rng.binomial(10, rate).astype(float), np.column_stack([codes[subject], light])
            samples = np.full(len(subject), 10.0)
        flagged += bool(look(right, samples, codes, permutations=99, seed=run, subject_R=subject).flags)
    assert 0.025 <= flagged / runs <= 0.075
