"""Aligns samples and one model's predictions as arrays in the order of the samples.

Shapes: N samples, S subjects, L labels of the model, U classes (those of the labels, then those that only the
model has), V classes that raters voted for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Floats, Ints, Scores
from harness.cards.taxonomy import LabelMapping, map_labels
from harness.errors import HarnessError
from harness.tables.encoded_texts import of_texts
from harness.tables.predictions import is_scored, label_orders, rows_of
from harness.tables.sample_codes import (
    NO_CODE,
    applicable_rows,
    count_reasons,
    most_frequent,
    reason_codes,
    strata_of,
)
from harness.tables.schemas import CLEAN, DIMENSIONS, OUTCOMES
from harness.tables.subject_numbers import subject_numbers
from harness.tables.votes import VOTES, classes_of_votes, count_votes, names_of_classes, voted_labels, votes_of

NO_LABEL = NO_CODE
MAX_LABELS = 200
"""The most distinct labels; more are probably free text or numbers."""


@dataclass(frozen=True)
class Aligned:
    """Labels and answers of one model under one condition, sample by sample.

    Attributes:
        mapping: how the labels of samples and model correspond; None if either has none.
        num_subjects: S.
        subject: ``[N]``, 0 … S - 1, see `harness.tables.subject_numbers`.
        scored: ``[N]``, whether the outcome is ``scored``.
        outcome: ``[N]``, 0 scored, 1 abstained, 2 failed: index into `harness.tables.schemas.OUTCOMES`.
        reason: ``[N]``, index into ``reasons``, or `NO_LABEL`.
        reasons: the most frequent reasons with their outcome, such as ``failed:no_face``.
        stratum: ``[N]``, index into ``strata``; None if nothing is matched on.
        strata: the combinations of values of the matched columns.
        truth: ``[N]``, the true label, index into ``mapping.classes``, or `NO_LABEL`.
        answer: ``[N]``, index into ``mapping.classes`` followed by ``mapping.outside``, or `NO_LABEL`.
        class_scores: ``[N, U]``, scores summed per class; rows of NaN if there are none; None if the model gives
            no scores at all.
        label_scores: ``[N, L]``, the same as the model gave them.
        dimensions: label ``[N]`` and prediction ``[N]`` of every dimension that both tables have; NaN if empty.
        applicable: ``[N]``, whether the condition could change the sample; None if it could change all. The others
            say nothing about the model.
        votes: ``[N, V]``, how many raters chose each class; None if nobody did, or votes are not measured.
        vote_classes: the V classes.
    """

    mapping: LabelMapping | None
    num_subjects: int
    subject: Ints
    scored: npt.NDArray[np.bool_]
    outcome: Ints
    reason: Ints
    reasons: tuple[str, ...]
    stratum: Ints | None
    strata: tuple[str, ...]
    truth: Ints
    answer: Ints
    class_scores: Scores | None
    label_scores: Scores | None
    dimensions: Mapping[str, tuple[Floats, Floats]]
    applicable: Bools | None = None
    votes: Floats | None = None
    vote_classes: tuple[str, ...] = ()

    def take(self, rows: Ints) -> Aligned:
        """Some of the samples; their subjects are renumbered in the same order."""
        subjects, subject_N = np.unique(self.subject[rows], return_inverse=True)
        return replace(self.only(rows), num_subjects=len(subjects), subject=subject_N)

    def only(self, rows: Ints | Bools) -> Aligned:
        """Some of the samples; their subjects keep their numbers."""
        return replace(
            self,
            subject=self.subject[rows],
            scored=self.scored[rows],
            outcome=self.outcome[rows],
            reason=self.reason[rows],
            stratum=None if self.stratum is None else self.stratum[rows],
            truth=self.truth[rows],
            answer=self.answer[rows],
            class_scores=None if self.class_scores is None else self.class_scores[rows],
            label_scores=None if self.label_scores is None else self.label_scores[rows],
            dimensions={name: (y[rows], p[rows]) for name, (y, p) in self.dimensions.items()},
            applicable=None if self.applicable is None else self.applicable[rows],
            votes=None if self.votes is None else self.votes[rows],
        )


@dataclass(frozen=True, kw_only=True)
class RunContext:
    """What is determined over a whole run before its samples are aligned, at once or part by part.

    Attributes:
        labels: the labels of the model, in the order of its scores.
        mapping: see `Aligned`.
        reasons: see `Aligned`.
        dimensions: the dimensions that both tables have.
        match_on: columns of the samples on which samples of different groups are matched.
        condition: the condition of the predictions.
        votes: label of a vote → class, see `harness.tables.votes.classes_of_votes`; empty if votes are not
            measured.
        vote_source: where votes come from, see `harness.tables.votes`.
    """

    labels: Sequence[str]
    mapping: LabelMapping | None
    reasons: tuple[str, ...]
    dimensions: tuple[str, ...]
    match_on: tuple[str, ...]
    condition: str = CLEAN
    votes: Mapping[str, str] = field(default_factory=dict)
    vote_source: str = VOTES


def align(
    samples: pa.Table,
    predictions: pa.Table,
    *,
    model: str,
    condition: str,
    merge: Mapping[str, str],
    match_on: Sequence[str] = (),
    votes: str | None = None,
) -> Aligned:
    """Align one model's predictions under one condition with the samples.

    Args:
        samples: validated.
        predictions: validated, of any number of models and conditions.
        model: its name.
        condition: its name.
        merge: classes to merge in labels and answers.
        match_on: columns of the samples on which samples of different groups are matched.
        votes: where raters' votes come from, see `harness.tables.votes`; None for none.

    Raises:
        HarnessError: a sample has no prediction; there are too many distinct labels or too many combinations of
            ``match_on``, or no such column; see also `map_labels`.
    """
    labels = label_orders(predictions).get(model, [])
    rows = _in_order(samples, predictions, model, condition)
    answered = labels or distinct_labels(rows["label"], "predictions")
    no_dimension = all(rows[name].null_count == rows.num_rows for name in DIMENSIONS)
    truth = distinct_labels(samples["label"], "samples")
    context = RunContext(
        labels=labels,
        mapping=map_labels(truth, answered, merge) if truth and (answered or no_dimension) else None,
        reasons=most_frequent(count_reasons(rows), condition),
        dimensions=tuple(sorted(known_dimensions(samples) & answered_dimensions(rows), key=DIMENSIONS.index)),
        match_on=tuple(match_on),
        condition=condition,
        votes=classes_of_votes(voted_labels(votes_of(samples, votes)), merge) if votes else {},
        vote_source=votes or VOTES,
    )
    return align_rows(samples, rows, context)


def align_rows(
    samples: pa.Table, rows: pa.Table, context: RunContext, subjects: tuple[Ints, int] | None = None
) -> Aligned:
    """Align some of the samples of a run with their predictions, which are in the same order.

    Args:
        samples: validated.
        rows: of one model under one condition.
        context: the same for all parts of a run, so that their tallies can be merged.
        subjects: the subject of each of these samples ``[N]``, and the number of subjects in the whole run; by
            default they are numbered among these samples.
    """
    mapping = context.mapping
    truth_N, scores_NL, scores_NU = align_scores(samples, rows, context)
    outcomes = pa.array(OUTCOMES)
    outcome_N = of_texts(rows["outcome"], lambda texts: pc.index_in(texts, outcomes)).to_numpy().astype(np.int64)
    scored_N = outcome_N == OUTCOMES.index("scored")
    stratum_N, strata = strata_of(samples, context.match_on) if context.match_on else (None, ())
    subject_N, num_subjects = subjects or subject_numbers(samples)
    return Aligned(
        mapping=mapping,
        num_subjects=num_subjects,
        subject=subject_N,
        scored=scored_N,
        outcome=outcome_N,
        reason=reason_codes(rows, context.reasons),
        reasons=context.reasons,
        stratum=stratum_N,
        strata=strata,
        truth=truth_N,
        answer=(
            np.where(scored_N, _codes(rows["label"], mapping.predicted, _columns(mapping)), NO_LABEL)
            if mapping
            else _no_labels(samples)
        ),
        label_scores=scores_NL,
        class_scores=scores_NU,
        dimensions={name: _dimension(samples[name], rows[name], scored_N) for name in context.dimensions},
        applicable=None if context.condition == CLEAN else applicable_rows(rows),
        votes=count_votes(votes_of(samples, context.vote_source), context.votes) if context.votes else None,
        vote_classes=names_of_classes(context.votes),
    )


def align_scores(
    samples: pa.Table, rows: pa.Table, context: RunContext
) -> tuple[Ints, Scores | None, Scores | None]:
    """Only the true labels, the label scores and the class scores of `align_rows`.

    Args:
        samples: their labels.
        rows: outcomes and scores of one model under one condition, in the same order.
        context: see `align_rows`.
    """
    mapping = context.mapping
    if mapping is None:
        return _no_labels(samples), None, None
    scored_N = is_scored(rows).to_numpy(zero_copy_only=False)
    truth_N = _codes(samples["label"], mapping.truth, mapping.classes)
    scores_NL = _scores(rows, scored_N, len(context.labels))
    return truth_N, scores_NL, None if scores_NL is None else _per_class(scores_NL, context.labels, mapping)


def _in_order(samples: pa.Table, predictions: pa.Table, model: str, condition: str) -> pa.Table:
    rows = rows_of(predictions, model, condition).combine_chunks()
    if rows["sample_id"].equals(samples["sample_id"]):
        return rows
    position = pc.index_in(samples["sample_id"], value_set=rows["sample_id"])
    if rows.num_rows != samples.num_rows or position.null_count:
        raise HarnessError(
            f"predictions of {model} ({condition}) have {rows.num_rows} rows for {samples.num_rows} samples, and "
            f"{position.null_count} samples have none. Every sample needs exactly one."
        )
    return rows.take(position.combine_chunks()).combine_chunks()


def distinct_labels(column: pa.ChunkedArray, table: str) -> list[str]:
    """The labels that occur, sorted; ``table`` is the name of the table in messages."""
    labels: list[str] = sorted(pc.unique(column).drop_null().to_pylist())
    if len(labels) > MAX_LABELS:
        raise HarnessError(f"{table}: {len(labels)} different labels, such as {labels[0]!r}; are these classes?")
    return labels


def _columns(mapping: LabelMapping) -> tuple[str, ...]:
    return (*mapping.classes, *mapping.outside)


def _codes(column: pa.ChunkedArray, to_class: Mapping[str, str], classes: Sequence[str]) -> Ints:
    encoded = pc.dictionary_encode(column.combine_chunks())
    position = {name: index for index, name in enumerate(classes)}
    # A dictionary may be that of more rows than these, with labels of another model.
    of_code = [position.get(to_class.get(label, ""), NO_LABEL) for label in encoded.dictionary.to_pylist()]
    indices_N = encoded.indices.fill_null(len(of_code)).to_numpy()
    codes_N: Ints = np.array([*of_code, NO_LABEL], dtype=np.int64)[indices_N]
    return codes_N


def _no_labels(samples: pa.Table) -> Ints:
    return np.full(samples.num_rows, NO_LABEL, dtype=np.int64)


def _scores(rows: pa.Table, scored_N: npt.NDArray[np.bool_], num_labels: int) -> Scores | None:
    """The scores ``[N, L]``; rows without scores are NaN. None if no row has any."""
    column = rows["scores"].combine_chunks()
    valid_N = column.is_valid().to_numpy(zero_copy_only=False)
    present_N = scored_N & valid_N
    if not num_labels or not present_N.any():
        return None
    if (present_N != valid_N).any():
        column = column.filter(pa.array(present_N))
    flat: Scores = column.flatten().to_numpy(zero_copy_only=False)
    # By columns: whatever is computed for every sample runs along them, which is far faster.
    if present_N.all():
        return np.ascontiguousarray(flat.reshape(-1, num_labels).T).T
    return _columns_at(present_N, flat, num_labels).T


def _columns_at(present_N: npt.NDArray[np.bool_], flat: Scores, num_labels: int) -> Scores:
    """The scores as columns ``[L, N]``; ``flat`` has those of the rows with scores alone, the others are NaN."""
    place_N: Ints = (np.cumsum(present_N, dtype=np.int64) - 1) * num_labels
    np.maximum(place_N, 0, out=place_N)  # of rows before the first that has any
    scores_LN = np.empty((num_labels, len(present_N)), dtype=flat.dtype)
    for column_N in scores_LN:
        np.take(flat, place_N, out=column_N, mode="clip")  # no copy of `column_N`, as another mode makes
        place_N += 1
    scores_LN[:, ~present_N] = np.nan
    return scores_LN


def _per_class(scores_NL: Scores, labels: Sequence[str], mapping: LabelMapping) -> Scores:
    """The scores ``[N, U]``, summed over merged labels; no copy if labels and classes are in the same order."""
    position = {name: index for index, name in enumerate(_columns(mapping))}
    into = [position[mapping.predicted[label]] for label in labels]
    if into == list(range(len(position))):
        return scores_NL
    scores_NU = np.zeros((len(scores_NL), len(position)), dtype=np.float32, order="F")
    for column, index in enumerate(into):
        scores_NU[:, index] += scores_NL[:, column]
    scores_NU[np.isnan(scores_NL[:, 0])] = np.nan
    return scores_NU


def known_dimensions(samples: pa.Table) -> set[str]:
    """The dimensions that any of the samples has."""
    return {name for name in DIMENSIONS if _has_number(samples[name])}


def answered_dimensions(rows: pa.Table) -> set[str]:
    """The dimensions that any of the scored predictions has."""
    names = [name for name in DIMENSIONS if rows[name].null_count < rows.num_rows]
    if not names:
        return set()
    scored = is_scored(rows)
    return {name for name in names if _has_number(rows[name].filter(scored))}


def _has_number(column: pa.ChunkedArray) -> bool:
    return column.null_count < len(column) and bool(pc.any(pc.is_finite(column)).as_py())


def _dimension(
    truth: pa.ChunkedArray, predicted: pa.ChunkedArray, scored_N: npt.NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    predicted_N = np.where(scored_N, _floats(predicted), np.nan)
    return _floats(truth), np.where(np.isfinite(predicted_N), predicted_N, np.nan)


def _floats(column: pa.ChunkedArray) -> Floats:
    values_N: Floats = pc.fill_null(column, float("nan")).to_numpy().astype(np.float64)
    return values_N
