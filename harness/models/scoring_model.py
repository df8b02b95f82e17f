"""Systems that give every label a score, as networks do.

Shapes: N samples, C labels, D dimensions.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from harness.models.model import Conclusion, OptionsT, PretrainedModel, Vectors
from harness.tables.predictions import predictions_table


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
        labels, names = self.card.labels, self.card.dimensions
        scores_NC = vectors.values[:, : len(labels)].astype(np.float32)
        scored_N = [outcome == "scored" for outcome in vectors.outcome]
        has_label_N = [bool(labels) and scored for scored in scored_N]
        best_N = (
            np.where(has_label_N, np.nan_to_num(scores_NC).argmax(axis=1), 0) if labels else [0] * len(scored_N)
        )
        dimensions: dict[str, list[float | None]] = {
            name: [float(value) if scored else None for value, scored in zip(column_N, scored_N, strict=True)]
            for name, column_N in zip(names, vectors.values[:, len(labels) :].T, strict=True)
        }
        predictions = predictions_table(
            model=self.name,
            labels=labels,
            sample_id=samples["sample_id"].to_pylist(),
            outcome=vectors.outcome,
            reason=vectors.reason,
            label=[labels[best] if known else None for best, known in zip(best_N, has_label_N, strict=True)],
            scores=[row.tolist() if known else None for row, known in zip(scores_NC, has_label_N, strict=True)],
            dimensions=dimensions,
        )
        return Conclusion(predictions)
