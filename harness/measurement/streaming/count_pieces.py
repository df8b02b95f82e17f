"""One model's answers in pieces → tallies: first what is fixed before counting, then the counts.

A first pass numbers the people of the samples and keeps the number for every sample, so that subjects and
attributes are read only once for all models.

Shapes: N samples of a piece, K people (subjects with their attributes), S subjects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from harness.arrays import Floats, Ints
from harness.attributes.groups import Groups
from harness.cards.taxonomy import map_labels
from harness.measurement.cells import Cells, cells_of
from harness.measurement.clips import CLIP_COLUMNS, ClipNumbers
from harness.measurement.counting_options import CountingOptions, stratum_names
from harness.measurement.model_counts import CountedPart
from harness.measurement.score_columns import ScoreColumns
from harness.measurement.streaming.numbering import Combinations
from harness.measurement.streaming.prediction_blocks import PredictionBlock
from harness.tables.alignment import RunContext, align_rows, align_scores, distinct_labels
from harness.tables.sample_codes import most_frequent
from harness.tables.schemas import DIMENSIONS, PREDICTIONS
from harness.tables.subject_numbers import subject_numbers
from harness.tables.votes import VOTES, classes_of_votes

Piece = tuple[pa.Table, pa.Table, Ints]
"""Some samples, the answers to them in the same order, and the number of each one's person ``[N]``. Texts may be
dictionaries."""


@dataclass(frozen=True)
class NumberedSubjects:
    """Subjects with their attributes, and the cells that they fall into.

    Attributes:
        subject: ``[K]``, 0 … S - 1.
        cells: those of the people, not of the samples.
    """

    subject: Ints
    cells: Cells

    @classmethod
    def of(cls, people: pa.Table, axes: Sequence[Groups]) -> NumberedSubjects:
        """Number the subjects as in a table in memory, in whatever order they were found.

        Args:
            people: ``[K]``, with their subjects.
            axes: how they are grouped.
        """
        subject, _ = subject_numbers(people)
        return cls(subject, cells_of(subject, axes))


def context_of(
    kinds: Combinations,
    block: PredictionBlock,
    dimensions: set[str],
    *,
    labels: Sequence[str],
    merge: Mapping[str, str],
    match_on: Sequence[str],
    voted: Collection[str] = (),
    vote_source: str | None = None,
) -> RunContext:
    """What is the same for all samples with the answers of one model.

    Args:
        kinds: labels of the samples with the columns to match on.
        block: the summary of the answers.
        dimensions: those that at least one sample has.
        labels: the model's, in the order of its scores.
        merge: classes to merge on both sides.
        match_on: columns of the samples on which samples of different groups are matched.
        voted: the labels that raters chose anywhere in the run; none if votes are not measured.
        vote_source: where votes come from, see `harness.tables.votes`; None if they are not measured.

    Raises:
        HarnessError: see `harness.tables.alignment.align`.
    """
    truth = distinct_labels(kinds.table()["label"], "samples")
    answered = labels or distinct_labels(pa.chunked_array([sorted(block.labels)], pa.string()), "predictions")
    mapped = truth and (answered or not block.given)
    return RunContext(
        labels=labels,
        mapping=map_labels(truth, answered, merge) if mapped else None,
        reasons=most_frequent(block.reasons.counts, block.condition),
        dimensions=tuple(name for name in DIMENSIONS if name in dimensions & block.dimensions),
        match_on=tuple(match_on),
        condition=block.condition,
        votes=classes_of_votes(voted if vote_source else (), merge),
        vote_source=vote_source or VOTES,
    )


def options_of(
    pieces: Iterable[Piece], context: RunContext, kinds: Combinations, people: NumberedSubjects
) -> CountingOptions:
    """What is fixed before counting, computed from the scores and the summaries.

    Args:
        pieces: with the labels of the samples, and outcome and scores of the answers.
        context: see `context_of`.
        kinds: see `context_of`.
        people: those of all pieces.
    """
    return options_from(score_columns(pieces, context, people), context, kinds)


def score_columns(pieces: Iterable[Piece], context: RunContext, people: NumberedSubjects) -> ScoreColumns:
    """The scores of some pieces, see `options_of`."""
    columns = ScoreColumns(people.cells.num_subjects, len(context.mapping.classes) if context.mapping else 0)
    for samples, rows, person_N in pieces:
        columns.add(people.subject[person_N], *align_scores(samples, rows, context))
    return columns


def options_from(columns: ScoreColumns, context: RunContext, kinds: Combinations) -> CountingOptions:
    """The options of `options_of`, from the scores of all pieces."""
    names, weights = _strata(kinds, context)
    return CountingOptions(
        dimensions=context.dimensions,
        reasons=context.reasons,
        strata=names,
        strata_weights=weights,
        **columns.options(),
    )


def parts_of(
    pieces: Iterable[Piece], context: RunContext, people: NumberedSubjects, clips: ClipNumbers | None = None
) -> Iterator[CountedPart]:
    """The pieces as arrays, ready to be counted.

    Args:
        pieces: with labels, dimensions and columns to match on of the samples, and the answers without ids; clips
            are counted where the samples say whose and in which session they are.
        context: see `context_of`.
        people: those of all pieces.
        clips: numbers the clips; by default from 0.
    """
    clips = clips or ClipNumbers()
    for samples, rows, person_N in pieces:
        subjects = people.subject[person_N], people.cells.num_subjects
        aligned = align_rows(samples, rows, context, subjects)
        has_clips = context.dimensions and set(CLIP_COLUMNS) <= set(samples.column_names)
        clip_N = clips.of(samples) if has_clips else None
        yield CountedPart(aligned, people.cells.row[person_N], clip=clip_N)


def _strata(kinds: Combinations, context: RunContext) -> tuple[tuple[str, ...], Floats]:
    """The strata of negative assignment that occur, and the number of samples of each."""
    table, num = kinds.table(), len(kinds)
    given = {"outcome": pa.array(["failed"] * num)}
    unanswered = pa.table({field.name: given.get(field.name, pa.nulls(num, field.type)) for field in PREDICTIONS})
    subjects = np.zeros(num, dtype=np.int64), 1
    aligned = align_rows(table, unanswered, replace(context, reasons=(), dimensions=(), votes={}), subjects)
    names, stratum_N = stratum_names(aligned)
    in_one = stratum_N >= 0
    weights = np.bincount(stratum_N[in_one], weights=kinds.num_rows[in_one], minlength=len(names))
    occurs = np.flatnonzero(weights)
    return tuple(names[index] for index in occurs.tolist()), weights[occurs].astype(np.float64)
