"""What systems answered as predictions, from vectors in which NaN is what they did not say.

Shapes: N samples, C labels, D dimensions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from harness.arrays import Floats
from harness.models.model import Conclusion, Model, Vectors
from harness.tables.predictions import predictions_table


def concluded(
    model: Model[Any], samples: pa.Table, vectors: Vectors, place_N: Floats, scores_NC: Floats, values_ND: Floats
) -> Conclusion:
    """The predictions of some samples.

    Args:
        model: whose labels and dimensions these are.
        samples: as in the samples table.
        vectors: say why a sample has no answer.
        place_N: of the label that was answered among the labels.
        scores_NC: of the labels, which are stored as float32; a row that is not finite throughout is none.
        values_ND: of the dimensions.
    """
    labels = model.card.labels
    has_scores_N = np.asarray(np.isfinite(scores_NC).all(axis=1) & bool(labels))
    predictions = predictions_table(
        model=model.name,
        labels=labels,
        sample_id=samples["sample_id"].to_pylist(),
        outcome=vectors.outcome,
        reason=vectors.reason,
        label=[None if np.isnan(place) else labels[int(place)] for place in place_N],
        scores=[
            row.tolist() if known else None
            for row, known in zip(scores_NC.astype(np.float32), has_scores_N, strict=True)
        ],
        dimensions={
            name: [None if np.isnan(value) else float(value) for value in column_N]
            for name, column_N in zip(model.card.dimensions, values_ND.T, strict=True)
        },
    )
    return Conclusion(predictions)
