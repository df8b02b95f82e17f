"""Matching: pairs of samples from two groups that are alike in what they could differ by.

Shapes: N samples, n of one group, P pairs, Q covariates.
"""

from __future__ import annotations

import numpy as np

from harness.arrays import Bools, Floats, Ints

CALIPER_SD = 0.2
"""In standard deviations of the propensity's logit, pooled over the groups (Austin 2011, doi:10.1002/pst.433)."""

PRIOR_PRECISION = 1.0
"""Of the coefficients of standardised covariates, about zero: groups that do not overlap at all stay finite."""

_STEPS = 25


def propensity_logit(covariate_NQ: Floats, is_left_N: Bools) -> Floats:
    """The log odds ``[N]`` of being of the left group given the covariates, by logistic regression.

    Samples of equal propensity have, on average, equal covariates in both groups (Rosenbaum & Rubin 1983,
    doi:10.1093/biomet/70.1.41).

    Args:
        covariate_NQ: finite.
        is_left_N: the group of each sample; both groups occur.
    """
    sd_Q = covariate_NQ.std(axis=0)
    scaled_NQ = (covariate_NQ - covariate_NQ.mean(axis=0)) / np.where(sd_Q > 0, sd_Q, 1.0)
    design_Nq = np.column_stack([np.ones(len(scaled_NQ)), scaled_NQ])
    prior_q = np.r_[0.0, np.full(scaled_NQ.shape[1], PRIOR_PRECISION)]
    coefficient_q = np.zeros(design_Nq.shape[1])
    for _ in range(_STEPS):
        share_N = 1.0 / (1.0 + np.exp(-design_Nq @ coefficient_q))
        gradient_q = design_Nq.T @ (is_left_N - share_N) - prior_q * coefficient_q
        curvature_qq = (design_Nq * (share_N * (1.0 - share_N))[:, None]).T @ design_Nq + np.diag(prior_q)
        step_q = np.linalg.solve(curvature_qq, gradient_q)
        coefficient_q += step_q
        if np.abs(step_q).max() < 1e-10:
            break
    logit_N: Floats = design_Nq @ coefficient_q
    return logit_N


def nearest_pairs(left_n: Floats, right_n: Floats, caliper: float, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Pair values one to one: each of the left, in random order, takes the nearest of the right that is free.

    Args:
        left_n: of one group.
        right_n: of the other.
        caliper: pairs differ by no more.
        rng: gives the order, and decides which of several equal ones is taken.

    Returns:
        Indices into both, ``[P]`` each.
    """
    shuffled = rng.permutation(len(right_n))
    order = shuffled[np.argsort(right_n[shuffled], kind="stable")]
    sorted_n = right_n[order]
    free = _FreePlaces(len(order))
    pairs = []
    for one in rng.permutation(len(left_n)).tolist():
        place = int(np.searchsorted(sorted_n, left_n[one]))
        below, above = free.at_or_below(place - 1), free.at_or_above(place)
        near = [(abs(float(sorted_n[at] - left_n[one])), at) for at in (below, above) if 0 <= at < len(order)]
        distance, at = min(near, default=(np.inf, -1))
        if distance <= caliper:
            free.take(at)
            pairs.append((one, int(order[at])))
    left_P, right_P = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    return left_P, right_P


class _FreePlaces:
    """Which of a row of places are free, found from either side of a taken one without passing all taken ones."""

    def __init__(self, num: int) -> None:
        self._above = [*range(num + 1)]
        self._below = [*range(num + 1)]  # shifted by one, so that there is one before the first

    def at_or_above(self, place: int) -> int:
        return _followed(self._above, place)

    def at_or_below(self, place: int) -> int:
        return _followed(self._below, place + 1) - 1

    def take(self, place: int) -> None:
        self._above[place] = place + 1
        self._below[place + 1] = place


def _followed(links: list[int], start: int) -> int:
    end = start
    while links[end] != end:
        end = links[end]
    while links[start] != end:
        links[start], start = end, links[start]
    return end


def largest_imbalance(left_nQ: Floats, right_nQ: Floats) -> float:
    """The largest standardised difference of means among covariates, in pooled standard deviations.

    Below 0.1 groups are usually taken for balanced (Austin 2009, doi:10.1002/sim.3697).
    """
    sd_Q = np.sqrt((left_nQ.var(axis=0) + right_nQ.var(axis=0)) / 2.0)
    difference_Q = np.abs(left_nQ.mean(axis=0) - right_nQ.mean(axis=0))
    return float(np.max(np.divide(difference_Q, sd_Q, out=np.zeros_like(sd_Q), where=sd_Q > 0)))
