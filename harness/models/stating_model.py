"""Systems that state their answer themselves: a label, perhaps scores, perhaps dimensions.

A service may answer with a label alone, with scores that do not add up, or with a label that is not the one with
the highest score. What it states is what is measured.

Shapes: N samples, C labels, D dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import pyarrow as pa

from harness.arrays import Floats
from harness.models.concluding import concluded
from harness.models.model import Conclusion, OptionsT, PretrainedModel, Vectors


class StatingModel(PretrainedModel[OptionsT]):
    """A system whose vector holds the place of its label, one score per label, and one value per dimension.

    NaN is what it did not state; a sample of which it stated nothing is unscored.
    """

    nan_is_missing: ClassVar[bool] = True

    @property
    def width(self) -> int:
        """1 + C + D."""
        return 1 + len(self.card.labels) + len(self.card.dimensions)

    def stated(
        self,
        label: str | None,
        scores: Mapping[str, float] | None = None,
        dimensions: Mapping[str, float] | None = None,
    ) -> Floats:
        """The vector of one answer.

        Args:
            label: one of the card's; None where only dimensions are stated.
            scores: of every label of the card, or None.
            dimensions: those that are stated, from -1 to 1.
        """
        labels = self.card.labels
        place = np.nan if label is None else labels.index(label)
        of_labels = [np.nan] * len(labels) if scores is None else [scores[name] for name in labels]
        return np.array(
            [place, *of_labels, *((dimensions or {}).get(name, np.nan) for name in self.card.dimensions)]
        )

    def conclude(self, samples: pa.Table, vectors: Vectors) -> Conclusion:
        """What was stated, as predictions."""
        place_N1, scores_NC, values_ND = np.split(vectors.values, [1, 1 + len(self.card.labels)], axis=1)
        return concluded(self, samples, vectors, place_N1[:, 0], scores_NC, values_ND)
