"""Relations within people: one regression for each person, and what people have in common.

A relation over all moments of all people mixes two things: that people who score high on average report much, and
that one person's score rises when they report more. Only the second says that the score follows the person.

Shapes: n moments, S people, P predictors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr  # `scipy.stats` takes half a second to import

from harness.arrays import Bools, Floats, Ints

LEAST_MOMENTS = 8
"""A person with fewer moments has no relation of their own."""


@dataclass(frozen=True)
class PersonRelations:
    """The coefficients of each person.

    Attributes:
        subjects: their codes, shape (S,).
        coefficients: of each predictor, shape (S, P); NaN where a person has too few moments, or a predictor does
            not vary. They are 0 where the outcome does not: it follows nothing.
        p_values: of no relation, two-sided, allowing for autocorrelation.
        num_moments: moments of each person.
    """

    subjects: Ints
    coefficients: Floats
    p_values: Floats
    num_moments: Ints

    @property
    def defined(self) -> Bools:
        """Who has a relation, shape (S,)."""
        defined_S: Bools = np.all(np.isfinite(self.coefficients), axis=1)
        return defined_S


def person_relations(
    outcome_n: Floats, predictor_nP: Floats, subject_n: Ints, *, least: int = LEAST_MOMENTS
) -> PersonRelations:
    """Regress each person's outcome on the predictors, by least squares with a constant.

    Neighbouring moments resemble each other, and a regression that takes them for independent finds too many
    relations. The number of moments is therefore reduced to n (1 - r_x r_e) / (1 + r_x r_e), with the lag-one
    autocorrelations of the predictor and of the residuals, where both are positive (Bartlett 1935,
    doi:10.2307/2342284).

    Args:
        outcome_n: of each moment, in the order of time within a person; moments with NaN anywhere are left out.
        predictor_nP: of each moment.
        subject_n: whose moment it is, any codes.
        least: fewest moments of a person.
    """
    whole_n = np.isfinite(outcome_n) & np.isfinite(predictor_nP).all(axis=1)
    subject_S, code_n = np.unique(subject_n, return_inverse=True)
    num_predictors = predictor_nP.shape[1]
    coefficient_SP = np.full((len(subject_S), num_predictors), np.nan)
    p_SP = np.full((len(subject_S), num_predictors), np.nan)
    num_S = np.bincount(code_n[whole_n], minlength=len(subject_S))
    for person in np.flatnonzero(num_S >= max(least, num_predictors + 3)):
        of_person = whole_n & (code_n == person)
        coefficient_SP[person], p_SP[person] = _regressed(outcome_n[of_person], predictor_nP[of_person])
    return PersonRelations(subject_S, coefficient_SP, p_SP, num_S)


def standardised_within(value_n: Floats, subject_n: Ints) -> Floats:
    """Values less their person's mean, in that person's standard deviations; NaN of a person with a single value.

    A person whose values are all the same has 0 throughout: to leave them out would keep only the people for whom
    a device reacts at all.
    """
    _, code_n = np.unique(subject_n, return_inverse=True)
    known_n = np.isfinite(value_n)
    filled_n = np.where(known_n, value_n, 0.0)
    num_S = np.bincount(code_n, weights=known_n)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_S = np.bincount(code_n, weights=filled_n) / num_S
        centred_n = np.where(known_n, value_n - mean_S[code_n], 0.0)
        sd_S = np.sqrt(np.bincount(code_n, weights=centred_n**2) / (num_S - 1))
        varies_S = sd_S > 1e-12 * np.abs(mean_S)
        scaled_n = np.where(varies_S[code_n], centred_n / sd_S[code_n], 0.0)
    return np.where(known_n & (num_S > 1)[code_n], scaled_n, np.nan)


def person_means(value_n: Floats, subject_n: Ints) -> Floats:
    """The mean of each person's values, in the order of their codes; NaN of who has none."""
    _, code_n = np.unique(subject_n, return_inverse=True)
    known_n = np.isfinite(value_n)
    with np.errstate(invalid="ignore"):
        mean_S: Floats = np.bincount(code_n, weights=np.where(known_n, value_n, 0.0)) / np.bincount(
            code_n, weights=known_n
        )
    return mean_S


def false_discoveries_bounded(p_S: Floats, share: float) -> Bools:
    """Which of several tests are significant if at most a share of those may be false (Benjamini & Hochberg 1995).

    Args:
        p_S: NaN where there was no test, which then is not significant.
        share: of false discoveries among all.
    """
    tested = np.flatnonzero(np.isfinite(p_S))
    order = tested[np.argsort(p_S[tested], kind="stable")]
    below = np.flatnonzero(p_S[order] <= share * np.arange(1, len(order) + 1) / max(len(order), 1))
    found_S = np.zeros(len(p_S), np.bool_)
    if len(below):
        found_S[order[: below[-1] + 1]] = True
    return found_S


def _regressed(outcome_n: Floats, predictor_nP: Floats) -> tuple[Floats, Floats]:
    """Coefficients and p-values of one person; NaN if a predictor is constant or follows from the others.

    If the outcome is constant, they are 0 and 1.
    """
    num, num_predictors = predictor_nP.shape
    centred_nP, centred_n = predictor_nP - predictor_nP.mean(axis=0), outcome_n - outcome_n.mean()
    undefined = np.full(num_predictors, np.nan), np.full(num_predictors, np.nan)
    scale_P = np.sqrt((centred_nP**2).mean(axis=0))
    if not (scale_P > 1e-9 * (1 + np.abs(predictor_nP).max(axis=0))).all():
        return undefined
    scaled_nP = centred_nP / scale_P
    if np.linalg.cond(scaled_nP) > 1e6:
        return undefined
    if not (np.abs(centred_n) > 1e-12).any():
        return np.zeros(num_predictors), np.ones(num_predictors)
    inverse_PP = np.linalg.inv(scaled_nP.T @ scaled_nP)
    coefficient_P = inverse_PP @ (scaled_nP.T @ centred_n)
    residual_n = centred_n - scaled_nP @ coefficient_P
    dependence_P = np.maximum(_lag_one(residual_n[:, None]), 0.0) * np.maximum(_lag_one(centred_nP), 0.0)
    effective_P = num * (1 - dependence_P) / (1 + dependence_P)
    freedom_P = np.maximum(effective_P - num_predictors - 1, 1.0)
    variance_P = (residual_n**2).sum() / num * effective_P / freedom_P
    error_P = np.sqrt(variance_P * np.diag(inverse_PP) * num / effective_P)
    with np.errstate(divide="ignore"):
        t_P = np.abs(coefficient_P) / error_P
    return coefficient_P / scale_P, 2 * stdtr(freedom_P, -t_P)


def _lag_one(value_nP: Floats) -> Floats:
    """The autocorrelation from one moment to the next."""
    squares_P = (value_nP**2).sum(axis=0)
    products_P = (value_nP[1:] * value_nP[:-1]).sum(axis=0)
    correlation_P: Floats = np.divide(products_P, squares_P, out=np.zeros_like(squares_P), where=squares_P > 0)
    return correlation_P
