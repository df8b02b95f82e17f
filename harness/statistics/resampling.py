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
"""Weights multiplied at a time: 8 MB."""

MAX_KEPT_BYTES = 200_000_000
"""Enough for 10,000 resamples of 10,000 subjects and of their groups on three axes, half a byte each."""

_HALF_BYTE = 15

MAX_BLOCK_WEIGHTS = 32_768
"""Weights counted at a time: few enough for the processor's cache, which halves the time."""

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
        self._left = np.empty(0, dtype=np.uint64)

    def next(self, num: int) -> Ints:
        """The next numbers ``[num]``."""
        found = [self._left]
        missing = num - len(self._left)
        while missing > 0:
            found.append(self._drawn(missing))
            missing -= len(found[-1])
        numbers = found[-1] if len(found) == 2 and not len(found[0]) else np.concatenate(found)
        self._left = numbers[num:].copy()
        return numbers[:num].view(np.int64)

    def _drawn(self, num: int) -> npt.NDArray[np.uint64]:
        """About so many: of each 64 bits the lower half comes first."""
        product = self._bits.random_raw(-(-num // 2)).astype("<u8", copy=False).view("<u4").astype(np.uint64)
        product *= np.uint64(self._num_subjects)
        lower = product.astype(np.uint32)
        if self._least and lower.min() < self._least:
            product = product[lower >= self._least]
        product >>= np.uint64(32)
        return product


def _drawn(draws: _Draws, num_subjects: int, num: int) -> Weights:
    """The next weights ``[num, S]``; in one piece they are the same as in several."""
    weights_bS = np.empty((num, num_subjects), dtype=np.uint8)
    for block in np.array_split(weights_bS, -(-weights_bS.size // MAX_BLOCK_WEIGHTS)):
        drawn = draws.next(block.size).reshape(block.shape)
        drawn += np.arange(len(block))[:, None] * num_subjects
        # Nobody is drawn more than 255 times: of S subjects with a probability below S / 255!.
        block[:] = np.bincount(drawn.ravel(), minlength=block.size).reshape(block.shape)
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
    sums in half the time. Statistics that are zero for every subject are not multiplied. Statistics ``[S, C, K]``
    are multiplied as K matrices ``[S, C]``, so that a metric of one of the K (``sums[..., k]``) reads neighbouring
    numbers.

    Args:
        per_subject_SF: the statistics of each subject, ``[S, *F]``.
    """

    def __init__(self, per_subject_SF: Floats) -> None:
        exact_SF = exact_sums(per_subject_SF)
        self._is_split = exact_SF.ndim > 2
        planes = np.moveaxis(exact_SF, -1, 0) if self._is_split else exact_SF[None]
        self._shape = planes.shape[2:]
        self._planes = [_Plane(plane.reshape(len(plane), -1)) for plane in planes]
        self._kinds: set[type] = {kind for plane in self._planes for kind in plane.kinds}

    @property
    def num(self) -> int:
        """How many statistics there are."""
        return len(self._planes) * math.prod(self._shape)

    def __call__(self, weights_bS: Weights) -> Floats:
        """The sums ``[b, *F]`` for some of the weights that `subject_weights` yields."""
        num = len(weights_bS)
        typed: dict[type, npt.NDArray[Any]] = {kind: np.asarray(weights_bS, dtype=kind) for kind in self._kinds}
        sums = np.zeros((len(self._planes), num, *self._shape))
        for plane, sums_bF in zip(self._planes, sums.reshape(len(sums), num, -1), strict=True):
            for kind, (columns, matrix_SF) in plane.kinds.items():
                sums_bF[:, columns] = typed[kind] @ matrix_SF
        return np.moveaxis(sums, 0, -1) if self._is_split else sums[0]


class _Plane:
    """Statistics ``[S, F]``, those that are not zero, by the precision that their sums need.

    Attributes:
        kinds: type → its columns, as a slice where they are all of them, and their statistics.
    """

    def __init__(self, exact_SF: Floats) -> None:
        largest_F = np.abs(exact_SF).max(axis=0, initial=0.0) * len(exact_SF)
        single_F = (largest_F <= 2**24) & (exact_SF == np.floor(exact_SF)).all(axis=0)
        self.kinds: dict[type, tuple[slice | Ints, npt.NDArray[np.floating[Any]]]] = {}
        for kind, chosen_F in ((np.float32, single_F), (np.float64, ~single_F)):
            columns = np.flatnonzero(chosen_F & (largest_F > 0))
            if len(columns) == len(largest_F):
                self.kinds[kind] = slice(None), exact_SF.astype(kind, order="C")
            elif len(columns):
                self.kinds[kind] = columns, exact_SF[:, columns].astype(kind, order="C")
