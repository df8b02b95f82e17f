from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from harness.statistics import resampling
from harness.statistics.resampling import ResampledSums, affordable_draws, exact_sums, subject_weights


def all_weights(num_subjects: int, resamples: int, seed: int) -> np.ndarray:
    return np.concatenate(list(subject_weights(num_subjects, resamples, seed)))


def test_every_resample_draws_as_many_subjects_as_there_are() -> None:
    weights = all_weights(30, 500, seed=0)
    assert weights.shape == (500, 30)
    assert (weights.sum(1) == 30).all()


def test_weights_are_multinomial() -> None:
    weights = all_weights(20, 20_000, seed=0)
    assert weights.mean(0) == pytest.approx(np.ones(20), abs=0.04)
    assert weights.var(0) == pytest.approx(np.full(20, 0.95), abs=0.05)
    covariance = np.cov(weights[:, 0], weights[:, 1])[0, 1]
    assert covariance == pytest.approx(-1 / 20, abs=0.025)


def test_the_seed_alone_decides_and_chunks_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = all_weights(30, 100, seed=7)
    monkeypatch.setattr(resampling, "MAX_CHUNK_WEIGHTS", 30 * 7)
    monkeypatch.setattr(resampling, "_kept", resampling._KeptWeights())
    chunks = list(subject_weights(30, 100, seed=7))
    assert len(chunks) == 15
    assert np.array_equal(np.concatenate(chunks), whole)
    assert not np.array_equal(all_weights(30, 100, seed=8), whole)


def test_chunks_are_bounded_however_many_subjects() -> None:
    first = next(subject_weights(1_000_000, 1000, seed=0))
    assert first.shape == (1, 1_000_000)


def test_counts_are_left_as_they_are() -> None:
    counts = np.random.default_rng(0).integers(0, 1000, (500, 40)).astype(float)
    assert np.array_equal(exact_sums(counts), counts)
    assert np.array_equal(exact_sums(np.zeros((3, 2))), np.zeros((3, 2)))


def test_sums_are_equal_in_any_order_of_addition() -> None:
    rng = np.random.default_rng(0)
    losses = rng.exponential(5.0, (1000, 3)) * np.array([1e-6, 1.0, 1e6])
    weights = rng.integers(0, 5, 1000).astype(float)
    order = rng.permutation(1000)
    exact = exact_sums(losses)
    assert np.array_equal(weights @ exact, weights[order] @ exact[order])
    assert not np.array_equal(weights @ losses, weights[order] @ losses[order])
    np.testing.assert_allclose(exact.sum(0), losses.sum(0), rtol=1e-12)


@pytest.mark.parametrize(
    ("largest", "added"),
    [(1000.0, 0.0), (2.0**21, 0.0), (2.0**30, 0.0), (1000.0, 1 / 3)],
    ids=["few samples", "all of 24 bits", "many samples", "no counts"],
)
def test_sums_of_resamples_are_exact_whatever_precision_they_are_multiplied_in(
    largest: float, added: float
) -> None:
    """Eight subjects of up to 2²¹ samples: their sums reach 2²⁴, the last whole number of single precision."""
    rng = np.random.default_rng(0)
    counts = rng.integers(0, int(largest), (8, 5)) + added
    counts[0, 0] = largest - 1
    weights = all_weights(8, 200, seed=0)
    weights[0] = [8, 0, 0, 0, 0, 0, 0, 0]
    expected = [
        [math.fsum(w * c for w, c in zip(row, column, strict=True)) for column in counts.T] for row in weights
    ]
    found = ResampledSums(counts)(weights)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-14 if added else 0)


def test_counts_fractions_and_zeros_are_summed_beside_each_other() -> None:
    """Columns of each kind, in an order that mixes them, in single statistics and in several per class."""
    rng = np.random.default_rng(3)
    whole, zero, share = rng.integers(0, 9, 12).astype(float), np.zeros(12), rng.random(12)
    table = np.stack([zero, share, whole, 2.0**40 * whole, zero, whole + 1, share / 3], axis=1)
    weights = all_weights(12, 50, seed=0)
    expected = np.array([[math.fsum(row * column) for column in table.T] for row in weights])
    np.testing.assert_allclose(ResampledSums(table)(weights), expected, rtol=1e-14)
    several = np.stack([table, table[:, ::-1], np.zeros_like(table)], axis=2)
    found = ResampledSums(several)(weights)
    np.testing.assert_allclose(found[..., 0], expected, rtol=1e-14)
    np.testing.assert_allclose(found[..., 1], expected[:, ::-1], rtol=1e-14)
    assert not found[..., 2].any()


@pytest.mark.parametrize(
    ("values", "least", "expected"),
    [
        (40, 2_000, 10_000),
        (15_000, 2_000, 10_000),
        (30_000, 2_000, 5_000),
        (1_000_000, 2_000, 2_000),
        (1_000_000, 0, 1_000),
        (40, 80_000, 80_000),
    ],
)
def test_there_are_as_many_draws_as_150_million_values_allow(values: int, least: int, expected: int) -> None:
    assert affordable_draws(10_000, values, least=least) == expected


def draws(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """How many subjects how often, of each time that weights are drawn from now on."""
    counted: list[tuple[int, int]] = []
    drawn = resampling._drawn

    def counting(draws: resampling._Draws, num_subjects: int, num: int) -> resampling.Weights:
        counted.append((num_subjects, num))
        return drawn(draws, num_subjects, num)

    monkeypatch.setattr(resampling, "_drawn", counting)
    monkeypatch.setattr(resampling, "_kept", resampling._KeptWeights())
    return counted


def test_weights_are_drawn_once_for_as_many_subjects(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two models with the same two groups: each group's weights are drawn for the first model alone."""
    counted = draws(monkeypatch)
    for _model in range(2):
        for num_subjects in (50, 70):
            all_weights(num_subjects, 300, seed=0)
    assert counted == [(50, 300), (70, 300)]
    all_weights(50, 300, seed=1)
    assert counted[2:] == [(50, 300)]


def test_weights_are_kept_within_a_bound_and_the_oldest_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resampling, "MAX_KEPT_BYTES", 300 * 50)
    counted = draws(monkeypatch)
    first = all_weights(50, 300, seed=0)
    for num_subjects in (40, 50, 60, 50, 40):
        all_weights(num_subjects, 300, seed=0)
    assert counted == [(50, 300), (40, 300), (60, 300), (50, 300), (40, 300)]
    assert np.array_equal(all_weights(50, 300, seed=0), first)
    monkeypatch.setattr(resampling, "MAX_CHUNK_WEIGHTS", 101 * 100)
    counted.clear()
    larger = all_weights(101, 300, seed=0)
    assert counted == [(101, 100)] * 3
    monkeypatch.undo()
    assert np.array_equal(all_weights(101, 300, seed=0), larger)


def test_threads_that_ask_at_once_get_what_one_of_them_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[int] = []

    def slowly(draws: resampling._Draws, num_subjects: int, num: int) -> resampling.Weights:
        drawn.append(num_subjects)
        time.sleep(0.05)
        return original(draws, num_subjects, num)

    original = resampling._drawn
    monkeypatch.setattr(resampling, "_drawn", slowly)
    kept = resampling._KeptWeights()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: kept.chunks(30, 10, 3), range(4)))
    assert drawn == [30]
    assert all(chunks is found[0] for chunks in found)


def test_weights_that_could_not_be_drawn_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(*_: object) -> resampling.Weights:
        raise MemoryError

    kept = resampling._KeptWeights()
    with monkeypatch.context() as patched:
        patched.setattr(resampling, "_drawn", too_large)
        with pytest.raises(MemoryError):
            kept.chunks(30, 10, 3)
    (chunk,) = kept.chunks(30, 10, 3)
    assert chunk.weights().shape == (10, 30)


@pytest.mark.parametrize("num", [0, 1, 2, 7])
@pytest.mark.parametrize("most", [1, 15, 16, 255])
def test_weights_are_kept_as_they_were_drawn_however_large(num: int, most: int) -> None:
    """Half a byte holds up to 15; where one is larger, all of the chunk are kept as bytes."""
    weights = np.random.default_rng(0).integers(0, most, (num, 9), endpoint=True).astype(np.uint8)
    weights[-1:, -1] = most
    chunk = resampling._KeptChunk(weights.copy())
    assert np.array_equal(chunk.weights(), weights)
    assert chunk._kept.nbytes == (weights.nbytes if num and most > 15 else -(-num // 2) * 9)


def test_weights_that_are_kept_cannot_be_changed() -> None:
    (first,) = subject_weights(20, 50, seed=1)
    with pytest.raises(ValueError, match="read-only"):
        first[0, 0] = 3.0
    (again,) = subject_weights(20, 50, seed=1)
    assert again.sum() == 20 * 50


def test_several_counts_per_class_are_summed_as_one_table_is() -> None:
    """Statistics [S, C, K] have the sums of their flattened columns, also where a count is zero for everybody."""
    rng = np.random.default_rng(2)
    counts_S3K = rng.integers(0, 9, (12, 3, 4)).astype(float)
    counts_S3K[..., 2] = 0.0
    weights = all_weights(12, 40, seed=0)
    found = ResampledSums(counts_S3K)(weights)
    np.testing.assert_array_equal(found, np.einsum("bs,sck->bck", weights, counts_S3K))
    halves = ResampledSums(counts_S3K / 2 + 0.25)
    np.testing.assert_array_equal(halves(weights), np.einsum("bs,sck->bck", weights, counts_S3K / 2 + 0.25))
    assert halves.num == 12


@pytest.mark.parametrize("num_columns", [2, resampling.FEW_COLUMNS, resampling.FEW_COLUMNS + 1])
def test_sums_over_several_blocks_of_resamples_and_subjects_are_exact(num_columns: int) -> None:
    """Few columns are multiplied in blocks, of which the last ones are smaller; many are multiplied as a whole."""
    num_subjects = 2 * resampling.SMALL_PRODUCT // (resampling.BLOCK_RESAMPLES * resampling.FEW_COLUMNS) + 3
    counts = np.random.default_rng(4).integers(0, 20, (num_subjects, num_columns))
    weights = all_weights(num_subjects, 2 * resampling.BLOCK_RESAMPLES + 1, seed=0)
    expected = weights.astype(np.int64) @ counts
    np.testing.assert_array_equal(ResampledSums(counts.astype(float))(weights), expected)
    np.testing.assert_array_equal(ResampledSums(counts / 8)(weights), expected / 8)


@pytest.mark.parametrize("num_subjects", [1, 2, 3, 7, 64, 1000, 10_007])
def test_draws_are_those_of_numpy(num_subjects: int) -> None:
    """Also where many are left out, and where an odd number leaves half of 64 random bits."""
    expected = generator(num_subjects, seed=5).integers(0, num_subjects, size=5001)
    draws = resampling._Draws(num_subjects, seed=5)
    found = [draws.next(num).copy() for num in (3, 1, 0, 1001, 3996)]
    np.testing.assert_array_equal(np.concatenate(found), expected)


@pytest.mark.parametrize("num_subjects", [3 * 2**30, 2**31 + 1])
def test_draws_that_are_left_out_are_those_that_numpy_leaves_out(num_subjects: int) -> None:
    expected = generator(num_subjects, seed=0).integers(0, num_subjects, size=2000)
    draws = resampling._Draws(num_subjects, seed=0)
    found = [draws.next(num).copy() for num in (1, 2, 500, 1497)]
    np.testing.assert_array_equal(np.concatenate(found), expected)


def generator(num_subjects: int, seed: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, num_subjects])))
