"""The classifiers of the wearable baseline; nothing is fitted outside the fold.

In both, a missing feature becomes the training side's median, and a column says that it was missing.
"""

from __future__ import annotations

import warnings
from typing import Any, Self

from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer

# Stress is the rarer class in most protocols; the headline is UAR, which weighs classes equally.
CLASS_WEIGHT = "balanced"


def linear(seed: int) -> BaseEstimator:
    """Logistic regression on ranks.

    Features are mapped to a normal distribution by their ranks on the training side: skin conductance and movement
    span decades, and one loose sensor would otherwise outweigh everybody.
    """
    return make_pipeline(
        _imputer(),
        _Ranks(n_quantiles=100, output_distribution="normal", random_state=seed),
        LogisticRegression(C=0.1, class_weight=CLASS_WEIGHT, max_iter=1000, random_state=seed),
    )


def gradient_boosting(seed: int) -> BaseEstimator:
    """Histogram-based boosted trees, kept small: a few dozen people do not carry deep ones.

    They could branch on missing values, but not on a feature that the whole training side lacks.
    """
    trees = HistGradientBoostingClassifier(
        max_iter=100,
        learning_rate=0.05,
        max_leaf_nodes=8,
        min_samples_leaf=20,
        l2_regularization=1.0,
        early_stopping=False,
        class_weight=CLASS_WEIGHT,
        random_state=seed,
    )
    return make_pipeline(_imputer(), trees)


class _Ranks(QuantileTransformer):  # type: ignore[misc] # scikit-learn has no types
    """A small study has fewer samples than quantiles; it then takes one per sample, which is no cause to warn."""

    def fit(self, X: Any, y: Any = None) -> Self:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "n_quantiles", UserWarning)
            super().fit(X, y)
        return self


def _imputer() -> SimpleImputer:
    return SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
