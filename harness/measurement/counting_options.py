"""What is taken from the whole run before samples are counted, so that groups, resamples and shards add up.

Shapes: N samples, S subjects, U classes of the truth and those that only the model knows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints, Scores
from harness.metrics.assignment import NEGATIVE
from harness.metrics.calibration import NUM_BINS
from harness.metrics.conformal import thresholds
from harness.metrics.probabilistic import are_probabilities
from harness.metrics.quantiles import equal_mass_edges
from harness.metrics.ranking import num_bins
from harness.metrics.selective import NUM_BINS as NUM_RISK_BINS
from harness.tables.alignment import NO_LABEL, Aligned


def _nothing() -> Floats:
    return np.empty(0)


@dataclass(frozen=True, kw_only=True)
class CountingOptions:
    """What every part of a run is counted with.

    Attributes:
        dimensions: those that are measured.
        reasons: the reasons of abstention and failure that have a metric.
        strata: the strata within which negative answers are counted; see `stratum_names`.
        strata_weights: the samples of each stratum.
        scores: whether there are scores of the classes.
        probabilities: whether they are probabilities.
        ranked: whether there are two classes with scores to rank.
        confidence_edges: the inner edges of the bins of confidence in which calibration is measured.
        risk_edges: the same for selective risk.
        score_edges: of the difference between the scores of two classes.
        least_probability: ``[S]``, or ``[1]`` for every subject: what puts a class into a conformal set.
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


def counting_options(aligned: Aligned, *, per_subject: bool = True) -> CountingOptions:
    """Take the options from samples: all of a run, or as many as memory holds.

    Args:
        aligned: the samples and the answers of one model under one condition.
        per_subject: a conformal threshold for each subject, learned from the others; False where not all subjects
            are in ``aligned``: one threshold for all, learned from these.
    """
    names, stratum_N = stratum_names(aligned)
    weights = np.bincount(stratum_N[stratum_N >= 0], minlength=len(names)).astype(np.float64)
    occurs = np.flatnonzero(weights)
    return CountingOptions(
        dimensions=tuple(aligned.dimensions),
        reasons=aligned.reasons,
        strata=tuple(names[index] for index in occurs.tolist()),
        strata_weights=weights[occurs],
        **_of_scores(aligned, per_subject),
    )


def _of_scores(aligned: Aligned, per_subject: bool) -> dict[str, Any]:
    """The options that rest on scores."""
    found: dict[str, Any] = {}
    if aligned.mapping is None or aligned.class_scores is None or aligned.label_scores is None:
        return found
    found["scores"] = True
    labelled = labelled_samples(aligned)
    truth_N, scores_NU = aligned.truth[labelled], aligned.class_scores[labelled]
    if are_probabilities(aligned.label_scores):
        confidence_N = _present(scores_NU.max(1))
        right_N = np.take_along_axis(scores_NU, truth_N[:, None], axis=1)[:, 0]
        num_subjects = aligned.num_subjects + (not per_subject)
        least_S = thresholds(aligned.subject[labelled], right_N, num_subjects=num_subjects)
        found |= {
            "probabilities": True,
            "confidence_edges": equal_mass_edges(confidence_N, NUM_BINS),
            "risk_edges": equal_mass_edges(confidence_N, NUM_RISK_BINS),
            "least_probability": least_S if per_subject else least_S[-1:],
        }
    if len(aligned.mapping.classes) == 2:
        edges = equal_mass_edges(_present(margin(scores_NU)), num_bins(aligned.num_subjects))
        found |= {"ranked": True, "score_edges": edges}
    return found


def labelled_samples(aligned: Aligned) -> slice | npt.NDArray[np.bool_]:
    """Which samples have a label; all of them where none lacks one, so that nothing is copied."""
    labelled_N = aligned.truth != NO_LABEL
    return slice(None) if labelled_N.all() else labelled_N


def class_scores(aligned: Aligned, labelled: slice | npt.NDArray[np.bool_]) -> Scores:
    """The scores ``[N, U]`` of the labelled samples; NaN where there are none."""
    if aligned.class_scores is not None:
        return aligned.class_scores[labelled]
    num_classes = len(aligned.mapping.classes) + len(aligned.mapping.outside) if aligned.mapping else 0
    return np.full((len(aligned.truth[labelled]), num_classes), np.nan)


def margin(scores_N2: Scores) -> Floats:
    """By how much the score of the second of two classes is above that of the first ``[N]``."""
    return scores_N2[:, 1].astype(np.float64) - scores_N2[:, 0]


def stratum_names(aligned: Aligned) -> tuple[tuple[str, ...], Ints]:
    """The strata of negative assignment, and the index of each sample's ``[N]``, -1 where it is in none.

    Without columns to match on: the neutral samples. With: every class that is not negative itself, by the values
    of the columns.
    """
    none_N = np.full(len(aligned.truth), -1)
    mapping = aligned.mapping
    if mapping is None or not set(mapping.predicted.values()) & set(NEGATIVE):
        return (), none_N
    wanted = set(mapping.classes) - set(NEGATIVE) if aligned.stratum is not None else {"neutral"}
    eligible = [index for index, name in enumerate(mapping.classes) if name in wanted]
    strata = aligned.strata if aligned.stratum is not None else ("",)
    position = np.full(len(mapping.classes) + 1, -1)
    position[eligible] = np.arange(len(eligible))
    class_N = position[aligned.truth]
    within_N = aligned.stratum if aligned.stratum is not None else np.zeros(len(none_N), dtype=np.int64)
    names = tuple(f"{mapping.classes[index]} * {stratum}" for index in eligible for stratum in strata)
    return names, np.where(class_N < 0, -1, class_N * len(strata) + within_N)


def _present(values_N: Scores) -> Floats:
    return values_N[~np.isnan(values_N)].astype(np.float64)
