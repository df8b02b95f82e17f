"""What is taken from the whole run before samples are counted, so that tallies of groups and of parts add up.

Shapes: N samples, S subjects, U classes: those of the labels, then those that only the model has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints, Scores
from harness.measurement.score_columns import ScoreColumns
from harness.metrics.assignment import NEGATIVE
from harness.metrics.probabilistic import as_probabilities
from harness.tables.alignment import NO_LABEL, Aligned


def _nothing() -> Floats:
    return np.empty(0)


@dataclass(frozen=True, kw_only=True)
class CountingOptions:
    """The options that all parts of a run share when they are counted.

    Attributes:
        dimensions: those that are measured.
        reasons: the reasons of abstention and failure that have a metric.
        strata: the strata within which negative answers are counted; see `stratum_names`.
        strata_weights: the samples of each stratum.
        scores: whether there are class scores.
        probabilities: whether they are probabilities.
        ranked: whether there are exactly two classes, with scores to rank them by.
        confidence_edges: the inner edges of the confidence bins used for calibration; infinite for bins that stay
            empty because there are fewer distinct values.
        risk_edges: the same for selective risk.
        score_edges: the same for the difference between the scores of two classes.
        least_probability: ``[S]``, or ``[1]`` for every subject: the threshold of a conformal set.
    """

    dimensions: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    strata: tuple[str, ...] = ()
    strata_weights: Floats = field(default_factory=_nothing)
    scores: bool = False
    probabilities: bool = False
    ranked: bool = False
    confidence_edges: Floats = field(default_factory=_nothing)
    risk_edges: Floats = field(default_factory=_nothing)
    score_edges: Floats = field(default_factory=_nothing)
    least_probability: Floats = field(default_factory=_nothing)


def counting_options(aligned: Aligned) -> CountingOptions:
    """Take the options from all samples of a run.

    Args:
        aligned: the samples and the answers of one model under one condition.
    """
    names, stratum_N = stratum_names(aligned)
    weights = np.bincount(stratum_N[stratum_N >= 0], minlength=len(names)).astype(np.float64)
    occurs = np.flatnonzero(weights)
    scores = ScoreColumns(aligned.num_subjects, len(aligned.mapping.classes) if aligned.mapping else 0)
    scores.add(aligned.subject, aligned.truth, aligned.label_scores, aligned.class_scores)
    return CountingOptions(
        dimensions=tuple(aligned.dimensions),
        reasons=aligned.reasons,
        strata=tuple(names[index] for index in occurs.tolist()),
        strata_weights=weights[occurs],
        **scores.options(),
    )


def labelled_samples(aligned: Aligned) -> slice | npt.NDArray[np.bool_]:
    """Which samples have a label; a full slice if all have one, so that nothing is copied."""
    labelled_N = aligned.truth != NO_LABEL
    return slice(None) if labelled_N.all() else labelled_N


def class_scores(aligned: Aligned, labelled: slice | npt.NDArray[np.bool_]) -> Scores:
    """The scores ``[N, U]`` of the labelled samples; NaN where there are none."""
    if aligned.class_scores is not None:
        return aligned.class_scores[labelled]
    return _no_scores(aligned, labelled)


def class_probabilities(aligned: Aligned, labelled: slice | npt.NDArray[np.bool_]) -> Scores:
    """The same as probabilities: normalised where they are rounded, NaN where they are not probabilities."""
    if aligned.class_scores is not None and aligned.label_scores is not None:
        return as_probabilities(aligned.label_scores[labelled], aligned.class_scores[labelled])
    return _no_scores(aligned, labelled)


def _no_scores(aligned: Aligned, labelled: slice | npt.NDArray[np.bool_]) -> Scores:
    num_classes = len(aligned.mapping.classes) + len(aligned.mapping.outside) if aligned.mapping else 0
    return np.full((len(aligned.truth[labelled]), num_classes), np.nan)


def classes_of_strata(classes: Sequence[str], *, is_matched: bool) -> list[str]:
    """The classes whose samples negative assignment counts.

    Args:
        classes: of the study.
        is_matched: whether there are columns to match on.
    """
    return [name for name in classes if (name not in NEGATIVE if is_matched else name == "neutral")]


def stratum_names(aligned: Aligned) -> tuple[tuple[str, ...], Ints]:
    """The strata of negative assignment, and the stratum of each sample ``[N]``, -1 if it is in none.

    Without columns to match on, the neutral samples are the only stratum. With them, there is a stratum for each
    class that is not negative and each combination of the columns' values.
    """
    none_N = np.full(len(aligned.truth), -1)
    mapping = aligned.mapping
    if mapping is None or not set(mapping.predicted.values()) & set(NEGATIVE):
        return (), none_N
    wanted = classes_of_strata(mapping.classes, is_matched=aligned.stratum is not None)
    eligible = [index for index, name in enumerate(mapping.classes) if name in wanted]
    strata = aligned.strata if aligned.stratum is not None else ("",)
    position = np.full(len(mapping.classes) + 1, -1)
    position[eligible] = np.arange(len(eligible))
    class_N = position[aligned.truth]
    within_N = aligned.stratum if aligned.stratum is not None else np.zeros(len(none_N), dtype=np.int64)
    names = tuple(f"{mapping.classes[index]} * {stratum}" for index in eligible for stratum in strata)
    return names, np.where(class_N < 0, -1, class_N * len(strata) + within_N)
