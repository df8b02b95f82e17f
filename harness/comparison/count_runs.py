"""Runs on the samples that they share → tallies, piece by piece; the number of pieces does not change them.

Shapes: N samples of a piece, K people (subjects with their attributes).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from harness.attributes.grouping import MAX_GROUPS
from harness.attributes.groups import Groups, axes_of, group_samples
from harness.comparison.answered_samples import Read, answers_of
from harness.comparison.finished_runs import FinishedRun
from harness.comparison.shared_samples import (
    ANSWER_COLUMNS,
    ANSWERED_OUTCOME,
    ANSWERED_SCORES,
    SharedSamples,
    measured_votes,
)
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import ModelCounts, count_parts
from harness.measurement.shares import BOUNDS, COUNTED
from harness.measurement.streaming.count_pieces import NumberedSubjects, Piece, context_of, options_of, parts_of
from harness.measurement.streaming.first_pass import kinds_of, people_along, require_columns, require_few
from harness.measurement.streaming.numbering import Combinations
from harness.measurement.streaming.prediction_blocks import PredictionBlock
from harness.measurement.streaming.spilled import Spilled
from harness.progress import UNSEEN, Share
from harness.tables.alignment import known_dimensions
from harness.tables.pieces import lengths
from harness.tables.schemas import CLEAN, DIMENSIONS
from harness.tables.votes import vote_columns, voted_labels, votes_of

SUMMARISED = 0.3
"""What the first pass over a million rows costs in comparison with `COUNTED`."""


@dataclass(frozen=True)
class CountedRuns:
    """Runs that can be compared.

    Attributes:
        counts: of each run, on the samples that all share, in the same cells.
        axes: the axes on which they were counted.
        left_out: notes on axes with too many groups to be compared.
    """

    counts: Sequence[ModelCounts]
    axes: Sequence[Groups]
    left_out: Sequence[str]


def count_runs(
    finished: Sequence[FinishedRun], shared: SharedSamples, settings: MeasureSettings, progress: Share = UNSEEN
) -> CountedRuns:
    """Count every run's answers to the samples that all share.

    Args:
        finished: the runs. Their samples agree; attributes are those of the first.
        shared: their samples.
        settings: those of the first run; they decide how samples are grouped.
        progress: told of every piece.

    Raises:
        HarnessError: see `harness.tables.alignment.align`; the samples have no such attribute.
    """
    summary = _Summary(finished, settings)
    wanted = zip(shared.read, summary.columns, strict=True)
    num_pieces, num_runs = len(lengths(shared.num)), len(finished)
    summarising, *counting = progress.split(num_runs * SUMMARISED, *[BOUNDS + COUNTED] * num_runs)
    pieces = zip(*(read(columns) for read, columns in wanted), strict=True)
    for tables in summarising.each(pieces, num_pieces):
        summary.add(tables)
    people = summary.people.table()
    grouped = [group_samples(people, axis, settings.grouping) for axis in summary.axes]
    axes = [groups for groups in grouped if len(groups.names) <= MAX_GROUPS]
    numbered = NumberedSubjects.of(people, axes)
    left_out = [
        f"{groups.axis} has {len(groups.names):,} groups and is left out: at most {MAX_GROUPS} can be compared."
        for groups in grouped
        if len(groups.names) > MAX_GROUPS
    ]
    each = zip(finished, summary.runs, shared.read, counting, strict=True)
    counted = [
        _count(run, of_run, read, summary.person, numbered, settings.outside, share, num_pieces)
        for run, of_run, read, share in each
    ]
    return CountedRuns(counted, axes, left_out)


@dataclass
class _RunSummary:
    """What must be known of one run's rows before they are counted."""

    block: PredictionBlock
    kinds: Combinations
    dimensions: set[str]
    voted: set[str]


class _Summary:
    """A first, light pass over the rows of all runs."""

    def __init__(self, finished: Sequence[FinishedRun], settings: MeasureSettings) -> None:
        empty = [run.answers.schema.empty_table() for run in finished]
        self.axes = axes_of(empty[0]) if settings.grouping.axes is None else settings.grouping.axes
        for index, (run, table) in enumerate(zip(finished, empty, strict=True)):
            require_columns(table, self.axes if index == 0 else (), run.settings.match_on or ())
        self.people, self.person = people_along(self.axes, finished[0].answers.schema), Spilled()
        self.runs = [
            _RunSummary(PredictionBlock(run.model, CLEAN), kinds_of(run.settings.match_on or ()), set(), set())
            for run in finished
        ]
        answers = [name for name in ANSWER_COLUMNS if name != ANSWERED_SCORES]
        own = [[*each.kinds.columns, *DIMENSIONS, *answers] for each in self.runs]
        own[0] += self.people.columns
        own = [[*names, *measured_votes(run, settings)] for names, run in zip(own, finished, strict=True)]
        self._sources = [
            run.settings.votes_for(run.model) if settings.compares_votes else None for run in finished
        ]
        self.columns = [list(dict.fromkeys(names)) for names in own]

    def add(self, tables: Sequence[pa.Table]) -> None:
        """Add the same samples of every run."""
        person_N = self.people.of(tables[0])
        self.person.add(person_N.astype(np.int32))
        for each, table, source in zip(self.runs, tables, self._sources, strict=True):
            each.kinds.of(table)
            if source:
                each.voted |= voted_labels(votes_of(table, source))
            each.dimensions |= known_dimensions(table)
            each.block.add_rows(answers_of(table))
            require_few(self.people, each.kinds)


def _count(
    run: FinishedRun,
    summary: _RunSummary,
    read: Read,
    person: Spilled,
    people: NumberedSubjects,
    outside: Sequence[str] | None,
    progress: Share,
    num_pieces: int,
) -> ModelCounts:
    shared = context_of(
        summary.kinds,
        summary.block,
        summary.dimensions,
        labels=run.answers.labels,
        merge=run.settings.merge,
        match_on=run.settings.match_on or (),
        voted=summary.voted,
        vote_source=run.settings.votes_for(run.model),
    )

    def pieces(columns: Sequence[str]) -> Iterator[Piece]:
        for rows, person_N in zip(read(list(dict.fromkeys(columns))), person.pieces(), strict=True):
            yield rows, answers_of(rows), person_N

    bounding, counting = progress.split(BOUNDS, COUNTED)
    scored = bounding.each(pieces(["label", ANSWERED_OUTCOME, ANSWERED_SCORES]), num_pieces)
    options = options_of(scored, shared, summary.kinds, people)
    voted = vote_columns(run.answers.schema.names, shared.vote_source) if shared.votes else []
    counted = pieces([*summary.kinds.columns, *DIMENSIONS, *ANSWER_COLUMNS, *voted])
    parts = counting.each(parts_of(counted, shared, people), num_pieces)
    return count_parts(parts, people.cells, options, outside)
