"""How answers to the same sample vary from one time to the next.

Shapes: N samples, T times that each was asked (at least two).
"""

from __future__ import annotations

import numpy as np

from harness.arrays import Bools, Floats, Ints

NO_CONSENSUS = -1
"""The code where no answer was given more often than every other."""


def consensus(answer_NT: Ints) -> Ints:
    """The most frequent answer to each sample ``[N]``; `NO_CONSENSUS` where two are equally frequent.

    Args:
        answer_NT: codes from 0 on; no answer has a code of its own.
    """
    num_NA = _counts(answer_NT)
    most_N = num_NA.max(axis=1)
    is_tied_N = (num_NA == most_N[:, None]).sum(axis=1) > 1
    found: Ints = np.where(is_tied_N, NO_CONSENSUS, num_NA.argmax(axis=1))
    return found


def agreeing_pairs(answer_NT: Ints) -> Floats:
    """The share of the pairs of answers to each sample that are the same ``[N]``, as in Fleiss (1971), eq. 2."""
    num_NA, times = _counts(answer_NT), answer_NT.shape[1]
    pairs_N: Floats = (num_NA * (num_NA - 1)).sum(axis=1) / (times * (times - 1))
    return pairs_N


def within_variance(value_NT: Floats | Bools) -> Floats:
    """The variance of the values of each sample ``[N]``, without bias; NaN where fewer than two are known."""
    known_NT = np.isfinite(value_NT)
    num_N = known_NT.sum(axis=1)
    values_NT = np.where(known_NT, value_NT, 0.0)
    mean_N = values_NT.sum(axis=1) / np.maximum(num_N, 1)
    square_N = (np.where(known_NT, values_NT - mean_N[:, None], 0.0) ** 2).sum(axis=1)
    variance_N: Floats = np.where(num_N > 1, square_N / np.maximum(num_N - 1, 1), np.nan)
    return variance_N


def _counts(answer_NT: Ints) -> Ints:
    """How often each answer was given to each sample ``[N, A]``."""
    num_answers = int(answer_NT.max(initial=0)) + 1
    cell_NT = np.arange(len(answer_NT))[:, None] * num_answers + answer_NT
    counts = np.bincount(cell_NT.ravel(), minlength=len(answer_NT) * num_answers)
    return counts.reshape(len(answer_NT), num_answers)
