"""Systems that give every label a score, as networks do.

Shapes: N samples, C labels, D dimensions.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from harness.models.concluding import concluded
from harness.models.model import Conclusion, OptionsT, PretrainedModel, Vectors


class ScoringModel(PretrainedModel[OptionsT]):
    """A system whose vector holds one score per label of its card, then one value per dimension.

    Its label is the one with the highest score; of several, the first.
    """

    @property
    def width(self) -> int:
        """C + D."""
        return len(self.card.labels) + len(self.card.dimensions)

    def conclude(self, samples: pa.Table, vectors: Vectors) -> Conclusion:
        """The label with the highest score, the scores as float32, and the dimensions."""
        scored_N1 = np.array([[outcome == "scored"] for outcome in vectors.outcome], bool).reshape(-1, 1)
        values = np.where(scored_N1, vectors.values, np.nan)
        scores_NC, values_ND = np.split(values, [len(self.card.labels)], axis=1)
        has_label_N = scored_N1[:, 0] & bool(self.card.labels)
        best_N = np.nan_to_num(scores_NC.astype(np.float32)).argmax(axis=1) if self.card.labels else 0
        return concluded(self, samples, vectors, np.where(has_label_N, best_N, np.nan), scores_NC, values_ND)
