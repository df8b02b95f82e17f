"""Measures samples and predictions in files too large for memory, piece by piece, with the same results.

There are three passes: one summarises the samples and a few columns of the predictions (`first_pass`), one
validates the predictions and computes bin edges and conformal thresholds from the scores, and one over what is
counted counts every row into the cells of subjects and groups. Texts are read as dictionaries, and ids only where
they are compared. Everything else is as in `measure`, and the results are equal to the byte. Samples and the
predictions of each model must be in the same order.

Shapes: N samples, R cells.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from harness.arrays import Ints, are_all
from harness.attributes.groups import group_samples
from harness.errors import HarnessError
from harness.measurement.clips import CLIP_COLUMNS
from harness.measurement.conditions.paired_counts import PairedCounts
from harness.measurement.conditions.versus_clean import versus_clean_rows
from harness.measurement.curve_rows import degradation_curves, model_curves, sample_curves
from harness.measurement.measure import Measurement, model_rows, usable, versus_raters_rows
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import CountedPart, ModelCounts, count_parts
from harness.measurement.models.shared_metrics import ComparedModel
from harness.measurement.result_rows import RowFactory
from harness.measurement.shares import BlockShares, measure_shares, models_without_scores, split_first_pass
from harness.measurement.streaming.count_pieces import NumberedSubjects, Piece, context_of, options_of, parts_of
from harness.measurement.streaming.first_pass import (
    PredictionBlock,
    SamplesSummary,
    named_axes,
    summarise_predictions,
    summarise_samples,
)
from harness.progress import UNSEEN, Share
from harness.statistics.threads import ahead
from harness.tables.alignment import RunContext, align_rows
from harness.tables.curves import Curve
from harness.tables.drawn_samples import Draw, DrawnSamples, by_id, is_among
from harness.tables.encoded_texts import as_array, cast_but_encoded, plain_table
from harness.tables.pieces import TableFile, lengths
from harness.tables.predictions import label_orders, model_condition_order, validate_answers
from harness.tables.results import Result, ResultBlock, results_table
from harness.tables.sample_keys import ID_COLUMN
from harness.tables.schemas import CLEAN, DIMENSIONS, PREDICTIONS, RATERS
from harness.tables.versions import require_known
from harness.tables.votes import vote_columns

STREAMED_ROWS = 1_000_000
"""The number of predictions above which tables are read piece by piece."""

COUNTED = ("outcome", "reason", "label", "scores", *DIMENSIONS)
"""The columns of the predictions that are counted."""


def is_large(predictions: Path) -> bool:
    """Whether a table of predictions should be read piece by piece."""
    return TableFile(predictions).num_rows > STREAMED_ROWS


def measure_files(
    samples: Path,
    predictions: Path,
    *,
    dataset: str,
    settings: MeasureSettings | None = None,
    always: pa.Array | None = None,
    when_drawn: Callable[[DrawnSamples], None] | None = None,
    progress: Share = UNSEEN,
) -> Measurement:
    """Measure every model under every condition, as `harness.measurement.measure.measure_run` does.

    Both tables are validated as they are read, ids of samples with one exception (see `summarise_samples`).

    Args:
        samples: the file of the samples.
        predictions: the file of the predictions: consecutive rows for each model and condition, in the samples'
            order.
        dataset: its name in the results.
        settings: the choices; by default those of `MeasureSettings`.
        always: ids of samples that must be among the drawn ones.
        when_drawn: called with these before the system is measured.
        progress: told of what is read, counted and measured.

    Raises:
        HarnessError: as `measure`, `validate_samples` and `validate_predictions`; or the orders differ.
    """
    settings = settings or MeasureSettings()
    files = TableFile(samples), TableFile(predictions)
    require_known(files[0].schema, "samples", samples)
    require_known(files[1].schema, "predictions", predictions)
    named = named_axes(files[0], settings.grouping)
    first, second, rest = split_first_pass(progress, files[0].num_rows, files[1].num_rows, len(named))
    match_on = settings.match_on or ()
    summary = summarise_samples(files[0], named, match_on, votes=settings.vote_source, progress=first)
    blocks = summarise_predictions(files[1], summary.num_samples, second)
    people = summary.people.table()
    axes = [group_samples(people, axis, settings.grouping) for axis in named]
    stream = _Stream(files[0], files[1], summary, NumberedSubjects.of(people, usable(axes)), settings)
    drawing = _drawing(stream, blocks, always)
    asked = sorted(((block.model, block.condition) for block in blocks), key=model_condition_order)
    first_rows = {block.model: index * summary.num_samples for index, block in enumerate(blocks)}
    shares = measure_shares(
        rest,
        asked,
        num_samples=summary.num_samples,
        num_people=stream.people.cells.num_subjects,
        num_groups=[len(groups.groups) for groups in usable(axes)],
        settings=settings,
        unscored=models_without_scores(predictions, first_rows) if progress.is_seen else (),
    )
    share_of = dict(zip(asked, shares.blocks, strict=True))
    found: dict[tuple[str, str], ModelCounts] = {}
    pairs: list[PairedCounts] = []
    rows: list[Result | ResultBlock] = []
    curves: list[Curve] = []
    drawn: DrawnSamples | None = None
    for (model, condition), of_model, on_clean in ahead(stream.count(blocks, drawing, share_of)):
        found[model, condition] = of_model
        if drawing is not None and drawing.is_of(model, condition):
            drawn = drawing.drawn()
            if when_drawn is not None:
                when_drawn(drawn)
        if on_clean is not None:
            pairs.append(PairedCounts(model, condition, of_model, on_clean))
        factory = RowFactory(dataset, model, condition, settings)
        rows += model_rows(factory, of_model, axes, share_of[model, condition].rows)
        curves += model_curves(factory, of_model, usable(axes))
    answers = {
        model: ComparedModel(model, of_model)
        for (model, condition), of_model in found.items()
        if condition == CLEAN and model in (settings.system, RATERS)
    }
    rows += versus_raters_rows(dataset, answers, usable(axes), settings)
    rows += versus_clean_rows(dataset, pairs, usable(axes), settings, shares.versus_clean)
    results = results_table(rows)
    curves += [*degradation_curves(results, settings.ungraded), *sample_curves(dataset, summary.counts)]
    return Measurement(results, curves, drawn)


@dataclass(frozen=True)
class _Block:
    """One model under one condition: what is the same for all its samples, and its first row in the file."""

    context: RunContext
    first: int


@dataclass(frozen=True)
class _Stream:
    """Both files, read in parallel."""

    samples: TableFile
    predictions: TableFile
    summary: SamplesSummary
    people: NumberedSubjects
    settings: MeasureSettings

    def count(
        self,
        blocks: Sequence[PredictionBlock],
        drawing: _Drawing | None,
        share_of: Mapping[tuple[str, str], BlockShares],
    ) -> Iterator[tuple[tuple[str, str], ModelCounts, ModelCounts | None]]:
        """The tallies of every model under every condition, ``clean`` first; draws samples from one.

        Under another condition also the tallies on clean media, of the samples that the condition could change.
        """
        orders = label_orders(self.predictions.schema.empty_table())
        clean: dict[str, tuple[_Block, ModelCounts]] = {}
        firsts = {id(block): index * self.summary.num_samples for index, block in enumerate(blocks)}
        for block in sorted(blocks, key=lambda block: model_condition_order((block.model, block.condition))):
            context = context_of(
                self.summary.kinds,
                block,
                self.summary.dimensions,
                labels=orders.get(block.model, []),
                merge=self.settings.merge,
                match_on=self.settings.match_on or (),
                voted=self.summary.voted,
                vote_source=self.settings.votes_for(block.model),
            )
            one, num_pieces = _Block(context, firsts[id(block)]), len(lengths(self.summary.num_samples))
            share = share_of[block.model, block.condition]
            validated = share.bounds.each(self._validated(one, block), num_pieces)
            options = options_of(validated, context, self.summary.kinds, self.people)
            drawn = drawing if drawing is not None and drawing.block is block else None
            reference = clean.get(block.model)
            parts = self._parts(one, drawn) if reference is None else self._pairs(one, reference[0])
            counts = count_parts(
                share.counting.each(parts, num_pieces),
                self.people.cells,
                options,
                self.settings.outside,
            )
            if block.condition == CLEAN:
                clean[block.model] = one, counts
            yield (block.model, block.condition), counts, self._to_the_same(one, counts, reference)

    def _parts(self, block: _Block, drawing: _Drawing | None = None) -> Iterator[CountedPart]:
        pieces = self._counted(block) if drawing is None else self._drawn_from(block, drawing)
        return parts_of(pieces, block.context, self.people)

    def _pairs(self, block: _Block, clean: _Block) -> Iterator[CountedPart]:
        """The parts under a condition, with the answers on clean media to the same samples."""
        for part, on_clean in zip(self._parts(block), self._parts(clean), strict=True):
            yield replace(part, clean=on_clean.aligned)

    def _to_the_same(
        self, block: _Block, counts: ModelCounts, reference: tuple[_Block, ModelCounts] | None
    ) -> ModelCounts | None:
        """The tallies on clean media of the samples that a condition could change."""
        if reference is None or not counts.num_not_applicable:
            return None if reference is None else reference[1]
        parts = (part.of_clean() for part in self._pairs(block, reference[0]))
        return count_parts(parts, self.people.cells, reference[1].options, self.settings.outside)

    def _validated(self, one: _Block, block: PredictionBlock) -> Iterator[Piece]:
        """All columns of the predictions, after they are validated."""
        where = f"predictions of {block.model} ({block.condition})"
        for samples, rows, person_N in self._pieces([ID_COLUMN, "label"], None, one.first):
            rows = validate_answers(rows, one.context.labels, where, encoded=True)
            if not as_array(rows[ID_COLUMN]).equals(as_array(samples[ID_COLUMN])):
                raise HarnessError(
                    f"{where}: the rows are not in the order of the samples. Tables this large are read row by "
                    "row: sort both by sample_id."
                )
            yield samples, rows, person_N

    def _counted(self, block: _Block) -> Iterator[Piece]:
        """What is counted of the validated predictions."""
        of_votes = vote_columns(self.summary.schema.names, block.context.vote_source)
        voted = of_votes if block.context.votes else []
        dimensions = block.context.dimensions
        clips = CLIP_COLUMNS if dimensions else ()
        columns = list(dict.fromkeys(["label", *block.context.match_on, *dimensions, *voted, *clips]))
        for samples, rows, person_N in self._pieces(columns, COUNTED, block.first):
            schema = pa.schema([PREDICTIONS.field(name).with_nullable(True) for name in COUNTED])
            yield samples, cast_but_encoded(rows, schema), person_N

    def _drawn_from(self, block: _Block, drawing: _Drawing) -> Iterator[Piece]:
        """The same from all columns, of which some rows are drawn."""
        for samples, rows, person_N in self._pieces(None, None, block.first):
            rows = cast_but_encoded(rows.select(PREDICTIONS.names), PREDICTIONS)
            drawing.add(samples, rows, self.people.subject[person_N], block.context)
            yield samples, rows, person_N

    def _pieces(
        self, of_samples: Sequence[str] | None, of_predictions: Sequence[str] | None, first: int
    ) -> Iterator[Piece]:
        """Some columns of the samples and of one model's predictions; None for all."""
        each, schema = lengths(self.summary.num_samples), self.summary.schema
        names = schema.names if of_samples is None else list(of_samples)
        typed = pa.schema([schema.field(name) for name in names])
        samples = self.samples.pieces(each, names, plain=[ID_COLUMN])
        predictions = self.predictions.pieces(each, of_predictions, first=first, plain=[ID_COLUMN])
        for some, rows, person_N in zip(samples, predictions, self.summary.person.pieces(), strict=True):
            yield cast_but_encoded(some, typed), rows, person_N


class _Drawing:
    """Draws samples while one block is read.

    Args:
        block: the system's answers.
        draw: decides which rows are drawn.
        always: ids of samples that are always taken.
        metadata: of the predictions.
    """

    def __init__(
        self, block: PredictionBlock, draw: Draw, always: pa.Array | None, metadata: Mapping[bytes, bytes]
    ) -> None:
        self.block = block
        self._draw, self._always, self._metadata = draw, always, metadata
        self._samples: list[pa.Table] = []
        self._rows: list[pa.Table] = []
        self._places: list[Ints] = []
        self._num = 0

    def is_of(self, model: str, condition: str) -> bool:
        """Whether samples are drawn from these answers."""
        return (model, condition) == (self.block.model, self.block.condition)

    def add(self, samples: pa.Table, rows: pa.Table, subject_N: Ints, context: RunContext) -> None:
        """Draw from the next piece."""
        self._context = context
        drawn_N = self._draw.chosen(subject_N, samples["sample_id"])
        chosen = np.flatnonzero(drawn_N | is_among(samples, self._always))
        self._samples.append(plain_table(samples.take(chosen)))
        self._rows.append(plain_table(rows.take(chosen)))
        self._places.append(chosen + self._num)
        self._num += len(subject_N)

    def drawn(self) -> DrawnSamples:
        """The samples drawn from all pieces, which are let go of."""
        samples, rows = pa.concat_tables(self._samples), pa.concat_tables(self._rows)
        order, place = by_id(samples["sample_id"]), np.concatenate(self._places)
        self._samples.clear()
        self._rows.clear()
        if not are_all(order, len(order)):
            samples, rows, place = samples.take(order), rows.take(order), place[order]
        samples = samples.combine_chunks()  # one after the other: each is twice in memory meanwhile
        rows = rows.combine_chunks()
        return DrawnSamples(
            samples=samples,
            predictions=rows.replace_schema_metadata(self._metadata),
            aligned=align_rows(samples, rows, self._context),
            row=None if are_all(place, self._num) else place,
            num_samples=self._num,
        )


def _drawing(stream: _Stream, blocks: Sequence[PredictionBlock], always: pa.Array | None) -> _Drawing | None:
    """Draws from the answers of the system under test, under `clean` if there are such."""
    of_system = [block for block in blocks if block.model == stream.settings.system]
    if not of_system:
        return None
    block = min(of_system, key=lambda block: model_condition_order((block.model, block.condition)))
    people, num_K = stream.people, stream.summary.people.num_rows
    num_S = np.bincount(people.subject, weights=num_K, minlength=people.cells.num_subjects)
    draw = Draw.of(num_S.astype(np.int64), stream.settings.seed)
    return _Drawing(block, draw, always, stream.predictions.schema.metadata or {})
