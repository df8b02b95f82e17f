"""The input of metric families: the labels and answers of a model's samples, and the row of each sample.

Shapes: N samples, M of them with a label, R rows, U classes: those of the labels, then those that only the model
has. A row is a subject, or a subject within one combination of groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints, Scores
from harness.measurement.counting_options import (
    CountingOptions,
    class_probabilities,
    class_scores,
    labelled_samples,
)
from harness.metrics.assignment import VALENCE
from harness.metrics.metric_facts import Need
from harness.tables.alignment import Aligned


@dataclass(frozen=True)
class SamplesInRows:
    """The samples of one model under one condition, or a part of them, and the row that each is counted into.

    Attributes:
        aligned: labels and answers, sample by sample.
        row: ``[N]``, 0 … R - 1.
        num_rows: R; rows may be empty.
        options: what is fixed over the whole run before any part is counted.
        clean: the same samples with the model's answers on clean media; None where these are they.
    """

    aligned: Aligned
    row: Ints
    num_rows: int
    options: CountingOptions
    clean: Aligned | None = None

    @cached_property
    def meets(self) -> frozenset[Need]:
        """The needs of metrics that these samples meet: the same for every part of a run."""
        mapping, options = self.aligned.mapping, self.options
        met: dict[Need, bool] = {
            "labels": mapping is not None,
            "scores": options.scores,
            "probabilities": options.probabilities,
            "two_classes": options.ranked,
            "dimensions": bool(options.dimensions),
            "non_negative_samples": bool(options.strata),
            "signed_labels": "valence" not in options.dimensions and _both_signed(self.aligned),
            "unsupported_labels": mapping is not None and 0 < len(mapping.unreachable) < len(mapping.classes),
            "clean_answers": self.clean is not None,
            "votes": self.aligned.votes is not None,
        }
        return frozenset(need for need, is_met in met.items() if is_met)

    @cached_property
    def labelled(self) -> slice | npt.NDArray[np.bool_]:
        """Which samples have a label, M of them."""
        return labelled_samples(self.aligned)

    @cached_property
    def labelled_row(self) -> Ints:
        """The row of each labelled sample ``[M]``."""
        return self.row[self.labelled]

    @cached_property
    def truth(self) -> Ints:
        """The class of each labelled sample ``[M]``."""
        return self.aligned.truth[self.labelled]

    @cached_property
    def scores(self) -> Scores:
        """Of the labelled samples ``[M, U]``; rows of NaN where there are none."""
        return class_scores(self.aligned, self.labelled)

    @cached_property
    def probabilities(self) -> Scores:
        """The scores as probabilities ``[M, U]``; rows of NaN where they are none."""
        return class_probabilities(self.aligned, self.labelled)

    @cached_property
    def confidence(self) -> Floats:
        """The highest probability of each labelled sample ``[M]``; NaN where there is none."""
        confidence_M: Floats = self.probabilities.max(1).astype(np.float64)
        return confidence_M

    @cached_property
    def right(self) -> npt.NDArray[np.bool_]:
        """Whether the class with the highest probability is the truth ``[M]``."""
        right_M: npt.NDArray[np.bool_] = _first_highest(self.probabilities) == self.truth
        return right_M


def _first_highest(scores_MU: Scores) -> npt.NDArray[np.int16]:
    """The class with the highest score of each sample ``[M]``, as `numpy.argmax` finds it: along the columns."""
    class_M = np.zeros(len(scores_MU), dtype=np.int16)
    highest_M = scores_MU[:, 0].copy()
    for index in range(1, scores_MU.shape[1]):
        # Where it is not higher, 0 changes nothing; where it is, no class so far has a higher number.
        np.maximum(class_M, (scores_MU[:, index] > highest_M) * np.int16(index), out=class_M)
        np.maximum(highest_M, scores_MU[:, index], out=highest_M)
    return class_M


def _both_signed(aligned: Aligned) -> bool:
    """Whether labels and answers both have emotions of more than one sign of valence."""
    mapping = aligned.mapping
    if mapping is None:
        return False
    signs = [{VALENCE[n] for n in side if n in VALENCE} for side in (mapping.classes, mapping.predicted.values())]
    return all(len(each) > 1 for each in signs)
