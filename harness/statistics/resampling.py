"""Bootstrap of subjects: seeded weights, and the resampled sums of any additive statistics.

Shapes: S subjects, F flattened statistics, B resamples, b resamples in one chunk.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats

MAX_CHUNK_WEIGHTS = 1_000_000
"""Weights in memory at a time: 8 MB."""

MAX_BLOCK_WEIGHTS = 32_768
"""Weights counted at a time: few enough for the processor's cache, which halves the time."""

LEAST_DRAWS = 1_000
DRAWN_VALUES = 150_000_000
"""So many values are computed if `LEAST_DRAWS` do not need more: about a third of a second."""

DRAWS_PER_TEST = 40


def subject_weights(num_subjects: int, resamples: int, seed: int) -> Iterator[Floats]:
    """Yield chunks ``[b, S]`` of how often each subject is drawn, S draws with replacement: Multinomial(S, 1/S).

    The weights are determined by the three arguments, so that all metrics, and two models on the same subjects,
    use the same resamples. The size of the chunks does not change them.
    """
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, num_subjects])))
    rows = max(1, MAX_CHUNK_WEIGHTS // num_subjects)
    for start in range(0, resamples, rows):
        weights_bS = np.empty((min(rows, resamples - start), num_subjects))
        for block in np.array_split(weights_bS, -(-weights_bS.size // MAX_BLOCK_WEIGHTS)):
            drawn = rng.integers(0, num_subjects, size=block.shape)
            drawn += np.arange(len(block))[:, None] * num_subjects
            block[:] = np.bincount(drawn.ravel(), minlength=block.size).reshape(block.shape)
        yield weights_bS


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
    sums in half the time.

    Args:
        per_subject_SF: the statistics of each subject.
    """

    def __init__(self, per_subject_SF: Floats) -> None:
        exact_SF = exact_sums(per_subject_SF)
        largest = np.abs(exact_SF).max(initial=0.0) * len(exact_SF)
        is_single = largest <= 2**24 and np.array_equal(exact_SF, np.floor(exact_SF))
        self._exact_SF: npt.NDArray[np.floating] = exact_SF.astype(np.float32) if is_single else exact_SF

    def __call__(self, weights_bS: Floats) -> Floats:
        """The sums ``[b, F]`` for some of the weights that `subject_weights` yields."""
        sums: Floats = np.matmul(weights_bS.astype(self._exact_SF.dtype, copy=False), self._exact_SF)
        return sums.astype(np.float64, copy=False)


def affordable_draws(most: int, values: int, num_tests: int = 0) -> int:
    """How many draws of a null distribution to make.

    The Monte Carlo error of a critical value is below 1 % of it with 9,999 draws, and about 2.5 % with 1,000.

    Args:
        most: the most draws, unless many tests need more.
        values: how many values are computed in each draw: there are fewer draws where that is slow.
        num_tests: how many tests p-values are corrected for; there are at least `DRAWS_PER_TEST` draws for each,
            so that a corrected p-value can be well below 0.05.
    """
    affordable = min(most, max(LEAST_DRAWS, DRAWN_VALUES // max(values, 1)))
    return max(affordable, DRAWS_PER_TEST * num_tests)
