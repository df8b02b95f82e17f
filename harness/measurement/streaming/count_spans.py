"""Spans of one model's answers → scores, tallies and drawn samples, each span on its own.

What is called for a span can be pickled: it names the files, and reads of them what it needs.

Shapes: N samples of a piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np
import pyarrow as pa

from harness.arrays import Ints
from harness.errors import HarnessError
from harness.measurement.clips import CLIP_COLUMNS, ClipNumbers
from harness.measurement.counting_options import CountingOptions
from harness.measurement.model_counts import CountedPart, CountedSums, ModelCounts, sums_of_parts
from harness.measurement.score_columns import ScoreColumns
from harness.measurement.streaming.count_pieces import NumberedSubjects, Piece, parts_of, score_columns
from harness.measurement.streaming.spans import Span, Spread
from harness.measurement.streaming.spilled import Numbers
from harness.metrics.tally import Tally
from harness.progress import UNSEEN, Share
from harness.tables.alignment import RunContext
from harness.tables.drawn_samples import Draw, is_among
from harness.tables.encoded_texts import cast_but_encoded
from harness.tables.pieces import TableFile
from harness.tables.predictions import validate_answers
from harness.tables.sample_keys import ID_COLUMN
from harness.tables.schemas import DIMENSIONS, PREDICTIONS
from harness.tables.votes import vote_columns

COUNTED = ("outcome", "reason", "label", "scores", *DIMENSIONS)
"""The columns of the predictions that are counted."""


@dataclass(frozen=True)
class PeopleOfSpan:
    """A span of the samples, and the number of each one's person, piece by piece."""

    span: Span
    person: Sequence[Numbers]

    def __str__(self) -> str:
        return str(self.span)


@dataclass(frozen=True)
class Answers:
    """The answers of one model under one condition, read beside the samples.

    Attributes:
        samples: the file of the samples.
        predictions: that of the predictions.
        schema: of the validated samples.
        people: see `NumberedSubjects`.
        context: what is the same for all samples.
        where: the model and the condition, for messages.
        first: the first row of these answers in the file.
    """

    samples: TableFile
    predictions: TableFile
    schema: pa.Schema
    people: NumberedSubjects
    context: RunContext
    where: str
    first: int

    def validated(self, task: PeopleOfSpan, *, whole: bool = False) -> Iterator[Piece]:
        """All columns of the predictions, after they are validated.

        Args:
            task: what is read.
            whole: all columns of the samples as well, not only ids and labels.
        """
        where = f"predictions of {self.where}"
        for samples, rows, person_N in self._pieces(task, None if whole else [ID_COLUMN, "label"], None):
            rows = validate_answers(rows, self.context.labels, where, encoded=True)
            if not rows[ID_COLUMN].equals(samples[ID_COLUMN]):
                raise HarnessError(
                    f"{where}: the rows are not in the order of the samples. Tables this large are read row by "
                    "row: sort both by sample_id."
                )
            yield samples, rows, person_N

    def counted(self, task: PeopleOfSpan) -> Iterator[Piece]:
        """What is counted of the validated predictions."""
        of_votes = vote_columns(self.schema.names, self.context.vote_source)
        voted = of_votes if self.context.votes else []
        dimensions = self.context.dimensions
        clips = CLIP_COLUMNS if dimensions else ()
        columns = list(dict.fromkeys(["label", *self.context.match_on, *dimensions, *voted, *clips]))
        schema = pa.schema([PREDICTIONS.field(name).with_nullable(True) for name in COUNTED])
        for samples, rows, person_N in self._pieces(task, columns, COUNTED):
            yield samples, cast_but_encoded(rows, schema), person_N

    def _pieces(
        self, task: PeopleOfSpan, of_samples: Sequence[str] | None, of_predictions: Sequence[str] | None
    ) -> Iterator[Piece]:
        """Some columns of the samples and of the predictions; None for all."""
        names = self.schema.names if of_samples is None else list(of_samples)
        typed = pa.schema([self.schema.field(name) for name in names])
        first, lengths = task.span.first, task.span.lengths
        samples = self.samples.pieces(lengths, names, first=first, plain=[ID_COLUMN])
        predictions = self.predictions.pieces(lengths, of_predictions, first=self.first + first, plain=[ID_COLUMN])
        for some, rows, person_N in zip(samples, predictions, task.person, strict=True):
            yield cast_but_encoded(some, typed), rows, person_N


@dataclass(frozen=True)
class SpanDraw:
    """Draws samples of a span.

    Attributes:
        draw: decides which rows are drawn.
        always: ids of samples that are always taken.
    """

    draw: Draw
    always: pa.Array | None

    def rows(self, samples: pa.Table, rows: pa.Table, subject_N: Ints, first: int) -> DrawnRows:
        """Those of one piece, which begins at row ``first`` of the samples."""
        drawn_N = self.draw.chosen(subject_N, first)
        chosen = np.flatnonzero(drawn_N | is_among(samples, self.always))
        answers = cast_but_encoded(rows.select(PREDICTIONS.names).take(chosen), PREDICTIONS)
        return DrawnRows([samples.take(chosen)], [answers], [chosen + first])


@dataclass
class DrawnRows:
    """Samples that were drawn, the answers to them, and their rows in the table, piece by piece.

    Texts may be dictionaries, which take less memory.
    """

    samples: list[pa.Table] = field(default_factory=list)
    rows: list[pa.Table] = field(default_factory=list)
    places: list[Ints] = field(default_factory=list)

    def add(self, others: DrawnRows) -> None:
        """Add what was drawn of the next rows."""
        self.samples += others.samples
        self.rows += others.rows
        self.places += others.places


@dataclass(frozen=True)
class TakeScores:
    """Validates the answers of a span, draws samples, and takes what bins and thresholds are computed from.

    Attributes:
        answers: that are validated.
        draw: None for no samples.
    """

    answers: Answers
    draw: SpanDraw | None = None

    def __call__(self, task: PeopleOfSpan) -> tuple[ScoreColumns, DrawnRows]:
        """The scores of a span, and what is drawn of it."""
        drawn = DrawnRows()
        pieces = self.answers.validated(task) if self.draw is None else self._drawn(task, self.draw, drawn)
        return score_columns(pieces, self.answers.context, self.answers.people), drawn

    def _drawn(self, task: PeopleOfSpan, draw: SpanDraw, drawn: DrawnRows) -> Iterator[Piece]:
        """The pieces as they are, of which some rows are drawn."""
        first = task.span.first
        for samples, rows, person_N in self.answers.validated(task, whole=True):
            drawn.add(draw.rows(samples, rows, self.answers.people.subject[person_N], first))
            first += len(person_N)
            yield samples, rows, person_N


@dataclass(frozen=True)
class CountedSpan:
    """What is counted of a span, and the clips that it numbers."""

    sums: CountedSums
    clips: ClipNumbers


@dataclass(frozen=True)
class CountSpan:
    """Counts the answers of a span.

    Attributes:
        answers: that are counted.
        options: what is fixed before counting.
        outside: see `harness.measurement.count_metrics.tallies`.
        clean: the same model's answers on clean media; None where these are they.
        of_clean: count these instead, of the samples that the condition could change.
    """

    answers: Answers
    options: CountingOptions
    outside: Sequence[str] | None
    clean: Answers | None = None
    of_clean: bool = False

    def __call__(self, task: PeopleOfSpan) -> CountedSpan:
        """What is counted of a span."""
        clips = ClipNumbers()
        sums = sums_of_parts(self._parts(task, clips), self.answers.people.cells, self.options, self.outside)
        return CountedSpan(sums, clips)

    def metrics_like(self, task: PeopleOfSpan) -> list[Tally]:
        """Tallies with the metrics of all spans, counted from the first piece of one."""
        parts = islice(self._parts(task, ClipNumbers()), 1)
        return sums_of_parts(parts, self.answers.people.cells, self.options, self.outside).tallies

    def _parts(self, task: PeopleOfSpan, clips: ClipNumbers) -> Iterator[CountedPart]:
        parts = parts_of(self.answers.counted(task), self.answers.context, self.answers.people, clips)
        if self.clean is None:
            yield from parts
            return
        clean = parts_of(self.clean.counted(task), self.clean.context, self.clean.people)
        for part, on_clean in zip(parts, clean, strict=True):
            pair = replace(part, clean=on_clean.aligned)
            yield pair.of_clean() if self.of_clean else pair


def count_spans(
    count: CountSpan,
    tasks: Callable[[], Iterator[PeopleOfSpan]],
    num_tasks: int,
    *,
    spread: Spread,
    progress: Share = UNSEEN,
) -> ModelCounts:
    """Count all spans, and merge their tallies.

    Args:
        count: how.
        tasks: all spans, in their order.
        num_tasks: how many there are.
        spread: where.
        progress: told of every span.
    """
    sums, clips = CountedSums(), ClipNumbers()
    metrics: list[Tally] | None = None
    for of_span in progress.each(spread(count, tasks()), num_tasks):
        found = of_span.sums
        if spread.is_elsewhere:
            metrics = metrics or count.metrics_like(next(tasks()))
            found = found.with_metrics(metrics)
        sums.add(found, clips.add(of_span.clips))
    return sums.counts(count.answers.people.cells, count.options)
