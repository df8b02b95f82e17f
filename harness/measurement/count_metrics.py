"""Every tally of metrics that the tables of one model allow, counted into rows.

Shapes: N samples, R rows, U classes of the truth and those that only the model knows. A row is a subject, or a
subject within one combination of groups.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.arrays import Ints
from harness.measurement.counting_options import (
    CountingOptions,
    class_scores,
    counting_options,
    labelled_samples,
    stratum_names,
)
from harness.measurement.score_columns import margin
from harness.metrics.assignment import NEGATIVE, VALENCE, negative_assignment, valence_error
from harness.metrics.calibration import calibration
from harness.metrics.categorical import OTHER, categorical
from harness.metrics.conformal import conformal
from harness.metrics.dimensional import dimensional
from harness.metrics.outcomes import outcomes
from harness.metrics.probabilistic import probabilistic
from harness.metrics.ranking import ranking
from harness.metrics.selective import selective
from harness.metrics.tally import Tally
from harness.tables.alignment import NO_LABEL, Aligned


def tallies(
    aligned: Aligned, row_N: Ints, num_rows: int, *, options: CountingOptions | None = None
) -> list[Tally]:
    """Count every tally.

    Args:
        aligned: the samples and the answers of one model under one condition.
        row_N: the row of each sample, 0 … R - 1.
        num_rows: R; rows may be empty.
        options: what is fixed before counting; by default `counting_options` of ``aligned``. Parts of one table
            that are counted with the same options merge by `harness.metrics.tally.merge`.
    """
    options = options or counting_options(aligned)
    return [
        *_of_labels(aligned, row_N, num_rows),
        _of_outcomes(aligned, row_N, num_rows, options),
        *_of_assignment(aligned, row_N, num_rows, options),
        *_of_scores(aligned, row_N, num_rows, options),
        *_of_dimensions(aligned, row_N, num_rows, options),
    ]


def _of_labels(aligned: Aligned, row_N: Ints, num_rows: int) -> Iterator[Tally]:
    if aligned.mapping is None:
        return
    labelled = labelled_samples(aligned)
    answer_N = np.where(aligned.answer >= len(aligned.mapping.classes), OTHER, aligned.answer)
    yield categorical(
        row_N[labelled],
        aligned.truth[labelled],
        answer_N[labelled],
        num_rows=num_rows,
        classes=aligned.mapping.classes,
        per_class=True,
    )


def _of_outcomes(aligned: Aligned, row_N: Ints, num_rows: int, options: CountingOptions) -> Tally:
    to_option = _positions(aligned.reasons, options.reasons)
    return outcomes(row_N, aligned.outcome, to_option[aligned.reason], num_rows=num_rows, reasons=options.reasons)


def _of_assignment(aligned: Aligned, row_N: Ints, num_rows: int, options: CountingOptions) -> Iterator[Tally]:
    if aligned.mapping is None:
        return
    names = (*aligned.mapping.classes, *aligned.mapping.outside)
    if options.strata:
        strata, stratum_N = stratum_names(aligned)
        stratum_N = _positions(strata, options.strata)[stratum_N]
        in_one = stratum_N >= 0
        is_negative = np.array([*(name in NEGATIVE for name in names), -1], dtype=np.int64)
        yield negative_assignment(
            row_N[in_one],
            stratum_N[in_one],
            is_negative[aligned.answer[in_one]],
            num_rows=num_rows,
            weights_K=options.strata_weights,
        )
    valence = np.array([*(VALENCE.get(name, np.nan) for name in names), np.nan])
    if "valence" not in options.dimensions and _both_signed(aligned):
        known = ~np.isnan(valence[aligned.truth])
        error_N = valence[aligned.answer[known]] - valence[aligned.truth[known]]
        yield valence_error(row_N[known], error_N, num_rows=num_rows)


def _of_scores(aligned: Aligned, row_N: Ints, num_rows: int, options: CountingOptions) -> Iterator[Tally]:
    """Of probabilities: losses, calibration, selective risk, conformal sets; of two classes: how they rank."""
    if not options.probabilities and not options.ranked:
        return
    labelled = labelled_samples(aligned)
    rows, truth_N, scores_NU = row_N[labelled], aligned.truth[labelled], class_scores(aligned, labelled)
    if options.probabilities:
        confidence_N, right_N = scores_NU.max(1).astype(np.float64), scores_NU.argmax(1) == truth_N
        least_N = np.broadcast_to(options.least_probability, aligned.num_subjects)[aligned.subject[labelled]]
        yield probabilistic(rows, truth_N, scores_NU, num_rows=num_rows)
        yield calibration(rows, confidence_N, right_N, num_rows=num_rows, edges=options.confidence_edges)
        yield selective(rows, confidence_N, right_N, num_rows=num_rows, edges=options.risk_edges)
        yield conformal(rows, truth_N, scores_NU, least_N, num_rows=num_rows)
    if options.ranked:
        edges = options.score_edges
        yield ranking(rows, truth_N == 1, margin(scores_NU), num_rows=num_rows, edges=edges)


def _of_dimensions(aligned: Aligned, row_N: Ints, num_rows: int, options: CountingOptions) -> Iterator[Tally]:
    nothing = np.full(len(row_N), np.nan)
    for name in options.dimensions:
        truth_N, predicted_N = aligned.dimensions.get(name, (nothing, nothing))
        known = ~np.isnan(truth_N)
        yield dimensional(name, row_N[known], truth_N[known], predicted_N[known], num_rows=num_rows)


def _positions(names: tuple[str, ...], wanted: tuple[str, ...]) -> Ints:
    """Where each name stands among the wanted ones, -1 where it does not; and -1 for the code -1 at the end."""
    position = {name: index for index, name in enumerate(wanted)}
    return np.array([*(position.get(name, NO_LABEL) for name in names), NO_LABEL], dtype=np.int64)


def _both_signed(aligned: Aligned) -> bool:
    """Whether truth and answers both know emotions of more than one sign."""
    mapping = aligned.mapping
    assert mapping is not None
    signs = [{VALENCE[n] for n in side if n in VALENCE} for side in (mapping.classes, mapping.predicted.values())]
    return all(len(each) > 1 for each in signs)
