"""Small intersections: each cell's value shrunk towards the additive prediction from its attributes.

The value of a cell of five people is mostly noise. The model is a multilevel one (MAIHDA: Evans et al. 2018,
doi:10.1016/j.socscimed.2017.11.011) in the form of Fay & Herriot 1979 (doi:10.1080/01621459.1979.10482505). It
only needs a value and a standard error per cell, so it works for every metric: value = additive effects of the
attributes + interaction of the cell + sampling error. With one attribute, groups vary around their mean.

The variance of the interactions is not fixed at its estimate, which is often 0 and would then understate the
uncertainty. It is averaged over its posterior under the uniform shrinkage prior (Daniels 1999,
doi:10.2307/3316092), a one-dimensional integral.

Shapes: G cells, A attributes, P parameters, T values of the interactions' variance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import fdtrc, ndtr, ndtri, stdtrit

from harness.arrays import Floats, Ints
from harness.statistics.intervals import Range
from harness.statistics.threads import one_thread

SHRINKAGE = "shrunken to additive effects (Fay-Herriot, uniform shrinkage prior)"
ALONE = "additive effects only: no subjects to measure it on"
NUM_VARIANCES = 200
NO_BOUNDS = Range(-np.inf, np.inf)


@dataclass(frozen=True)
class Shrunken:
    """The cells after shrinkage.

    Attributes:
        value: ``[G]``, posterior means; the additive prediction for a cell without a value; NaN if one of its
            attribute values occurs in no other cell with a value.
        lo: ``[G]``, of the equal-tailed posterior interval.
        hi: ``[G]``.
        predicted_only: ``[G]``, whether the cell has no value of its own.
        between_sd: the standard deviation of the interactions (most likely value).
        interaction_p: the p-value of the test that it is 0; NaN if there are no degrees of freedom left.
        method: of the cells with a value; for the others it is `ALONE`.
    """

    value: Floats
    lo: Floats
    hi: Floats
    predicted_only: npt.NDArray[np.bool_]
    between_sd: float
    interaction_p: float
    method: str = SHRINKAGE


def shrunken(
    value_G: Floats,
    error_G: Floats,
    parts_GA: Ints,
    *,
    num_subjects_G: Ints,
    level: float,
    within: Range = NO_BOUNDS,
) -> Shrunken:
    """Shrink the values of all cells of an axis.

    Args:
        value_G: the metric; NaN for a cell without a value.
        error_G: its standard errors over subjects; NaN or 0 if they cannot be estimated.
        parts_GA: the index of each attribute's value.
        num_subjects_G: subjects behind each value. Standard errors of few subjects are noisy and are smoothed.
        level: of the intervals, such as 0.95.
        within: the range of the metric; values and bounds are clipped to it.

    Returns:
        The cells; all NaN if fewer than two cells have a value or no cell has a standard error.
    """
    known_G = np.isfinite(value_G) & (num_subjects_G > 0)
    errors = _smoothed(error_G[known_G], num_subjects_G[known_G])
    if known_G.sum() < 2 or errors is None:
        nothing_G = np.full(len(value_G), np.nan)
        return Shrunken(nothing_G, nothing_G, nothing_G, ~known_G, np.nan, np.nan)
    design_GP, estimable_G = _design(parts_GA, known_G)
    tail = (1 - level) / 2
    with one_thread():
        fit = _fit(value_G[known_G], errors.variance, design_GP[known_G])
        mean_TG, sd_TG = _posterior(fit, design_GP, known_G)
        sd_TG *= _student(errors.freedom, known_G, tail)
        found = [fit.weight @ mean_TG, *(_quantile(q, mean_TG, sd_TG, fit.weight) for q in (tail, 1 - tail))]
    value_G, lo_G, hi_G = (np.where(estimable_G, np.clip(x, within.low, within.high), np.nan) for x in found)
    return Shrunken(
        value=value_G,
        lo=lo_G,
        hi=hi_G,
        predicted_only=~known_G,
        between_sd=fit.most_likely_sd,
        interaction_p=_interaction_p(fit, errors),
    )


@dataclass(frozen=True)
class _Errors:
    """Variances of the values ``[G]``, and the degrees of freedom of each and of all together."""

    variance: Floats
    freedom: Floats
    total_freedom: float


@dataclass(frozen=True)
class _Fit:
    """The model fitted to the cells with a value, for a grid of variances of the interactions; the first is 0.

    Attributes:
        value: ``[G]``.
        variance: ``[G]``, of the values.
        design: ``[G, P]``.
        interaction: ``[T]``, the variances.
        weight: ``[T]``, their posterior probabilities.
        coefficients: ``[T, P]``.
        covariance: ``[T, P, P]``, of the coefficients.
        most_likely_sd: where the restricted likelihood is greatest.
    """

    value: Floats
    variance: Floats
    design: Floats
    interaction: Floats
    weight: Floats
    coefficients: Floats
    covariance: Floats
    most_likely_sd: float


def _smoothed(error_G: Floats, num_G: Ints) -> _Errors | None:
    """Shrink the variance per subject of each cell towards the pooled one, more so with fewer subjects.

    The prior is a scaled inverse chi-square; its degrees of freedom are estimated by moments from how much the
    variances of cells differ beyond chance (after Smyth 2004, doi:10.2202/1544-6115.1027).
    """
    own_G = np.where(np.isfinite(error_G), num_G - 1.0, 0.0)
    single_G = np.where(own_G > 0, num_G * error_G**2, 0.0)
    if not single_G.any():
        return None
    pooled = (own_G @ single_G) / own_G.sum()
    excess = (own_G * (single_G / pooled - 1) ** 2 - 2 * (own_G > 0)).sum() / (own_G + 2).sum()
    prior = min(4 + 2 / max(excess, 1e-3), own_G.sum())
    smoothed_G = (prior * pooled + own_G * single_G) / (prior + own_G)
    return _Errors(smoothed_G / num_G, np.minimum(prior + own_G, own_G.sum()), float(own_G.sum()))


def _design(parts_GA: Ints, known_G: npt.NDArray[np.bool_]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The design matrix ``[G, P]`` of the additive effects, and the cells for which they can be estimated.

    It has an intercept and indicators of each attribute's values (for a single attribute only the intercept),
    reduced to as many columns as the known cells can identify. The effect of a value that no known cell has cannot
    be estimated.
    """
    columns = [np.ones(len(parts_GA))]
    if parts_GA.shape[1] > 1:
        columns += [(part_G == v).astype(np.float64) for part_G in parts_GA.T for v in np.unique(part_G)]
    full = np.stack(columns, axis=1)
    _, singular, rows = np.linalg.svd(full[known_G], full_matrices=False)
    basis = rows[singular > 1e-9 * singular[0]].T
    estimable_G = np.abs(full - full @ basis @ basis.T).max(axis=1) < 1e-9
    return full @ basis, estimable_G


def _fit(value_G: Floats, variance_G: Floats, design_GP: Floats) -> _Fit:
    """Weighted least squares and restricted likelihood for a grid of variances of the interactions."""
    node_T, prior_T = np.polynomial.legendre.leggauss(NUM_VARIANCES)
    share_T = (1 + node_T) / 2  # the interactions' part in a typical cell's variance: uniform
    interaction_T = np.concatenate([[0.0], variance_G.mean() * share_T / (1 - share_T)])
    precision_TG = 1 / (interaction_T[:, None] + variance_G)
    information_TPP = np.einsum("tg,gp,gq->tpq", precision_TG, design_GP, design_GP)
    covariance_TPP = np.linalg.inv(information_TPP)
    coefficients_TP = np.einsum("tpq,tq->tp", covariance_TPP, (precision_TG * value_G) @ design_GP)
    residual_TG = value_G - coefficients_TP @ design_GP.T
    likelihood_T = 0.5 * (
        np.log(precision_TG).sum(1)
        - np.linalg.slogdet(information_TPP)[1]
        - (precision_TG * residual_TG**2).sum(1)
    )
    weight_T = np.concatenate([[0.0], prior_T]) * np.exp(likelihood_T - likelihood_T.max())
    return _Fit(
        value=value_G,
        variance=variance_G,
        design=design_GP,
        interaction=interaction_T,
        weight=weight_T / weight_T.sum(),
        coefficients=coefficients_TP,
        covariance=covariance_TPP,
        most_likely_sd=float(np.sqrt(interaction_T[likelihood_T.argmax()])),
    )


def _posterior(fit: _Fit, design_GP: Floats, known_G: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Mean and standard deviation ``[T, G]`` of every cell, given the variance of the interactions."""
    mean_TG = fit.coefficients @ design_GP.T
    additive_TG = np.einsum("gp,tpq,gq->tg", design_GP, fit.covariance, design_GP)
    interaction_T1 = fit.interaction[:, None]
    own_TG = np.zeros_like(mean_TG)  # the weight of a cell's own value
    own_TG[:, known_G] = interaction_T1 / (interaction_T1 + fit.variance)
    variance_TG = (1 - own_TG) * interaction_T1 + (1 - own_TG) ** 2 * additive_TG
    mean_TG[:, known_G] += own_TG[:, known_G] * (fit.value - mean_TG[:, known_G])
    return mean_TG, np.sqrt(variance_TG)


def _student(freedom_G: Floats, known_G: npt.NDArray[np.bool_], tail: float) -> Floats:
    """How much wider than normal the intervals are ``[G]``, because the errors are estimated."""
    of_all_G = np.full(len(known_G), freedom_G.max())
    of_all_G[known_G] = freedom_G
    wider_G: Floats = stdtrit(of_all_G, tail) / ndtri(tail)
    return wider_G


def _quantile(share: float, mean_TG: Floats, sd_TG: Floats, weight_T: Floats) -> Floats:
    """The quantile ``[G]`` of a mixture of normals, by bisection."""
    used_T = weight_T > 0
    mean_TG, sd_TG, weight_T = mean_TG[used_T], sd_TG[used_T], weight_T[used_T]
    lo_G, hi_G = (mean_TG - 10 * sd_TG).min(0), (mean_TG + 10 * sd_TG).max(0)
    for _ in range(60):
        middle_G = (lo_G + hi_G) / 2
        below_G = weight_T @ ndtr((middle_G - mean_TG) / sd_TG) < share
        lo_G, hi_G = np.where(below_G, middle_G, lo_G), np.where(below_G, hi_G, middle_G)
    quantile_G: Floats = (lo_G + hi_G) / 2
    return quantile_G


def _interaction_p(fit: _Fit, errors: _Errors) -> float:
    """The p-value of the test that cells differ from the additive effects only by sampling error.

    The weighted sum of squares is compared with an F distribution, as variances are estimated (Welch 1951 for one
    attribute; Johansen 1980, doi:10.1093/biomet/67.1.85), with no more degrees of freedom than all variances have.
    """
    num_left = len(fit.value) - fit.design.shape[1]
    if num_left <= 0:
        return float("nan")
    residual_G = fit.value - fit.design @ fit.coefficients[0]
    leverage_G = np.einsum("gp,pq,gq->g", fit.design, fit.covariance[0], fit.design) / fit.variance
    loss = float(((1 - leverage_G) ** 2 / errors.freedom).sum())
    scale = num_left + 2 * loss * (num_left - 1) / (num_left + 2)
    statistic = float((residual_G**2 / fit.variance).sum()) / scale
    freedom = min(num_left * (num_left + 2) / (3 * loss), errors.total_freedom)
    return float(fdtrc(num_left, freedom, statistic))
