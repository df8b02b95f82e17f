"""Measures samples and predictions in files too large for memory, piece by piece, with the same results.

There are three passes: one over a few columns summarises the tables (`first_pass`), one over the scores computes
bin edges and conformal thresholds, and one over all columns counts every row into the cells of subjects and
groups. Everything else is as in `measure`, and the results are equal to the byte. Samples and the predictions of
each model must be in the same order.

Shapes: N samples, R cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Floats, Ints
from harness.attributes.groups import Groups, group_samples
from harness.attributes.people import SUBJECT_COLUMN
from harness.cards.taxonomy import map_labels
from harness.errors import HarnessError
from harness.measurement.cells import Cells, cells_of
from harness.measurement.counting_options import CountingOptions, stratum_names
from harness.measurement.curve_rows import degradation_curves, model_curves, sample_curves
from harness.measurement.measure import Measurement, model_rows, usable, versus_raters_rows
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import CountedPart, ModelCounts, count_parts
from harness.measurement.models.shared_metrics import ComparedModel
from harness.measurement.result_rows import RowFactory
from harness.measurement.score_columns import ScoreColumns
from harness.measurement.streaming.first_pass import (
    PredictionBlock,
    SamplesSummary,
    named_axes,
    summarise_predictions,
    summarise_samples,
)
from harness.measurement.streaming.numbering import Numbering
from harness.tables.alignment import RunContext, align_rows, align_scores, distinct_labels
from harness.tables.curves import Curve
from harness.tables.drawn_samples import Draw, DrawnSamples, is_among
from harness.tables.pieces import TableFile, lengths
from harness.tables.predictions import label_orders, model_condition_order, validate_answers, validate_scores
from harness.tables.results import Result, results_table
from harness.tables.sample_codes import commonest
from harness.tables.samples import validate_samples
from harness.tables.schemas import CLEAN, DIMENSIONS, PREDICTIONS, RATERS
from harness.tables.versions import require_known

STREAMED_ROWS = 5_000_000
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
        from
    row to row; otherwise they are only compared within a piece.

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
    stream = _Stream(files[0], files[1], summary, _Subjects.of(people, usable(axes)), settings)
    drawing = _drawing(stream, blocks, always)
    found = {(block.model, block.condition): counts for block, counts in stream.count(blocks, drawing)}
    rows: list[Result] = []
    curves: list[Curve] = []
    for model, condition in sorted(found, key=model_condition_order):
        of_model = found[model, condition]
        factory = RowFactory(dataset, model, condition, settings)
        rows += model_rows(factory, of_model, axes)
        curves += model_curves(factory, of_model, usable(axes))
    curves += [*degradation_curves(rows), *sample_curves(dataset, summary.counts)]
    answers = {
        model: ComparedModel(model, of_model)
        for (model, condition), of_model in found.items()
        if condition == CLEAN and model in (settings.system, RATERS)
    }
    rows += versus_raters_rows(dataset, answers, usable(axes), settings)
    return Measurement(results_table(rows), curves, drawing.drawn() if drawing else None)


@dataclass(frozen=True)
class _Subjects:
    """Combinations of a subject and its attributes, and their cells.

    Attributes:
        subject: the subject of each combination.
        cells: the cells, with combinations in place of samples.
    """

    subject: Ints
    cells: Cells

    @classmethod
    def of(cls, people: pa.Table, axes: Sequence[Groups]) -> _Subjects:
        subject = pc.dictionary_encode(people[SUBJECT_COLUMN].combine_chunks()).indices.to_numpy().astype(np.int64)
        return cls(subject, cells_of(subject, axes))


@dataclass(frozen=True)
class _Stream:
    """Both files, read in parallel."""

    samples: TableFile
    predictions: TableFile
    summary: SamplesSummary
    who: _Subjects
    settings: MeasureSettings

    def count(
        self, blocks: Sequence[PredictionBlock], drawing: _Drawing | None
    ) -> Iterator[tuple[PredictionBlock, ModelCounts]]:
        """The tallies of every model under every condition, in the order of the file; draws samples from one."""
        of_block = lengths(self.summary.num_samples)
        scores = self.predictions.pieces(of_block * len(blocks), OF_SCORES)
        pieces = self.predictions.pieces(of_block * len(blocks))
        for index, block in enumerate(blocks):
            context = self._context(block)
            options = self._options(context, block, islice(scores, len(of_block)))
            samples = self._samples(of_block, validate=index == 0)
            parts = self._parts(samples, pieces, context, block, drawing)
            yield block, count_parts(parts, self.who.cells, options, self.settings.outside)

    def _options(self, context: RunContext, block: PredictionBlock, pieces: Iterable[pa.Table]) -> CountingOptions:
        """Options that depend on the scores from a pass over them, all others from the summary."""
        names, weights = _strata(self.summary.kinds.table(), self.summary.num_of_kind, context)
        subjects, classes = Numbering(), context.mapping.classes if context.mapping else ()
        columns = ScoreColumns(self.who.cells.num_subjects, len(classes))
        samples = self.samples.pieces(lengths(self.summary.num_samples), [SUBJECT_COLUMN, "label"])
        for of_samples, rows in zip(samples, pieces, strict=True):
            if context.mapping is not None:
                rows = rows.cast(pa.schema([PREDICTIONS.field(name).with_nullable(True) for name in OF_SCORES]))
                validate_scores(rows, context.labels, _where(block))
                # Numbered by first appearance, as the subjects of the summary are.
                subject_N = subjects.of(of_samples[SUBJECT_COLUMN].cast(pa.string()).combine_chunks())
                columns.add(subject_N, *align_scores(of_samples, rows, context))
        return CountingOptions(
            dimensions=context.dimensions,
            reasons=context.reasons,
            strata=names,
            strata_weights=weights,
            **columns.options(),
        )

    def _parts(
        self,
        samples: Iterable[pa.Table],
        pieces: Iterator[pa.Table],
        context: RunContext,
        block: PredictionBlock,
        drawing: _Drawing | None,
    ) -> Iterator[CountedPart]:
        who = self.who
        for of_samples in samples:
            rows = self._rows(next(pieces), of_samples, context, block)
            combination_N = self.summary.people.of(of_samples)
            aligned = align_rows(of_samples, rows, context)
            aligned = replace(aligned, subject=who.subject[combination_N], num_subjects=who.cells.num_subjects)
            if drawing is not None and drawing.block is block:
                drawing.add(of_samples, rows, aligned.subject, context)
            yield CountedPart(aligned, who.cells.row[combination_N])

    def _samples(self, of_block: Sequence[int], *, validate: bool) -> Iterator[pa.Table]:
        order = _Order()
        for samples in self.samples.pieces(of_block):
            if validate:
                samples = validate_samples(samples, ids_are_unique=order.increases(samples["sample_id"]))
            yield samples.cast(self.summary.schema)

    def _rows(self, rows: pa.Table, samples: pa.Table, context: RunContext, block: PredictionBlock) -> pa.Table:
        where = _where(block)
        rows = validate_answers(rows, context.labels, where)
        if not rows["sample_id"].combine_chunks().equals(samples["sample_id"].combine_chunks()):
            raise HarnessError(
                f"{where}: the rows are not in the order of the samples. Tables this large are read row by row: "
                "sort both by sample_id."
            )
        return rows

    def _context(self, block: PredictionBlock) -> RunContext:
        labels = label_orders(self.predictions.schema.empty_table()).get(block.model, [])
        truth = distinct_labels(self.summary.kinds.table()["label"], "samples")
        answered = labels or distinct_labels(pa.chunked_array([sorted(block.labels)], pa.string()), "predictions")
        mapped = truth and (answered or not block.given)
        return RunContext(
            labels=labels,
            mapping=map_labels(truth, answered, self.settings.merge) if mapped else None,
            reasons=commonest(block.reasons),
            dimensions=tuple(name for name in DIMENSIONS if name in self.summary.dimensions & block.dimensions),
            match_on=tuple(self.settings.match_on or ()),
        )


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
        self._subjects: list[Ints] = []
        self._num = 0

    def add(self, samples: pa.Table, rows: pa.Table, subject_N: Ints, context: RunContext) -> None:
        """Draw from the next piece."""
        self._context = context
        chosen = np.flatnonzero(self._draw.chosen(subject_N, self._num) | is_among(samples, self._always))
        self._samples.append(samples.take(chosen))
        self._rows.append(rows.take(chosen))
        self._places.append(chosen + self._num)
        self._subjects.append(subject_N[chosen])
        self._num += len(subject_N)

    def drawn(self) -> DrawnSamples:
        """The samples drawn from all pieces."""
        samples, rows = (pa.concat_tables(each).combine_chunks() for each in (self._samples, self._rows))
        # Numbered in the order of the whole table, of which some subjects may not be drawn.
        subjects, subject_N = np.unique(np.concatenate(self._subjects), return_inverse=True)
        aligned = align_rows(samples, rows, self._context)
        return DrawnSamples(
            samples=samples,
            predictions=rows.replace_schema_metadata(self._metadata),
            aligned=replace(aligned, subject=subject_N, num_subjects=len(subjects)),
            row=None if self._draw.is_whole else np.concatenate(self._places),
            num_samples=self._num,
        )


def _drawing(stream: _Stream, blocks: Sequence[PredictionBlock], always: pa.Array | None) -> _Drawing | None:
    """Draws from the answers of the system under test, under `clean` if there are such."""
    of_system = [block for block in blocks if block.model == stream.settings.system]
    if not of_system:
        return None
    block = min(of_system, key=lambda block: model_condition_order((block.model, block.condition)))
    weights = stream.summary.num_of_people
    num_S = np.bincount(stream.who.subject, weights=weights, minlength=stream.who.cells.num_subjects)
    draw = Draw.of(num_S.astype(np.int64), stream.settings.seed)
    return _Drawing(block, draw, always, stream.predictions.schema.metadata or {})


class _Order:
    """Checks whether ids increase from row to row: then none repeats, and none has to be kept."""

    def __init__(self) -> None:
        self._last: pa.Scalar | None = None
        self._so_far = True

    def increases(self, ids: pa.ChunkedArray) -> bool:
        """Whether they have increased up to the end of this chunk."""
        if self._so_far and not ids.null_count:
            joined = ids.combine_chunks()
            rising = pc.all(pc.less(joined.slice(0, len(joined) - 1), joined.slice(1)), min_count=0).as_py()
            after = self._last is None or pc.less(self._last, joined[0]).as_py()
            self._last, self._so_far = joined[-1], rising and after
        return self._so_far and not ids.null_count


def _strata(kinds: pa.Table, num_of_kind: Ints, context: RunContext) -> tuple[tuple[str, ...], Floats]:
    """The strata of negative assignment that occur, and the samples of each."""
    num = kinds.num_rows
    given = {"outcome": pa.array(["failed"] * num), SUBJECT_COLUMN: pa.array([""] * num)}
    samples = pa.table(
        {SUBJECT_COLUMN: given[SUBJECT_COLUMN], **{name: kinds[name] for name in kinds.column_names}}
    )
    unanswered = pa.table({field.name: given.get(field.name, pa.nulls(num, field.type)) for field in PREDICTIONS})
    aligned = align_rows(samples, unanswered, replace(context, reasons=(), dimensions=()))
    names, stratum_N = stratum_names(aligned)
    in_one = stratum_N >= 0
    weights = np.bincount(stratum_N[in_one], weights=num_of_kind[in_one], minlength=len(names))
    occurs = np.flatnonzero(weights)
    return tuple(names[index] for index in occurs.tolist()), weights[occurs].astype(np.float64)


def _where(block: PredictionBlock) -> str:
    return f"predictions of {block.model} ({block.condition})"
