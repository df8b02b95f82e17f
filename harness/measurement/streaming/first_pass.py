"""A first pass over tables too large for memory: what must be known before rows are counted.

It reads and validates the samples; `prediction_blocks` reads the predictions. Memory grows with subjects × groups,
not with rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from harness.attributes.grouping import Grouping, parts
from harness.attributes.groups import PREFIX, axes_of, group_samples
from harness.attributes.people import SUBJECT_COLUMN
from harness.errors import HarnessError
from harness.measurement.curve_rows import SampleCounts, count_samples
from harness.measurement.streaming.numbering import Combinations
from harness.measurement.streaming.spans import HERE, Span, Spread, spans_of
from harness.measurement.streaming.spilled import Spilled
from harness.progress import UNSEEN, Share
from harness.tables.alignment import known_dimensions
from harness.tables.encoded_texts import cast_but_encoded
from harness.tables.increasing_ids import IncreasingIds
from harness.tables.pieces import TableFile
from harness.tables.sample_codes import strata_of
from harness.tables.sample_keys import ID_COLUMN
from harness.tables.samples import validate_samples
from harness.tables.schemas import (
    MORE_SAMPLES,
    SAMPLES,
    SUBJECT_RANK,
)
from harness.tables.validation import conform, with_extra
from harness.tables.votes import classes_of_votes, voted_labels, votes_of

MAX_PEOPLE = 5_000_000
MAX_KINDS = 50_000


@dataclass
class SamplesSummary:
    """A summary of the samples.

    Attributes:
        spans: they were summarised in.
        schema: of the validated table.
        num_samples: N.
        people: subjects with their attributes, as numbered in this pass.
        person: the number of each sample's person, piece by piece.
        kinds: labels with the columns to match on.
        dimensions: those that at least one sample has.
        counts: see `harness.measurement.curve_rows.count_samples`.
        voted: the labels that raters chose; empty if votes are not measured.
    """

    spans: list[Span]
    schema: pa.Schema
    num_samples: int
    people: Combinations
    person: Spilled
    kinds: Combinations
    dimensions: set[str]
    counts: SampleCounts
    voted: set[str]

    def add(self, others: SamplesSummary) -> None:
        """Add the summary of the samples that come next.

        Raises:
            HarnessError: there are too many people, kinds or voted labels.
        """
        number_K = self.people.add(others.people).astype(np.int32)
        for person_N in others.person.pieces():
            self.person.add(number_K[person_N])
        self.kinds.add(others.kinds)
        require_few(self.people, self.kinds)
        self.spans += others.spans
        self.num_samples += others.num_samples
        self.dimensions |= others.dimensions
        self.counts.update(others.counts)
        self.voted |= others.voted
        classes_of_votes(self.voted, {})


def summarise_samples(
    file: TableFile,
    axes: Sequence[str],
    match_on: Sequence[str],
    *,
    votes: str | None = None,
    spread: Spread = HERE,
    progress: Share = UNSEEN,
) -> SamplesSummary:
    """Validate the samples and summarise them.

    Ids are known to be unique if they increase from row to row; otherwise they are only compared within a piece.

    Args:
        file: of the samples.
        axes: of the groups.
        match_on: columns of the samples to match on.
        votes: where raters' votes come from, see `harness.tables.votes`; None if they are not measured.
        spread: where it is done.
        progress: told of every span.

    Raises:
        HarnessError: see `harness.tables.samples.validate_samples`; there is no such column.
    """
    empty = conform(file.schema.empty_table(), SAMPLES, "samples", extra_prefixes=MORE_SAMPLES)
    if file.num_rows == 0:
        raise HarnessError("samples: no rows. Check the dataset's root and the filters of the run.")
    require_columns(empty, axes, match_on)
    spans = spans_of(file.group_rows, spread.num_workers)
    function = _SummariseSpan(file, with_extra(SAMPLES, empty), tuple(axes), tuple(match_on), votes)
    summaries = progress.each(spread(function, spans), len(spans))
    whole = next(summaries)
    for summary in summaries:
        whole.add(summary)
    return whole


@dataclass(frozen=True)
class _SummariseSpan:
    """Validates and summarises some of the samples."""

    file: TableFile
    schema: pa.Schema
    axes: tuple[str, ...]
    match_on: tuple[str, ...]
    votes: str | None

    def __call__(self, span: Span) -> SamplesSummary:
        people, kinds, person = people_along(self.axes, self.schema), kinds_of(self.match_on), Spilled()
        dimensions, totals, ids, voted = set[str](), SampleCounts(), IncreasingIds(), set[str]()
        for rows in self.file.pieces(span.lengths, first=span.first, plain=[ID_COLUMN]):
            rows = validate_samples(rows, ids_are_unique=ids.increases(rows[ID_COLUMN]), encoded=True)
            rows = cast_but_encoded(rows.select(self.schema.names), self.schema)
            person.add(people.of(rows).astype(np.int32))
            kinds.of(rows)
            dimensions |= known_dimensions(rows)
            totals.update(count_samples(rows))
            if self.votes:
                voted |= voted_labels(votes_of(rows, self.votes))
                classes_of_votes(voted, {})  # as soon as there are too many
            require_few(people, kinds)
        return SamplesSummary([span], self.schema, span.num_rows, people, person, kinds, dimensions, totals, voted)


def people_along(axes: Sequence[str], samples: pa.Schema) -> Combinations:
    """Subjects with the attributes of these axes, and with their rank if the samples have it; none seen yet."""
    ranks = [SUBJECT_RANK] if SUBJECT_RANK in samples.names else []
    attributes = dict.fromkeys(PREFIX + name for axis in axes for name in parts(axis))
    return Combinations([SUBJECT_COLUMN, *ranks, *attributes])


def kinds_of(match_on: Sequence[str]) -> Combinations:
    """Labels with the columns to match on, none seen yet."""
    return Combinations(list(dict.fromkeys(["label", *match_on])))


def require_few(people: Combinations, kinds: Combinations) -> None:
    """Require that what is kept does not grow with the rows.

    Raises:
        HarnessError: there are too many people or kinds.
    """
    if len(people) > MAX_PEOPLE:
        raise HarnessError(
            f"samples: more than {MAX_PEOPLE:,} combinations of a subject with its attributes. Put an attribute "
            "that differs from row to row into bands, or leave it out of attributes.axes."
        )
    if len(kinds) > MAX_KINDS:
        raise HarnessError(
            f"samples: more than {MAX_KINDS:,} combinations of a label and the columns to match on; are the "
            "labels classes?"
        )


def require_columns(empty: pa.Table, axes: Sequence[str], match_on: Sequence[str]) -> None:
    """Require that the columns exist, before any row is read.

    Raises:
        HarnessError: the samples have no such attribute or column.
    """
    for axis in axes:
        group_samples(empty, axis)
    if match_on:
        strata_of(empty, match_on)


def named_axes(file: TableFile, grouping: Grouping) -> tuple[str, ...]:
    """The axes of the plan; by default every attribute of the samples."""
    return axes_of(file.schema.empty_table()) if grouping.axes is None else grouping.axes
