"""Late fusion: the scores of several systems → one score per class.

A system has a say only where it has an answer, and only on classes that it can answer: elsewhere its score is NaN,
and the others decide. Every rule gives probabilities again.

Shapes: N samples, M systems, C classes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.arrays import Bools, Floats, Ints

FLOOR = 1e-6
"""A score below this counts as this much where logarithms are taken: no system rules out a class alone."""

MAX_WEIGHT = 10.0


def mean_scores(scores_NMC: Floats) -> Floats:
    """The mean of the systems that have a say (linear opinion pool), renormalised over the classes.

    Args:
        scores_NMC: probabilities; NaN where a system has no say.

    Returns:
        ``[N, C]``; rows in which no system has a say are NaN.
    """
    say_NMC = np.isfinite(scores_NMC)
    num_NC, sum_NC = say_NMC.sum(axis=1), np.where(say_NMC, scores_NMC, 0.0).sum(axis=1)
    return _normalised(np.divide(sum_NC, num_NC, out=np.zeros_like(sum_NC), where=num_NC > 0))


def product_scores(scores_NMC: Floats) -> Floats:
    """The geometric mean of the systems that have a say (logarithmic opinion pool), renormalised.

    With equally many systems for every class it is the renormalised product to the power of one over their number:
    the same labels, without the confidence that the product takes from treating systems as independent.

    Args:
        scores_NMC: see `mean_scores`.
    """
    say_NMC = np.isfinite(scores_NMC)
    logs_NMC = np.log(np.maximum(np.where(say_NMC, scores_NMC, 1.0), FLOOR))
    num_NC = say_NMC.sum(axis=1)
    mean_NC = np.divide(logs_NMC.sum(axis=1), num_NC, out=np.full(num_NC.shape, -np.inf), where=num_NC > 0)
    return _normalised(np.exp(mean_NC))


def vote_shares(label_NM: Ints, num_classes: int) -> Floats:
    """The share of the votes for each class ``[N, C]``; NaN in rows without votes.

    Args:
        label_NM: the class that each system answers; negative where it has no answer.
        num_classes: C.
    """
    votes_NC = (label_NM[:, :, None] == np.arange(num_classes)).sum(axis=1)
    return _normalised(votes_NC.astype(np.float64))


def most_voted(shares_NC: Floats, scores_NC: Floats) -> Ints:
    """The class with the most votes; among equals that with the highest mean score, then the first.

    Args:
        shares_NC: see `vote_shares`.
        scores_NC: mean scores.
    """
    best_NC = shares_NC == shares_NC.max(axis=1, keepdims=True)
    winner_N: Ints = np.where(best_NC, np.nan_to_num(scores_NC), -1.0).argmax(axis=1)
    return winner_N


def mean_of_present(values_NM: Floats) -> Floats:
    """The mean of the values that are there ``[N]``; NaN where there is none."""
    there_NM = np.isfinite(values_NM)
    num_N, sum_N = there_NM.sum(axis=1), np.where(there_NM, values_NM, 0.0).sum(axis=1)
    mean_N: Floats = np.divide(sum_N, num_N, out=np.full(len(values_NM), np.nan), where=num_N > 0)
    return mean_N


def weighted_product(scores_NMC: Floats, weights_M: Floats) -> Floats:
    """The product of the systems' scores to the power of their weights, renormalised (log-linear pool).

    With weights of 1 it is Bayes' rule for systems that are calibrated and, given the class, independent. A system
    that is too sure of itself, or says what another has said, deserves less. Where a system has no say on a class,
    it favours it as much as its own classes on average.

    Args:
        scores_NMC: see `mean_scores`.
        weights_M: from 0.

    Returns:
        ``[N, C]``; rows in which no system has a say are NaN, and classes on which none has are 0.
    """
    return _pooled(_centred_logs(scores_NMC), _possible(scores_NMC), weights_M)


def fit_weights(scores_NMC: Floats, truth_N: Ints) -> Floats:
    """The weights of `weighted_product` that maximise the likelihood of the true classes.

    This is multinomial logistic regression on the logarithms of the scores with one coefficient per system, which
    is a convex problem; weights lie between 0 and `MAX_WEIGHT`.

    Args:
        scores_NMC: see `mean_scores`; in every row some system has a say on the true class.
        truth_N: the true class of each row.
    """
    from scipy.optimize import minimize  # takes a quarter of a second to import

    num_systems = scores_NMC.shape[1]
    found = minimize(
        _log_loss,
        np.ones(num_systems),
        args=(_centred_logs(scores_NMC), _possible(scores_NMC), truth_N),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, MAX_WEIGHT)] * num_systems,
    )
    weights_M: Floats = found.x
    return weights_M


def _log_loss(weights_M: Floats, logs_NMC: Floats, possible_NC: Bools, truth_N: Ints) -> tuple[float, Floats]:
    """The mean log-loss of the pooled scores, and its gradient."""
    pooled_NC, rows = _pooled(logs_NMC, possible_NC, weights_M), np.arange(len(truth_N))
    loss = -float(np.mean(np.log(np.maximum(pooled_NC[rows, truth_N], np.finfo(np.float64).tiny))))
    slope_M = np.einsum("nc,nmc->m", pooled_NC, logs_NMC) - logs_NMC[rows, :, truth_N].sum(axis=0)
    return loss, slope_M / len(truth_N)


def _centred_logs(scores_NMC: Floats) -> Floats:
    """The logarithms of the scores less their mean over the classes of a system; 0 where it has no say."""
    say_NMC = np.isfinite(scores_NMC)
    logs_NMC = np.log(np.maximum(np.where(say_NMC, scores_NMC, 1.0), FLOOR))
    num_NM1, sum_NM1 = say_NMC.sum(axis=2, keepdims=True), logs_NMC.sum(axis=2, keepdims=True)
    mean_NM1 = np.divide(sum_NM1, num_NM1, out=np.zeros_like(sum_NM1), where=num_NM1 > 0)
    centred_NMC: Floats = np.where(say_NMC, logs_NMC - mean_NM1, 0.0)
    return centred_NMC


def _possible(scores_NMC: Floats) -> Bools:
    """Whether any system has a say on a class ``[N, C]``."""
    possible_NC: Bools = np.any(np.isfinite(scores_NMC), axis=1)
    return possible_NC


def _pooled(logs_NMC: Floats, possible_NC: Bools, weights_M: Floats) -> Floats:
    sums_NC = np.where(possible_NC, np.einsum("m,nmc->nc", weights_M, logs_NMC), -np.inf)
    highest_N1 = sums_NC.max(axis=1, keepdims=True)
    return _normalised(np.exp(sums_NC - np.where(np.isfinite(highest_N1), highest_N1, 0.0)))


def _normalised(values_NC: npt.NDArray[np.float64]) -> Floats:
    sums_N1 = values_NC.sum(axis=1, keepdims=True)
    scores_NC: Floats = np.divide(values_NC, sums_N1, out=np.full(values_NC.shape, np.nan), where=sums_N1 > 0)
    return scores_NC
