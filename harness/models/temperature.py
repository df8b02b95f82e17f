"""Probabilities from a classifier trained within a fold, including classifiers that give only margins.

A support vector machine gives the distance of a sample from each boundary, not the probability of a class.
Temperature scaling (Guo et al. 2017, arXiv:1706.04599) takes the softmax of the margins times one number, which
maximises the log-likelihood. One number cannot overfit a small training side, and it does not change which class
is most probable. Margins of samples that the machine was trained on are too large, so the number is fitted on
margins from inner folds, whose subjects are also left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import logsumexp, softmax
from sklearn.base import BaseEstimator

from harness.arrays import Floats
from harness.models.subject_folds import balanced_folds

Predict = Callable[[Floats], tuple[Sequence[str], Floats]]
"""Values (num_samples, width) → the classes seen in training, and probabilities (num_samples, num_classes)."""

INNER_FOLDS = 3
LOG_SCALE_BOUNDS = (-7.0, 7.0)


def fit_probabilities(
    make_classifier: Callable[[], BaseEstimator],
    values: Floats,
    labels: npt.NDArray[np.str_],
    subjects: npt.NDArray[np.str_],
    seed: int,
) -> Predict:
    """Fit a classifier on a training side of at least two classes.

    Args:
        make_classifier: a scikit-learn classifier with `predict_proba` or `decision_function`.
        values: shape (num_samples, width).
        labels: shape (num_samples,).
        subjects: shape (num_samples,), for the inner folds.
        seed: for the inner folds.
    """
    classifier: Any = make_classifier()
    classifier.fit(values, labels)
    seen = [str(label) for label in classifier.classes_]
    if hasattr(classifier, "predict_proba"):
        return lambda tested: (seen, classifier.predict_proba(tested))
    scale = _fit_scale(*_left_out_margins(make_classifier, values, labels, subjects, seed))
    return lambda tested: (seen, softmax(scale * _margins(classifier, tested), axis=1))


def _margins(classifier: Any, values: Floats) -> Floats:
    """One margin per class; two classes share one boundary, so the margin of the first is 0."""
    margins = np.asarray(classifier.decision_function(values), np.float64)
    return margins if margins.ndim == 2 else np.column_stack([np.zeros_like(margins), margins])


def _left_out_margins(
    make_classifier: Callable[[], BaseEstimator],
    values: Floats,
    labels: npt.NDArray[np.str_],
    subjects: npt.NDArray[np.str_],
    seed: int,
) -> tuple[Floats, npt.NDArray[np.intp]]:
    """Margins of training samples when their subjects are left out, and the index of the true class."""
    classes, truth = np.unique(labels, return_inverse=True)
    sizes = Counter(str(subject) for subject in subjects)
    margins, indices = [np.empty((0, len(classes)))], [np.empty(0, np.intp)]
    for left_out in balanced_folds(sizes, min(INNER_FOLDS, len(sizes)), seed):
        tested = np.isin(subjects, left_out)
        # The margins of an inner fold without every class are not comparable with those of the whole classifier.
        if len(set(labels[~tested])) < len(classes):
            continue
        classifier: Any = make_classifier()
        classifier.fit(values[~tested], labels[~tested])
        margins.append(_margins(classifier, values[tested]))
        indices.append(truth[tested])
    return np.concatenate(margins), np.concatenate(indices)


def _fit_scale(margins: Floats, truth: npt.NDArray[np.intp]) -> float:
    """The inverse temperature of maximum likelihood; 1 if no subject could be left out."""
    if len(truth) == 0:
        return 1.0

    def loss(log_scale: float) -> float:
        scaled = np.exp(log_scale) * margins
        return float(np.mean(logsumexp(scaled, axis=1) - scaled[np.arange(len(truth)), truth]))

    return float(np.exp(minimize_scalar(loss, bounds=LOG_SCALE_BOUNDS, method="bounded").x))
