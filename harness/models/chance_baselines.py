"""Baselines that ignore the signal. Every study scores them too, as a lower bound for its system.

Shapes: N samples, C classes.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Floats, Ints
from harness.errors import HarnessError
from harness.models.model import Conclusion, ModelOptions, TableModel
from harness.tables.predictions import predictions_table


class Majority(TableModel[ModelOptions]):
    """Always answers the most frequent label (ties: the first in alphabetical order), scored with its share.

    The scores are the label shares of the whole dataset, so that log-loss and Brier have a baseline too.
    """

    def predict(self, samples: pa.Table) -> Conclusion:
        """Give every sample the same answer."""
        labels, shares_C = _label_shares(samples, self.name)
        answer_N = np.full(samples.num_rows, np.argmax(shares_C))
        return _answers(self.name, samples, labels, answer_N, shares_C)


class StratifiedRandom(TableModel[ModelOptions]):
    """Draws a label for each sample, with the shares of the labels as probabilities; seeded.

    The draws fall on the samples in the order of their ids, so that sorting the table changes no answer.
    """

    def predict(self, samples: pa.Table) -> Conclusion:
        """Answer every sample at random."""
        labels, shares_C = _label_shares(samples, self.name)
        rng = np.random.Generator(np.random.PCG64(self.settings.seed))
        answer_N = np.empty(samples.num_rows, dtype=np.int64)
        answer_N[pc.sort_indices(samples["sample_id"])] = rng.choice(
            len(labels), size=samples.num_rows, p=shares_C
        )
        return _answers(self.name, samples, labels, answer_N, None)


def _label_shares(samples: pa.Table, model: str) -> tuple[list[str], Floats]:
    known = samples["label"].drop_null()
    if not len(known):
        raise HarnessError(f"{model}: the samples have no labels to guess.")
    label_counts = sorted((entry["values"].as_py(), entry["counts"].as_py()) for entry in known.value_counts())
    counts_C = np.array([count for _, count in label_counts], dtype=np.float64)
    return [label for label, _ in label_counts], counts_C / counts_C.sum()


def _answers(
    model: str, samples: pa.Table, labels: list[str], answer_N: Ints, shares_C: Floats | None
) -> Conclusion:
    num_samples = samples.num_rows
    return Conclusion(
        predictions_table(
            model=model,
            labels=labels,
            sample_id=samples["sample_id"],
            outcome=pa.repeat("scored", num_samples),
            reason=pa.nulls(num_samples),
            label=pa.array(labels).take(pa.array(answer_N)),
            scores=None if shares_C is None else _repeated(shares_C, num_samples),
        )
    )


def _repeated(shares_C: Floats, num_samples: int) -> pa.ListArray:
    """The same scores for every sample."""
    offsets = np.arange(num_samples + 1) * len(shares_C)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), pa.array(np.tile(shares_C, num_samples)))
