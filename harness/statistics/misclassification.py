"""The matrix method: what is known of estimated groups, corrected for the errors of the estimate.

Let M be the probabilities P(estimated group | true group), and let the error of the estimate have nothing to do
with the outcome within a true group (non-differential error). The sums over the people estimated to be in a group
are then mixtures of the sums over true groups, Mᵀ times these, and inverting Mᵀ gives the latter (Barron 1977,
doi:10.2307/2529795; Copeland et al. 1977, doi:10.1093/oxfordjournals.aje.a112408; Buonaccorsi 2010, "Measurement
Error", chapter 2). Any metric that is a function of sums is then that of the true groups.

Matrices are inverted by elementary operations on arrays, so that results are equal to the byte on any processor.

Shapes: B resamples, G groups, true or estimated, F statistics.
"""

from __future__ import annotations

import numpy as np

from harness.arrays import Floats
from harness.metrics.tally import ratio

MAX_AMPLIFICATION = 10.0
"""Beyond this, an error of one percentage point in an estimated group may be ten in a true one: the groups can
hardly be told apart by the estimate, and nothing is corrected. With two groups that are mixed up equally, it is
reached where 45 % are."""


def classification(counts_GG: Floats) -> Floats:
    """P(estimated group | true group) from counts ``[..., G, G]`` by true and estimated group.

    Rows sum to one; a row of a true group that nobody is in is NaN.
    """
    return ratio(counts_GG, np.broadcast_to(counts_GG.sum(-1, keepdims=True), counts_GG.shape))


def inverse(matrix_GG: Floats) -> Floats:
    """The inverses of matrices ``[..., G, G]``; NaN for those that have none.

    Gauss-Jordan elimination with partial pivoting.
    """
    num = matrix_GG.shape[-1]
    work_BGK = np.concatenate(
        [matrix_GG, np.broadcast_to(np.eye(num), matrix_GG.shape)], axis=-1, dtype=np.float64
    ).reshape(-1, num, 2 * num)
    every = np.arange(len(work_BGK))
    with np.errstate(invalid="ignore", divide="ignore"):
        for column in range(num):
            pivot_B = column + np.abs(work_BGK[:, column:, column]).argmax(1)
            taken_BK = work_BGK[every, pivot_B]
            work_BGK[every, pivot_B] = work_BGK[:, column]
            work_BGK[:, column] = taken_BK / taken_BK[:, column, None]
            factor_BG = work_BGK[:, :, column].copy()
            factor_BG[:, column] = 0.0
            work_BGK -= factor_BG[..., None] * work_BGK[:, column, None]
    found = work_BGK[..., num:]
    found[~np.isfinite(found).all((1, 2))] = np.nan
    return found.reshape(matrix_GG.shape)


def amplification(inverse_GG: Floats) -> Floats:
    """How many times larger an error can become by the correction: the condition number of M in the maximum norm.

    That of M itself is 1, as its rows sum to one, so it is the largest sum of absolute values in a row of the
    inverse: 1 without errors, 1 / (1 - 2e) if two groups are mixed up with probability e. NaN where there is no
    inverse.
    """
    largest: Floats = np.abs(inverse_GG).sum(-1).max(-1)
    return largest


def true_sums(inverse_GG: Floats, sums_GF: Floats) -> Floats:
    """The sums of true groups ``[..., G, *F]`` from those of estimated ones: the inverse of Mᵀ times these.

    Args:
        inverse_GG: of M, ``[..., G, G]``.
        sums_GF: of estimated groups, ``[..., G, *F]``.
    """
    num, leading = inverse_GG.shape[-1], inverse_GG.ndim - 2
    flat_Gk = sums_GF.reshape(*sums_GF.shape[: leading + 1], -1)
    found_Gk = np.zeros((*inverse_GG.shape[:-1], flat_Gk.shape[-1]))
    for estimated in range(num):  # in this order everywhere: no matrix product of a library, so the same bytes
        found_Gk += inverse_GG[..., estimated, :, None] * flat_Gk[..., estimated, None, :]
    return found_Gk.reshape(*found_Gk.shape[:-1], *sums_GF.shape[leading + 1 :])
