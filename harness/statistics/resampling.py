"""Bootstrap of subjects: seeded weights, and the resampled sums of any additive statistics.

Shapes: S subjects, F flattened statistics, B resamples, b resamples in one chunk.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints

FEWEST_RESAMPLES, MOST_RESAMPLES = 2_000, 10_000
"""For intervals that are made of resamples."""

Weights = npt.NDArray[np.uint8]

MAX_CHUNK_WEIGHTS = 1_000_000
"""Weights drawn at a time: 5 MB meanwhile."""

MAX_KEPT_BYTES = 200_000_000
"""Enough for 10,000 resamples of 10,000 subjects and of their groups on three axes, half a byte each."""

_HALF_BYTE = 15

SMALL_PRODUCT = 1_000_000
"""Multiplications of matrices that OpenBLAS multiplies as they are."""

BLOCK_RESAMPLES, FEW_COLUMNS = 50, 50
"""Resamples multiplied at a time where there are at most so many columns."""

MAX_BLOCK_DRAWS = 32_768
"""Subjects drawn at a time: few enough for the processor's cache, which halves the time."""

LEAST_DRAWS = 1_000
DRAWN_VALUES = 150_000_000
"""So many values are computed if `LEAST_DRAWS` do not need more: about a third of a second."""

DRAWS_PER_TEST = 40


def affordable_draws(most: int, values: int, *, least: int = 0) -> int:
    """How many permutations or resamples to draw.

    The Monte Carlo error of a critical value is below 1 % of it with 9,999 draws, and about 2.5 % with 1,000.

    Args:
        most: the most draws, unless at least more are needed.
        values: how many values are computed in each draw: there are fewer draws where that is slow.
        least: the fewest draws, however slow: such as `DRAWS_PER_TEST` for each test that p-values are corrected
            for, so that a corrected p-value can be well below 0.05.
    """
    affordable = min(most, max(LEAST_DRAWS, DRAWN_VALUES // max(values, 1)))
    return max(affordable, least)


def subject_weights(num_subjects: int, resamples: int, seed: int) -> Iterator[Weights]:
    """Yield chunks ``[b, S]`` of how often each subject is drawn, S draws with replacement: Multinomial(S, 1/S).

    The weights are determined by the three arguments, so that all metrics, and two models on the same subjects,
    use the same resamples; those of the last sets of subjects are kept, so that they are drawn once. The size of
    the chunks does not change them; they cannot be written to.
    """
    if num_subjects * resamples // 2 <= MAX_KEPT_BYTES:
        yield from (chunk.weights() for chunk in _kept.chunks(num_subjects, resamples, seed))
    else:
        yield from _chunks(num_subjects, resamples, seed)


class _KeptWeights:
    """The weights that were drawn last, of at most `MAX_KEPT_BYTES` together; several threads may ask for them."""

    def __init__(self) -> None:
        self._chunks: OrderedDict[tuple[int, int, int], Future[list[_KeptChunk]]] = OrderedDict()
        self._lock = Lock()

    def chunks(self, num_subjects: int, resamples: int, seed: int) -> list[_KeptChunk]:
        """Drawn, unless they are kept or another thread is drawing them."""
        key = num_subjects, resamples, seed
        with self._lock:
            found = self._chunks.pop(key, None)
            if found is None:
                self._make_room(num_subjects * resamples // 2)
            drawn = self._chunks[key] = found or Future()  # the last ones make room last
        if found is None:
            try:
                drawn.set_result([_KeptChunk(weights_bS) for weights_bS in _chunks(*key)])
            except BaseException as error:
                drawn.set_exception(error)
                with self._lock:
                    self._chunks.pop(key, None)
        return drawn.result()

    def _make_room(self, num_bytes: int) -> None:
        kept = sum(num_subjects * resamples // 2 for num_subjects, resamples, _ in self._chunks)
        while kept + num_bytes > MAX_KEPT_BYTES:
            num_subjects, resamples, _ = self._chunks.popitem(last=False)[0]
            kept -= num_subjects * resamples // 2


class _KeptChunk:
    """Weights ``[b, S]``: two resamples to a byte, unless anybody is drawn more often than half a byte can say.

    Of 10,000 resamples of 10,000 subjects, that happens in 2 of a million sets.
    """

    def __init__(self, weights_bS: Weights) -> None:
        self._num, self._half = len(weights_bS), -(-len(weights_bS) // 2)
        self._is_halved = weights_bS.max(initial=0) <= _HALF_BYTE
        self._kept = weights_bS
        if self._is_halved:
            self._kept = weights_bS[: self._half].copy()
            self._kept[: self._num - self._half] |= weights_bS[self._half :] << 4

    def weights(self) -> Weights:
        """As they were drawn."""
        if not self._is_halved:
            return self._kept
        weights_bS = np.empty((self._num, self._kept.shape[1]), dtype=np.uint8)
        np.bitwise_and(self._kept, _HALF_BYTE, out=weights_bS[: self._half])
        np.right_shift(self._kept[: self._num - self._half], 4, out=weights_bS[self._half :])
        weights_bS.setflags(write=False)
        return weights_bS


_kept = _KeptWeights()


def _chunks(num_subjects: int, resamples: int, seed: int) -> Iterator[Weights]:
    draws = _Draws(num_subjects, seed)
    rows = max(1, MAX_CHUNK_WEIGHTS // num_subjects)
    for start in range(0, resamples, rows):
        yield _drawn(draws, num_subjects, min(rows, resamples - start))


class _Draws:
    """Numbers below S as ``Generator.integers`` gives them, which takes twice as long.

    Of 32 random bits u, the upper half of u · S is the number. It is left out where the lower half is so small
    that this number would be drawn more often than another (Lemire 2019, doi:10.1145/3230636).
    """

    def __init__(self, num_subjects: int, seed: int) -> None:
        self._num_subjects = num_subjects
        self._bits = np.random.PCG64(np.random.SeedSequence([seed, num_subjects]))
        self._least = (2**32 - num_subjects) % num_subjects
        self._left = np.empty(0, dtype=np.uint32)

    def next(self, num: int) -> npt.NDArray[np.uint32]:
        """The next numbers ``[num]``."""
        numbers, start = np.empty(num, dtype=np.uint32), 0
        while start < num:
            if not len(self._left):
                self._left = self._drawn(min(num - start, MAX_BLOCK_DRAWS))
            taken = self._left[: num - start]
            numbers[start : start + len(taken)] = taken
            self._left = self._left[len(taken) :]
            start += len(taken)
        return numbers

    def _drawn(self, num: int) -> npt.NDArray[np.uint32]:
        """About so many: of each 64 bits the lower half comes first."""
        bits = self._bits.random_raw(-(-num // 2)).astype("<u8", copy=False).view("<u4")
        product = bits.astype("<u8")
        product *= np.uint64(self._num_subjects)
        upper = product.view("<u4")[1::2]
        if self._least:
            lower = bits * np.uint32(self._num_subjects)
            if lower.min() < self._least:
                return upper[lower >= self._least]
        return upper


def _drawn(draws: _Draws, num_subjects: int, num: int) -> Weights:
    """The next weights ``[num, S]``; in one piece they are the same as in several."""
    from scipy.sparse import csr_array  # a tenth of a second that planning a run does not need

    size = num * num_subjects
    once, starts = np.ones(size, dtype=np.uint8), np.arange(0, size + 1, num_subjects, dtype=np.int32)
    drawn = csr_array((once, draws.next(size).view(np.int32), starts), shape=(num, num_subjects))
    # Nobody is drawn more than 255 times: of S subjects with a probability below S / 255!.
    weights_bS: Weights = drawn.toarray()  # who is drawn several times is added up
    weights_bS.setflags(write=False)
    return weights_bS


def exact_sums(per_subject_SF: Floats) -> Floats:
    """Round statistics so that every weighted sum over S draws is exact, whatever the order of addition.

    A column is rounded to multiples of a power of two that is coarse enough for S times its largest value to fit
    into 53 bits. Counts are unchanged. The relative error is below S · 2⁻⁵²; in return, resamples are equal to the
    byte whatever the number of BLAS threads or the processor.
    """
    largest_F = np.abs(per_subject_SF).max(axis=0, initial=0.0) * len(per_subject_SF)
    _, exponent_F = np.frexp(largest_F)
    step_F = np.ldexp(1.0, exponent_F - 52)
    rounded: Floats = np.round(per_subject_SF / step_F) * step_F
    return rounded


class ResampledSums:
    """Exact sums of statistics over resamples of subjects (see `exact_sums`).

    Counts whose sums need no more than the 24 bits of a single-precision number are multiplied as such: the same
    sums in half the time. Statistics that are zero for every subject are not multiplied. The sums of statistics
    ``[S, C, K]`` lie in memory as ``[b, K, C]``, so that a metric of one of the K (``sums[..., k]``) reads
    neighbouring numbers.

    Args:
        per_subject_SF: the statistics of each subject, ``[S, *F]``.
    """

    def __init__(self, per_subject_SF: Floats) -> None:
        exact_SF = exact_sums(per_subject_SF)
        self._is_split = exact_SF.ndim > 2
        if self._is_split:
            exact_SF = np.moveaxis(exact_SF, -1, 1)
        self._shape = exact_SF.shape[1:]
        exact_SF = exact_SF.reshape(len(exact_SF), self.num)
        largest_F = np.abs(exact_SF).max(axis=0, initial=0.0) * len(exact_SF)
        single_F = (largest_F <= 2**24) & (exact_SF == np.floor(exact_SF)).all(axis=0)
        self._parts: list[tuple[Ints, npt.NDArray[np.floating[Any]]]] = []
        for kind, chosen_F in ((np.float32, single_F), (np.float64, ~single_F)):
            columns = np.flatnonzero(chosen_F & (largest_F > 0))
            if len(columns):
                self._parts.append((columns, exact_SF[:, columns].astype(kind, order="C")))

    @property
    def num(self) -> int:
        """How many statistics there are."""
        return math.prod(self._shape)

    def __call__(self, weights_bS: Weights) -> Floats:
        """The sums ``[b, *F]`` for some of the weights that `subject_weights` yields."""
        sums_bF = np.zeros((len(weights_bS), self.num))
        for columns, matrix_SF in self._parts:
            sums_bF[:, columns] = _product(weights_bS, matrix_SF)
        sums = sums_bF.reshape(len(weights_bS), *self._shape)
        return np.moveaxis(sums, 1, -1) if self._is_split else sums


def _product(weights_bS: Weights, matrix_SF: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.floating[Any]]:
    """Exact sums ``[b, F]`` in the precision of the matrix.

    OpenBLAS copies both matrices in an order of its own, which takes longer than to multiply them if there are few
    columns. It does not copy small ones, so weights are multiplied in blocks of `SMALL_PRODUCT` multiplications.
    """
    (num_subjects, num_columns), kind = matrix_SF.shape, matrix_SF.dtype
    if num_columns > FEW_COLUMNS:
        wide: npt.NDArray[np.floating[Any]] = weights_bS.astype(kind) @ matrix_SF
        return wide
    sums_bF = np.zeros((len(weights_bS), num_columns), dtype=kind)
    step = SMALL_PRODUCT // (BLOCK_RESAMPLES * FEW_COLUMNS)
    for row in range(0, len(weights_bS), BLOCK_RESAMPLES):
        rows = slice(row, row + BLOCK_RESAMPLES)
        for start in range(0, num_subjects, step):
            subjects = slice(start, start + step)
            sums_bF[rows] += weights_bS[rows, subjects].astype(kind) @ matrix_SF[subjects]
    return sums_bF
