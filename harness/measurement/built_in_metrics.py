"""The harness's own metrics: how the tallies of each family in `harness.metrics` are made from aligned samples.

Shapes: N samples, R rows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.arrays import Ints
from harness.measurement.answers_to_both import answers_to_both
from harness.measurement.counting_options import class_probabilities, stratum_names
from harness.measurement.samples_in_rows import SamplesInRows
from harness.measurement.score_columns import margin
from harness.metrics import (
    assignment,
    calibration,
    categorical,
    conformal,
    dimensional,
    invariance,
    outcomes,
    probabilistic,
    ranking,
    selective,
    soft_labels,
    supported,
    votes,
)
from harness.metrics.metric_family import MetricFamily
from harness.metrics.tally import Tally
from harness.tables.alignment import NO_LABEL


def _categorical(samples: SamplesInRows) -> Iterator[Tally]:
    mapping = samples.aligned.mapping
    assert mapping is not None
    answer_N = np.where(samples.aligned.answer >= len(mapping.classes), categorical.OTHER, samples.aligned.answer)
    yield categorical.categorical(
        samples.labelled_row,
        samples.truth,
        answer_N[samples.labelled],
        num_rows=samples.num_rows,
        classes=mapping.classes,
        per_class=True,
    )


def _supported(samples: SamplesInRows) -> Iterator[Tally]:
    mapping = samples.aligned.mapping
    assert mapping is not None
    known = np.array([code for code, name in enumerate(mapping.classes) if name not in mapping.unreachable], int)
    answer_N = np.where(samples.aligned.answer >= len(mapping.classes), categorical.OTHER, samples.aligned.answer)
    yield supported.supported(
        samples.labelled_row,
        samples.truth,
        answer_N[samples.labelled],
        num_rows=samples.num_rows,
        num_classes=len(mapping.classes),
        supported_K=known,
    )


def _outcomes(samples: SamplesInRows) -> Iterator[Tally]:
    aligned, reasons = samples.aligned, samples.options.reasons
    reason_N = _positions(aligned.reasons, reasons)[aligned.reason]
    yield outcomes.outcomes(samples.row, aligned.outcome, reason_N, num_rows=samples.num_rows, reasons=reasons)


def _negative_assignment(samples: SamplesInRows) -> Iterator[Tally]:
    aligned, options = samples.aligned, samples.options
    strata, stratum_N = stratum_names(aligned)
    stratum_N = _positions(strata, options.strata)[stratum_N]
    in_one = stratum_N >= 0
    is_negative = np.array([*(name in assignment.NEGATIVE for name in _answers(samples)), -1], dtype=np.int64)
    yield assignment.negative_assignment(
        samples.row[in_one],
        stratum_N[in_one],
        is_negative[aligned.answer[in_one]],
        num_rows=samples.num_rows,
        weights_K=options.strata_weights,
        names=options.strata,
    )


def _valence_error(samples: SamplesInRows) -> Iterator[Tally]:
    aligned = samples.aligned
    valence = np.array([*(assignment.VALENCE.get(name, np.nan) for name in _answers(samples)), np.nan])
    known = ~np.isnan(valence[aligned.truth])
    error_N = valence[aligned.answer[known]] - valence[aligned.truth[known]]
    yield assignment.valence_error(samples.row[known], error_N, num_rows=samples.num_rows)


def _probabilistic(samples: SamplesInRows) -> Iterator[Tally]:
    yield probabilistic.probabilistic(
        samples.labelled_row, samples.truth, samples.probabilities, num_rows=samples.num_rows
    )


def _calibration(samples: SamplesInRows) -> Iterator[Tally]:
    yield calibration.calibration(
        samples.labelled_row,
        samples.confidence,
        samples.right,
        num_rows=samples.num_rows,
        edges=samples.options.confidence_edges,
    )


def _selective(samples: SamplesInRows) -> Iterator[Tally]:
    yield selective.selective(
        samples.labelled_row,
        samples.confidence,
        samples.right,
        num_rows=samples.num_rows,
        edges=samples.options.risk_edges,
    )


def _conformal(samples: SamplesInRows) -> Iterator[Tally]:
    aligned = samples.aligned
    least_S = np.broadcast_to(samples.options.least_probability, aligned.num_subjects)
    yield conformal.conformal(
        samples.labelled_row,
        samples.truth,
        samples.probabilities,
        least_S[aligned.subject[samples.labelled]],
        num_rows=samples.num_rows,
    )


def _ranking(samples: SamplesInRows) -> Iterator[Tally]:
    yield ranking.ranking(
        samples.labelled_row,
        samples.truth == 1,
        margin(samples.scores),
        num_rows=samples.num_rows,
        edges=samples.options.score_edges,
    )


def _dimensional(samples: SamplesInRows) -> Iterator[Tally]:
    nothing = np.full(len(samples.row), np.nan)
    for name in samples.options.dimensions:
        truth_N, predicted_N = samples.aligned.dimensions.get(name, (nothing, nothing))
        known = ~np.isnan(truth_N)
        yield dimensional.dimensional(
            name, samples.row[known], truth_N[known], predicted_N[known], num_rows=samples.num_rows
        )


def _invariance(samples: SamplesInRows) -> Iterator[Tally]:
    assert samples.clean is not None
    both = answers_to_both(samples.clean, samples.aligned)
    clean_N, changed_N = both.clean, both.changed
    num_rows = samples.num_rows
    yield invariance.unchanged(samples.row, clean_N, changed_N, num_rows=num_rows, num_answers=len(both.names))
    is_negative = np.array([*(name in assignment.NEGATIVE for name in both.names), NO_LABEL], dtype=np.int64)
    if len(set(is_negative.tolist())) == len(("negative", "other", "none")):
        yield invariance.negative_shift(
            samples.row, is_negative[clean_N], is_negative[changed_N], num_rows=num_rows
        )


def _invariance_of_values(samples: SamplesInRows) -> Iterator[Tally]:
    assert samples.clean is not None
    nothing = np.full(len(samples.row), np.nan), np.full(len(samples.row), np.nan)
    for name in samples.options.dimensions:
        clean_N, changed_N = (each.dimensions.get(name, nothing)[1] for each in (samples.clean, samples.aligned))
        yield invariance.unchanged_value(name, samples.row, clean_N, changed_N, num_rows=samples.num_rows)


def _votes(samples: SamplesInRows) -> Iterator[Tally]:
    aligned, names = samples.aligned, _answers(samples)
    assert aligned.votes is not None
    voted_N = _positions(names, aligned.vote_classes)[aligned.answer]
    yield votes.votes(
        samples.row, aligned.votes, aligned.answer, voted_N, num_rows=samples.num_rows, answers=names
    )


def _soft_labels(samples: SamplesInRows) -> Iterator[Tally]:
    """With the classes that only raters know after those of the answers: they have no probability."""
    aligned, names = samples.aligned, _answers(samples)
    assert aligned.votes is not None
    probabilities_NU = class_probabilities(aligned, slice(None))
    columns = (*names, *(name for name in aligned.vote_classes if name not in names))
    votes_NK, p_NK = (np.zeros((len(samples.row), len(columns))) for _ in range(2))
    votes_NK[:, [columns.index(name) for name in aligned.vote_classes]] = aligned.votes
    p_NK[:, : len(names)] = probabilities_NU
    yield soft_labels.soft_labels(samples.row, p_NK, votes_NK, num_rows=samples.num_rows)


def _answers(samples: SamplesInRows) -> tuple[str, ...]:
    """The classes of the labels, then those that only the model has."""
    mapping = samples.aligned.mapping
    assert mapping is not None
    return (*mapping.classes, *mapping.outside)


def _positions(names: tuple[str, ...], wanted: tuple[str, ...]) -> Ints:
    """The index of each name among the wanted ones, -1 if it is not there; and a last entry -1 for the code -1."""
    position = {name: index for index, name in enumerate(wanted)}
    return np.array([*(position.get(name, NO_LABEL) for name in names), NO_LABEL], dtype=np.int64)


CATEGORICAL_FAMILY = MetricFamily(categorical.FACTS, _categorical)
SUPPORTED_FAMILY = MetricFamily(supported.FACTS, _supported)
OUTCOMES_FAMILY = MetricFamily(outcomes.FACTS, _outcomes)
NEGATIVE_ASSIGNMENT_FAMILY = MetricFamily((assignment.NEGATIVE_ASSIGNMENT,), _negative_assignment)
VALENCE_ERROR_FAMILY = MetricFamily((assignment.VALENCE_ERROR,), _valence_error)
PROBABILISTIC_FAMILY = MetricFamily(probabilistic.FACTS, _probabilistic)
CALIBRATION_FAMILY = MetricFamily(calibration.FACTS, _calibration)
SELECTIVE_FAMILY = MetricFamily(selective.FACTS, _selective)
CONFORMAL_FAMILY = MetricFamily(conformal.FACTS, _conformal)
RANKING_FAMILY = MetricFamily(ranking.FACTS, _ranking)
DIMENSIONAL_FAMILY = MetricFamily(dimensional.FACTS, _dimensional)
INVARIANCE_FAMILY = MetricFamily((invariance.UNCHANGED, invariance.NEGATIVE_SHIFT), _invariance)
INVARIANCE_OF_VALUES_FAMILY = MetricFamily((invariance.UNCHANGED_VALUE,), _invariance_of_values)
VOTES_FAMILY = MetricFamily(votes.FACTS, _votes)
SOFT_LABELS_FAMILY = MetricFamily(soft_labels.FACTS, _soft_labels)
