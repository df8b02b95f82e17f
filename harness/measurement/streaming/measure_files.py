"""Measures samples and predictions in files too large for memory, piece by piece, with the same results.

There are three passes: one over a few columns summarises the tables (`first_pass`), one over the scores computes
bin edges and conformal thresholds, and one over all columns counts every row into the cells of subjects and
groups. Everything else is as in `measure`, and the results are equal to the byte. Samples and the predictions of
each model must be in the same order.

Shapes: N samples, R cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from harness.arrays import Ints
from harness.attributes.groups import group_samples
from harness.errors import HarnessError
from harness.measurement.curve_rows import degradation_curves, model_curves, sample_curves
from harness.measurement.measure import Measurement, model_rows, usable, versus_raters_rows
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import ModelCounts, count_parts
from harness.measurement.models.shared_metrics import ComparedModel
from harness.measurement.result_rows import RowFactory
from harness.measurement.streaming.count_pieces import NumberedSubjects, Piece, context_of, options_of, parts_of
from harness.measurement.streaming.first_pass import (
    PredictionBlock,
    SamplesSummary,
    named_axes,
    summarise_predictions,
    summarise_samples,
)
from harness.tables.alignment import RunContext, align_rows
from harness.tables.curves import Curve
from harness.tables.drawn_samples import Draw, DrawnSamples, by_id, is_among
from harness.tables.increasing_ids import IncreasingIds
from harness.tables.pieces import TableFile, lengths
from harness.tables.predictions import label_orders, model_condition_order, validate_answers, validate_scores
from harness.tables.results import Result, ResultBlock, results_table
from harness.tables.samples import validate_samples
from harness.tables.schemas import CLEAN, DIMENSIONS, PREDICTIONS, RATERS, SAMPLES
from harness.tables.versions import require_known

STREAMED_ROWS = 1_000_000
"""The number of predictions above which tables are read piece by piece."""

OF_SCORES = ("sample_id", "outcome", "scores")
"""The columns of the predictions that bin edges and thresholds are computed from."""


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
) -> Measurement:
    """Measure every model under every condition, as `harness.measurement.measure.measure_run` does.

    The samples are validated as they are read, with one exception: ids are known to be unique if they increase
    from row to row; otherwise they are only compared within a piece.

    Args:
        samples: the file of the samples.
        predictions: the file of the predictions: consecutive rows for each model and condition, in the samples'
            order.
        dataset: its name in the results.
        settings: the choices; by default those of `MeasureSettings`.
        always: ids of samples that must be among the drawn ones.

    Raises:
        HarnessError: as `measure`, `validate_samples` and `validate_predictions`; or the orders differ.
    """
    settings = settings or MeasureSettings()
    files = TableFile(samples), TableFile(predictions)
    require_known(files[0].schema, "samples", samples)
    require_known(files[1].schema, "predictions", predictions)
    named = named_axes(files[0], settings.grouping)
    summary = summarise_samples(files[0], named, settings.match_on or ())
    blocks = summarise_predictions(files[1], summary.num_samples)
    people = summary.people.table()
    axes = [group_samples(people, axis, settings.grouping) for axis in named]
    stream = _Stream(files[0], files[1], summary, NumberedSubjects.of(people, usable(axes)), settings)
    drawing = _drawing(stream, blocks, always)
    found = {(block.model, block.condition): counts for block, counts in stream.count(blocks, drawing)}
    rows: list[Result | ResultBlock] = []
    curves: list[Curve] = []
    for model, condition in sorted(found, key=model_condition_order):
        of_model = found[model, condition]
        factory = RowFactory(dataset, model, condition, settings)
        rows += model_rows(factory, of_model, axes)
        curves += model_curves(factory, of_model, usable(axes))
    answers = {
        model: ComparedModel(model, of_model)
        for (model, condition), of_model in found.items()
        if condition == CLEAN and model in (settings.system, RATERS)
    }
    rows += versus_raters_rows(dataset, answers, usable(axes), settings)
    results = results_table(rows)
    curves += [*degradation_curves(results), *sample_curves(dataset, summary.counts)]
    return Measurement(results, curves, drawing.drawn() if drawing else None)


@dataclass(frozen=True)
class _Stream:
    """Both files, read in parallel."""

    samples: TableFile
    predictions: TableFile
    summary: SamplesSummary
    people: NumberedSubjects
    settings: MeasureSettings

    def count(
        self, blocks: Sequence[PredictionBlock], drawing: _Drawing | None
    ) -> Iterator[tuple[PredictionBlock, ModelCounts]]:
        """The tallies of every model under every condition, in the order of the file; draws samples from one."""
        orders = label_orders(self.predictions.schema.empty_table())
        for index, block in enumerate(blocks):
            context = context_of(
                self.summary.kinds,
                block,
                self.summary.dimensions,
                labels=orders.get(block.model, []),
                merge=self.settings.merge,
                match_on=self.settings.match_on or (),
            )
            first = index * self.summary.num_samples
            options = options_of(self._scored(context, block, first), context, self.summary.kinds, self.people)
            drawn = drawing if drawing is not None and drawing.block is block else None
            samples = self._samples(context, validate=index == 0, whole=drawn is not None)
            parts = parts_of(self._own(samples, context, block, first, drawn), context, self.people)
            yield block, count_parts(parts, self.people.cells, options, self.settings.outside)

    def _scored(self, context: RunContext, block: PredictionBlock, first: int) -> Iterator[Piece]:
        """What is needed before counting; ``first`` is the first row of the model's predictions."""
        samples = self.samples.pieces(self._lengths, ["label"])
        pieces = self.predictions.pieces(self._lengths, OF_SCORES, first=first)
        for of_samples, rows, person_N in zip(samples, pieces, self.summary.person.pieces(), strict=True):
            rows = rows.cast(pa.schema([PREDICTIONS.field(name).with_nullable(True) for name in OF_SCORES]))
            validate_scores(rows, context.labels, _where(block))
            yield of_samples.cast(pa.schema([SAMPLES.field("label")])), rows, person_N

    def _own(
        self,
        samples: Iterable[pa.Table],
        context: RunContext,
        block: PredictionBlock,
        first: int,
        drawing: _Drawing | None,
    ) -> Iterator[Piece]:
        """The pieces to be counted."""
        pieces = self.predictions.pieces(self._lengths, first=first)
        for of_samples, rows, person_N in zip(samples, pieces, self.summary.person.pieces(), strict=True):
            rows = self._rows(rows, of_samples, context, block)
            if drawing is not None:
                drawing.add(of_samples, rows, self.people.subject[person_N], context)
            yield of_samples, rows, person_N

    def _samples(self, context: RunContext, *, validate: bool, whole: bool) -> Iterator[pa.Table]:
        """All columns if samples are validated or drawn, otherwise those that are counted."""
        schema, ids = self.summary.schema, IncreasingIds()
        counted = dict.fromkeys(["sample_id", "label", *context.match_on, *DIMENSIONS])
        columns = schema.names if validate or whole else list(counted)
        for samples in self.samples.pieces(self._lengths, columns):
            if validate:
                samples = validate_samples(samples, ids_are_unique=ids.increases(samples["sample_id"]))
            yield samples.cast(pa.schema([schema.field(name) for name in columns]))

    @property
    def _lengths(self) -> list[int]:
        return lengths(self.summary.num_samples)

    def _rows(self, rows: pa.Table, samples: pa.Table, context: RunContext, block: PredictionBlock) -> pa.Table:
        where = _where(block)
        rows = validate_answers(rows, context.labels, where)
        if not rows["sample_id"].combine_chunks().equals(samples["sample_id"].combine_chunks()):
            raise HarnessError(
                f"{where}: the rows are not in the order of the samples. Tables this large are read row by row: "
                "sort both by sample_id."
            )
        return rows


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

    def add(self, samples: pa.Table, rows: pa.Table, subject_N: Ints, context: RunContext) -> None:
        """Draw from the next piece."""
        self._context = context
        drawn_N = self._draw.chosen(subject_N, samples["sample_id"])
        chosen = np.flatnonzero(drawn_N | is_among(samples, self._always))
        self._samples.append(samples.take(chosen))
        self._rows.append(rows.take(chosen))
        self._places.append(chosen + self._num)
        self._num += len(subject_N)

    def drawn(self) -> DrawnSamples:
        """The samples drawn from all pieces."""
        samples, rows = (pa.concat_tables(each) for each in (self._samples, self._rows))
        order = by_id(samples["sample_id"])
        samples, rows = (each.take(order).combine_chunks() for each in (samples, rows))
        place = np.concatenate(self._places)[order]
        return DrawnSamples(
            samples=samples,
            predictions=rows.replace_schema_metadata(self._metadata),
            aligned=align_rows(samples, rows, self._context),
            row=None if np.array_equal(place, np.arange(self._num)) else place,
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


def _where(block: PredictionBlock) -> str:
    return f"predictions of {block.model} ({block.condition})"
