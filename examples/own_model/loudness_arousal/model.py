"""The level of a clip → the probability of anger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.errors import HarnessError
from harness.models.model import Conclusion, ModelOptions, Preparer, PretrainedModel, Vectors
from harness.signals.media import Audio, Media
from harness.tables.predictions import predictions_table

SLOPE_DB = 5.0
"""The probability rises from 0.27 to 0.73 over twice this many decibels."""


class LoudnessOptions(ModelOptions):
    """Choices of `LoudnessModel`.

    Attributes:
        midpoint_db: the level, in dB of full scale, at which anger and neutral are equally likely.
    """

    midpoint_db: float = -30.0


def level_db(media: Media) -> npt.NDArray[np.float64]:
    """The root mean square of a clip in dB of full scale, shape (1,); runs in the workers."""
    if not isinstance(media, Audio):
        raise HarnessError(f"loudness hears sound; the dataset gave {type(media).__name__}.")
    power = float(np.mean(np.square(media.waveform, dtype=np.float64)))
    return np.array([10.0 * np.log10(max(power, 1e-12))])


class LoudnessModel(PretrainedModel[LoudnessOptions]):
    """Kind ``loudness``: a logistic curve over the level."""

    Options = LoudnessOptions

    @property
    def width(self) -> int:
        """The probabilities of anger and of neutral."""
        return 2

    def preparer(self) -> Preparer:
        """The step that runs in the workers."""
        return level_db

    def open(self) -> None:
        """There is nothing to load."""

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        """Levels ``[N, 1]`` → probabilities ``[N, 2]``."""
        anger_N = 1.0 / (1.0 + np.exp((self.options.midpoint_db - np.concatenate(batch)) / SLOPE_DB))
        return np.stack([anger_N, 1.0 - anger_N], axis=1)

    def conclude(self, samples: pa.Table, vectors: Vectors) -> Conclusion:
        """The more probable of the two."""
        scored = [outcome == "scored" for outcome in vectors.outcome]
        answers = np.where(vectors.values[:, 0] >= 0.5, "anger", "neutral").tolist()
        table = predictions_table(
            model=self.name,
            labels=self.card.labels,
            sample_id=samples["sample_id"].to_pylist(),
            outcome=vectors.outcome,
            reason=vectors.reason,
            label=[answer if ok else None for answer, ok in zip(answers, scored, strict=True)],
            scores=[row if ok else None for row, ok in zip(vectors.values.tolist(), scored, strict=True)],
        )
        return Conclusion(table)
