"""What a model answered for what, and how its labels meet those of the samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.cards.taxonomy import LabelMapping
from harness.tables.alignment import NO_LABEL, align
from harness.tables.schemas import CLEAN


@dataclass(frozen=True)
class Confusion:
    """What was answered for what.

    Attributes:
        classes: the classes of the truth, sorted.
        answers: the classes, then the model's other answers, then ``unscored``.
        counts: samples, ``[len(classes), len(answers)]``.
        mapping: how the labels of samples and model meet, and with `LabelMapping.losses` what is lost.
    """

    classes: tuple[str, ...]
    answers: tuple[str, ...]
    counts: npt.NDArray[np.int64]
    mapping: LabelMapping


def confusion(
    samples: pa.Table,
    predictions: pa.Table,
    *,
    model: str,
    condition: str = CLEAN,
    merge: Mapping[str, str] | None = None,
) -> Confusion | None:
    """The confusion matrix of one model; None where there are no labels to confuse."""
    aligned = align(samples, predictions, model=model, condition=condition, merge=merge or {})
    if aligned.mapping is None:
        return None
    classes = aligned.mapping.classes
    answers = (*classes, *aligned.mapping.outside, "unscored")
    labelled_N = aligned.truth != NO_LABEL
    answer_N = np.where(aligned.answer == NO_LABEL, len(answers) - 1, aligned.answer)
    cell_N = (aligned.truth * len(answers) + answer_N)[labelled_N]
    counts = np.bincount(cell_N, minlength=len(classes) * len(answers)).reshape(len(classes), len(answers))
    return Confusion(classes, answers, counts.astype(np.int64), aligned.mapping)
