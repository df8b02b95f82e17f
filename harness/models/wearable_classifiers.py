"""The classifiers of the wearable baseline. Everything is fitted within the fold.

Both replace a missing feature by the median of the training side and add a column that marks it as missing.
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

# Stress is the rarer class in most protocols, and the headline metric is UAR, which weights classes equally.
CLASS_WEIGHT = "balanced"


def linear(seed: int) -> BaseEstimator:
    """Logistic regression on ranks.

    Features are mapped to a normal distribution by their ranks on the training side, because skin conductance and
    movement range over orders of magnitude, and a single loose sensor would otherwise dominate.
    """
    return make_pipeline(
        _imputer(),
        _Ranks(n_quantiles=100, output_distribution="normal", random_state=seed),
        LogisticRegression(C=0.1, class_weight=CLASS_WEIGHT, max_iter=1000, random_state=seed),
    )


def gradient_boosting(seed: int) -> BaseEstimator:
    """Histogram-based boosted trees, kept small because a few dozen people are too few for deep ones.

    They could handle missing values themselves, but not a feature that is missing on the whole training side.
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
    """A small study has fewer samples than quantiles and then uses one per sample, without a warning."""

    def fit(self, X: Any, y: Any = None) -> Self:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "n_quantiles", UserWarning)
            super().fit(X, y)
        return self


def _imputer() -> SimpleImputer:
    return SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
