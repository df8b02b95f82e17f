"""Which models are compared with which: one with another, or weighted means of several.

Shapes: M models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.arrays import Floats, Ints
from harness.measurement.models.shared_metrics import model_pairs


@dataclass(frozen=True)
class ModelContrast:
    """A weighted mean of models minus another.

    Attributes:
        first, second: what the two means are called; of a single model, its name.
        first_weights, second_weights: ``[M]``, each with the sum 1.
    """

    first: str
    second: str
    first_weights: Floats
    second_weights: Floats

    @property
    def models(self) -> Ints:
        """The models with a weight in either mean."""
        return np.flatnonzero((self.first_weights != 0) | (self.second_weights != 0))

    @property
    def weights(self) -> Floats:
        """Of the models in the difference ``[M]``; the sum is 0."""
        return self.first_weights - self.second_weights

    def among(self, models: Ints) -> ModelContrast | None:
        """The same contrast among some of the models; None if it needs others."""
        if not np.isin(self.models, models).all():
            return None
        return replace(self, first_weights=self.first_weights[models], second_weights=self.second_weights[models])

    def values(self, value_M: Floats) -> tuple[float, float]:
        """Both means; models without a weight may have any value."""
        first, second = (
            float(sum(weights[model] * value_M[model] for model in np.flatnonzero(weights)))
            for weights in (self.first_weights, self.second_weights)
        )
        return first, second


def pairs_of(names: Sequence[str], *, against_first: bool = False) -> list[ModelContrast]:
    """Every model minus every later one, or only the first minus each of the others."""
    one_M = np.eye(len(names))
    return [
        ModelContrast(names[first], names[second], one_M[first], one_M[second])
        for first, second in model_pairs(len(names))
        if first == 0 or not against_first
    ]
