"""Baselines that ignore the signal. Every study scores them too, as a lower bound for its system.

Shapes: C classes.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

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
        answer = labels[int(np.argmax(shares_C))]
        return _answers(self.name, samples, labels, [answer] * samples.num_rows, shares_C)


class StratifiedRandom(TableModel[ModelOptions]):
    """Draws a label for each sample, with the shares of the labels as probabilities; seeded.

    The draws fall on the samples in the order of their ids, so that sorting the table changes no answer.
    """

    def predict(self, samples: pa.Table) -> Conclusion:
        """Answer every sample at random."""
        labels, shares_C = _label_shares(samples, self.name)
        rng = np.random.Generator(np.random.PCG64(self.settings.seed))
        drawn = np.empty(samples.num_rows, dtype=np.int64)
        drawn[pc.sort_indices(samples["sample_id"])] = rng.choice(len(labels), size=samples.num_rows, p=shares_C)
        return _answers(self.name, samples, labels, [labels[index] for index in drawn], None)


def _label_shares(samples: pa.Table, model: str) -> tuple[list[str], np.ndarray]:
    known = samples["label"].drop_null()
    if not len(known):
        raise HarnessError(f"{model}: the samples have no labels to guess.")
    label_counts = sorted((entry["values"].as_py(), entry["counts"].as_py()) for entry in known.value_counts())
    counts_C = np.array([count for _, count in label_counts], dtype=np.float64)
    return [label for label, _ in label_counts], counts_C / counts_C.sum()


def _answers(
    model: str, samples: pa.Table, labels: list[str], answers: list[str], shares_C: np.ndarray | None
) -> Conclusion:
    num_samples = samples.num_rows
    return Conclusion(
        predictions_table(
            model=model,
            labels=labels,
            sample_id=samples["sample_id"].to_pylist(),
            outcome=["scored"] * num_samples,
            reason=[None] * num_samples,
            label=answers,
            scores=None if shares_C is None else [shares_C.tolist()] * num_samples,
        )
    )
