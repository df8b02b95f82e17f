"""One number that turns margins into probabilities: against a grid of likelihoods and a known answer."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression

from harness.arrays import Floats
from harness.models.subject_folds import balanced_folds
from harness.models.temperature import INNER_FOLDS, fit_probabilities


class Margins(BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Its margins are its features: nothing is learned."""

    def fit(self, X: Any, y: Any) -> Self:
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, X: Floats) -> Floats:
        return X[:, 0] if X.shape[1] == 1 else X


def people(width: int, scale: float, num: int = 900, seed: int = 0) -> tuple[Floats, Any, Any]:
    """Margins, labels that follow from the softmax of them times a scale, and 30 subjects."""
    rng = np.random.default_rng(seed)
    margins = rng.normal(0.0, 2.0, (num, width))
    full = np.column_stack([np.zeros(num), margins]) if width == 1 else margins
    probabilities = softmax(scale * full, axis=1)
    index = (rng.random(num)[:, None] > probabilities.cumsum(1)).sum(1)
    return margins, np.array([f"c{i}" for i in index]), np.array([f"p{i % 30}" for i in range(num)])


@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
def test_the_number_is_that_of_the_largest_likelihood(scale: float) -> None:
    margins, labels, subjects = people(3, scale)
    seen, probabilities = fit_probabilities(Margins, margins, labels, subjects, seed=0)(margins[:50])
    truth = np.unique(labels, return_inverse=True)[1]
    grid = np.geomspace(0.05, 20, 4001)
    likelihood = [log_softmax(g * margins, axis=1)[np.arange(len(truth)), truth].sum() for g in grid]
    best = grid[int(np.argmax(likelihood))]
    assert seen == ["c0", "c1", "c2"]
    assert best == pytest.approx(scale, rel=0.15)
    np.testing.assert_allclose(probabilities, softmax(best * margins[:50], axis=1), atol=2e-3)


def test_of_two_classes_the_first_has_the_margin_zero() -> None:
    margins, labels, subjects = people(1, 1.5)
    _, probabilities = fit_probabilities(Margins, margins, labels, subjects, seed=0)(np.array([[0.0], [2.0]]))
    assert probabilities[0] == pytest.approx([0.5, 0.5])
    assert probabilities[1, 1] == pytest.approx(1 / (1 + np.exp(-1.5 * 2.0)), abs=0.02)


def test_margins_come_from_subjects_who_were_left_out() -> None:
    """The machine knows whom it was fitted on: it is right of them by far, and of others never sure."""

    class Overfitted(Margins):
        def fit(self, X: Any, y: Any) -> Self:
            self.seen_ = {tuple(row): label for row, label in zip(X.tolist(), y, strict=True)}
            return super().fit(X, y)

        def decision_function(self, X: Floats) -> Floats:
            known = [self.seen_.get(tuple(row)) for row in X.tolist()]
            return np.array([X[i] if k is None else 50.0 * (self.classes_ == k) for i, k in enumerate(known)])

    margins, labels, subjects = people(3, 1.0)
    new = np.array([[0.0, 1.0, 2.0]])
    _, fitted = fit_probabilities(Overfitted, margins, labels, subjects, seed=0)(new)
    _, plain = fit_probabilities(Margins, margins, labels, subjects, seed=0)(new)
    np.testing.assert_allclose(fitted, plain, atol=1e-9)


def test_an_inner_fold_without_a_class_teaches_no_number() -> None:
    """One subject alone shows the third class; the fold that leaves it out is passed over."""
    margins, labels, subjects = people(3, 2.0, num=600)
    only = np.where(labels == "c2", "p0", np.where(subjects == "p0", "p1", subjects))
    sizes = {name: int((only == name).sum()) for name in np.unique(only)}
    left_out = next(fold for fold in balanced_folds(sizes, INNER_FOLDS, 0) if "p0" in fold)
    used = ~np.isin(only, left_out)
    truth = np.unique(labels, return_inverse=True)[1]
    grid = np.geomspace(0.05, 20, 4001)
    rows = np.flatnonzero(used)
    likelihood = [log_softmax(g * margins[rows], axis=1)[np.arange(len(rows)), truth[rows]].sum() for g in grid]
    _, probabilities = fit_probabilities(Margins, margins, labels, only, seed=0)(margins[:20])
    np.testing.assert_allclose(
        probabilities, softmax(grid[int(np.argmax(likelihood))] * margins[:20], axis=1), atol=2e-3
    )


def test_a_classifier_with_probabilities_keeps_them() -> None:
    margins, labels, subjects = people(3, 1.0, num=120)
    seen, probabilities = fit_probabilities(LogisticRegression, margins, labels, subjects, seed=0)(margins)
    np.testing.assert_array_equal(probabilities, LogisticRegression().fit(margins, labels).predict_proba(margins))
    assert seen == ["c0", "c1", "c2"]
