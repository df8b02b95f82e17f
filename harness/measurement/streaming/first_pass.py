"""A first pass over tables too large for memory: what must be known before rows are counted.

It reads and validates the samples, and it reads model, condition, outcome, reason, label and dimensions of the
predictions. Its memory grows with subjects × groups, not with rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.grouping import Grouping, parts
from harness.attributes.groups import PREFIX, axes_of, group_samples
from harness.attributes.people import SUBJECT_COLUMN
from harness.errors import HarnessError
from harness.measurement.curve_rows import SampleCounts, count_samples
from harness.measurement.streaming.numbering import Combinations
from harness.measurement.streaming.reason_counts import ReasonCounts
from harness.measurement.streaming.spans import HERE, Span, Spread, spans_of
from harness.measurement.streaming.spilled import Spilled
from harness.progress import UNSEEN, Share
from harness.tables.alignment import MAX_LABELS, answered_dimensions, known_dimensions
from harness.tables.encoded_texts import as_array, cast_but_encoded, is_encoded
from harness.tables.increasing_ids import IncreasingIds
from harness.tables.pieces import TableFile
from harness.tables.sample_codes import count_reasons, strata_of
from harness.tables.sample_keys import ID_COLUMN
from harness.tables.samples import validate_samples
from harness.tables.schemas import (
    DIMENSIONS,
    MORE_SAMPLES,
    OUTCOMES,
    PREDICTIONS,
    SAMPLES,
    SUBJECT_RANK,
)
from harness.tables.validation import conform, require_present, require_values, with_extra
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


@dataclass
class PredictionBlock:
    """The consecutive predictions of one model under one condition.

    Attributes:
        model: its name.
        condition: its name.
        num_rows: the number of rows.
        reasons: how often each reason occurs; of very many, of those that are frequent.
        labels: the answers that occur.
        dimensions: the dimensions that any scored prediction has.
        given: the dimensions that any prediction has.
    """

    model: str
    condition: str
    num_rows: int = 0
    reasons: ReasonCounts = field(default_factory=ReasonCounts)
    labels: set[str] = field(default_factory=set)
    dimensions: set[str] = field(default_factory=set)
    given: set[str] = field(default_factory=set)

    def add_rows(self, rows: pa.Table) -> None:
        """Add the next rows."""
        few = len(self.labels) <= MAX_LABELS
        next_rows = PredictionBlock(
            self.model,
            self.condition,
            num_rows=rows.num_rows,
            reasons=ReasonCounts.of(count_reasons(rows)),
            labels=set(pc.unique(rows["label"]).drop_null().to_pylist()) if few else set(),
            dimensions=answered_dimensions(rows),
            given={name for name in DIMENSIONS if rows[name].null_count < rows.num_rows},
        )
        self.add(next_rows)

    def add(self, others: PredictionBlock) -> None:
        """Add the next rows of the same block."""
        self.num_rows += others.num_rows
        self.reasons.add(others.reasons)
        if len(self.labels) <= MAX_LABELS:
            self.labels |= others.labels
        self.dimensions |= others.dimensions
        self.given |= others.given


def summarise_predictions(
    file: TableFile, num_samples: int, *, spread: Spread = HERE, progress: Share = UNSEEN
) -> list[PredictionBlock]:
    """Summarise the predictions, block by block.

    Args:
        file: of the predictions.
        num_samples: each block must have as many.
        spread: where it is done.
        progress: told of every span.

    Raises:
        HarnessError: a column is missing or of the wrong type; the rows of a model and condition are not
            consecutive, or there are more or fewer than samples.
    """
    conform(file.schema.empty_table(), PREDICTIONS, "predictions")
    blocks: list[PredictionBlock] = []
    spans = spans_of(file.group_rows, spread.num_workers)
    found = progress.each(spread(partial(_blocks_of_span, file), spans), len(spans))
    for block in chain.from_iterable(found):
        if blocks and (blocks[-1].model, blocks[-1].condition) == (block.model, block.condition):
            blocks[-1].add(block)
        else:
            blocks.append(block)
    _require_whole(blocks, num_samples)
    if any(not block.reasons.is_exact for block in blocks):
        _count_reasons_again(blocks, file, spans, spread)
    return blocks


def _count_reasons_again(
    blocks: Sequence[PredictionBlock], file: TableFile, spans: Sequence[Span], spread: Spread
) -> None:
    """Count the reasons that were kept of very many, and name those that are frequent."""
    kept = {(b.model, b.condition): frozenset(b.reasons.counts) for b in blocks if not b.reasons.is_exact}
    again: dict[tuple[str, str], Counter[str]] = {pair: Counter() for pair in kept}
    for of_span in spread(partial(_reasons_of_span, file, kept), spans):
        for pair, counts in of_span.items():
            again[pair].update(counts)
    for block in blocks:
        if (block.model, block.condition) in kept:
            frequent = block.reasons.frequent(again[block.model, block.condition])
            block.reasons = ReasonCounts(frequent, block.reasons.num)


def _reasons_of_span(
    file: TableFile, kept: Mapping[tuple[str, str], frozenset[str]], span: Span
) -> dict[tuple[str, str], Counter[str]]:
    columns = ["model", "condition", "outcome", "reason"]
    found: dict[tuple[str, str], Counter[str]] = {}
    for rows in file.pieces(span.lengths, columns, first=span.first, plain=()):
        for part in _alike(rows):
            pair = part["model"][0].as_py(), part["condition"][0].as_py()
            counts = {name: num for name, num in count_reasons(part).items() if name in kept.get(pair, ())}
            found.setdefault(pair, Counter()).update(counts)
    return {pair: counts for pair, counts in found.items() if pair in kept}


def _blocks_of_span(file: TableFile, span: Span) -> list[PredictionBlock]:
    columns = ["model", "condition", "outcome", "reason", "label", *DIMENSIONS]
    target = pa.schema([PREDICTIONS.field(name).with_nullable(True) for name in columns])
    blocks: list[PredictionBlock] = []
    for rows in file.pieces(span.lengths, columns, first=span.first, plain=()):
        rows = cast_but_encoded(rows, target)
        require_present(rows, pa.schema([PREDICTIONS.field(name) for name in columns]), "predictions")
        require_values(rows, "outcome", OUTCOMES, "predictions")
        for part in _alike(rows):
            model, condition = part["model"][0].as_py(), part["condition"][0].as_py()
            if not blocks or (blocks[-1].model, blocks[-1].condition) != (model, condition):
                blocks.append(PredictionBlock(model, condition))
            blocks[-1].add_rows(part)
    return blocks


def _alike(rows: pa.Table) -> Iterator[pa.Table]:
    """Split rows into runs of one model and condition; mostly they are one, as their dictionaries show."""
    if rows.num_rows and all(_is_one_text(as_array(rows[name])) for name in ("model", "condition")):
        yield rows
        return
    number_N = Combinations(["model", "condition"]).of(rows)
    starts = np.flatnonzero(np.diff(number_N, prepend=-1)).tolist()
    for start, stop in zip(starts, [*starts[1:], rows.num_rows], strict=True):
        yield rows.slice(start, stop - start)


def _is_one_text(texts: pa.Array) -> bool:
    return is_encoded(texts.type) and len(texts.dictionary) == 1 and not texts.null_count


def _require_whole(blocks: Sequence[PredictionBlock], num_samples: int) -> None:
    repeated = [pair for pair, times in Counter((b.model, b.condition) for b in blocks).items() if times > 1]
    if repeated:
        raise HarnessError(
            f"predictions of {repeated[0][0]} ({repeated[0][1]}) are not consecutive. Tables this large are read "
            "row by row: sort them by model and condition, then in the order of the samples."
        )
    for block in blocks:
        if block.num_rows != num_samples:
            raise HarnessError(
                f"predictions of {block.model} ({block.condition}) have {block.num_rows:,} rows for "
                f"{num_samples:,} samples. Every sample needs exactly one."
            )
