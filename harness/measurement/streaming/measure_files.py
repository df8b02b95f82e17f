"""Samples and predictions in files too large for memory → the same results, piece by piece.

Three passes: a light one over a few columns says who and what there is (`first_pass`), one over the scores finds
edges of bins and conformal thresholds, and one over all columns counts every row into the cells of subjects and
groups. Everything else is as in `measure`, and so are the results, to the byte. Samples and the predictions of
each model stand in one order.

Shapes: N samples, R cells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from harness.arrays import Ints
from harness.attributes.groups import group_samples
from harness.errors import HarnessError
from harness.measurement.curves import degradation_curves, model_curves, sample_curves
from harness.measurement.measure import Measured, model_rows, raters_rows, usable
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import Counted, count_parts
from harness.measurement.models.shared_metrics import ComparedModel
from harness.measurement.result_rows import Run
from harness.measurement.streaming.count_pieces import People, Piece, options_of, parts_of, shared_of
from harness.measurement.streaming.first_pass import (
    Block,
    SamplesSummary,
    named_axes,
    summarise_predictions,
    summarise_samples,
)
from harness.tables.alignment import Shared, align_rows
from harness.tables.curves import Curve
from harness.tables.drawn_samples import Draw, DrawnSamples, is_among
from harness.tables.increasing_ids import IncreasingIds
from harness.tables.pieces import TableFile, lengths
from harness.tables.predictions import in_order, label_orders, validate_answers, validate_scores
from harness.tables.results import Result, results_table
from harness.tables.samples import validate_samples
from harness.tables.schemas import CLEAN, DIMENSIONS, PREDICTIONS, RATERS, SAMPLES
from harness.tables.versions import require_known

STREAMED_ROWS = 5_000_000
"""Predictions from which on tables are read piece by piece."""

OF_SCORES = ("sample_id", "outcome", "scores")
"""The columns of the predictions that bins and thresholds are made of."""


def is_large(predictions: Path) -> bool:
    """Whether a table of predictions is to be read chunk by chunk."""
    return TableFile(predictions).num_rows > STREAMED_ROWS


def measure_files(
    samples: Path,
    predictions: Path,
    *,
    dataset: str,
    settings: MeasureSettings | None = None,
    always: pa.Array | None = None,
) -> Measured:
    """Measure every model under every condition, as `harness.measurement.measure.measure_run` does.

    The samples are validated as they are read, with one exception: ids are known to be unique where they increase
    from row to row, and are otherwise only compared within a chunk.

    Args:
        samples: the file of the samples.
        predictions: the file of the predictions: each model and condition in one piece, in the samples' order.
        dataset: its name in the results.
        settings: the choices; by default those of `MeasureSettings`.
        always: ids of samples that are among those drawn in any case.

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
    stream = _Stream(files[0], files[1], summary, People.of(people, usable(axes)), settings)
    drawing = _drawing(stream, blocks, always)
    found = {(block.model, block.condition): counted for block, counted in stream.count(blocks, drawing)}
    rows: list[Result] = []
    curves: list[Curve] = []
    for model, condition in sorted(found, key=in_order):
        of_model = found[model, condition]
        run = Run(dataset, model, condition, settings)
        rows += model_rows(run, of_model, axes)
        curves += model_curves(run, of_model, usable(axes))
    curves += [*degradation_curves(rows), *sample_curves(dataset, summary.counts)]
    answers = {
        model: ComparedModel(model, of_model)
        for (model, condition), of_model in found.items()
        if condition == CLEAN and model in (settings.system, RATERS)
    }
    rows += raters_rows(dataset, answers, usable(axes), settings)
    return Measured(results_table(rows), curves, drawing.drawn() if drawing else None)


@dataclass(frozen=True)
class _Stream:
    """Both files, read in step."""

    samples: TableFile
    predictions: TableFile
    summary: SamplesSummary
    people: People
    settings: MeasureSettings

    def count(self, blocks: Sequence[Block], drawing: _Drawing | None) -> Iterator[tuple[Block, Counted]]:
        """Every model under every condition, in the order of the file; one of them is also drawn from."""
        orders = label_orders(self.predictions.schema.empty_table())
        for index, block in enumerate(blocks):
            shared = shared_of(
                self.summary.kinds,
                block,
                self.summary.dimensions,
                labels=orders.get(block.model, []),
                merge=self.settings.merge,
                match_on=self.settings.match_on or (),
            )
            first = index * self.summary.num_samples
            options = options_of(self._scored(shared, block, first), shared, self.summary.kinds, self.people)
            drawn = drawing if drawing is not None and drawing.block is block else None
            samples = self._samples(shared, validate=index == 0, whole=drawn is not None)
            parts = parts_of(self._own(samples, shared, block, first, drawn), shared, self.people)
            yield block, count_parts(parts, self.people.cells, options, self.settings.outside)

    def _scored(self, shared: Shared, block: Block, first: int) -> Iterator[Piece]:
        """What is needed before counting, the answers from a row of the predictions on."""
        samples = self.samples.pieces(self._lengths, ["label"])
        pieces = self.predictions.pieces(self._lengths, OF_SCORES, first=first)
        for of_samples, rows, person_N in zip(samples, pieces, self.summary.person.pieces(), strict=True):
            rows = rows.cast(pa.schema([PREDICTIONS.field(name).with_nullable(True) for name in OF_SCORES]))
            validate_scores(rows, shared.labels, _where(block))
            yield of_samples.cast(pa.schema([SAMPLES.field("label")])), rows, person_N

    def _own(
        self, samples: Iterable[pa.Table], shared: Shared, block: Block, first: int, drawing: _Drawing | None
    ) -> Iterator[Piece]:
        """What is counted."""
        pieces = self.predictions.pieces(self._lengths, first=first)
        for of_samples, rows, person_N in zip(samples, pieces, self.summary.person.pieces(), strict=True):
            rows = self._rows(rows, of_samples, shared, block)
            if drawing is not None:
                drawing.add(of_samples, rows, self.people.subject[person_N], shared)
            yield of_samples, rows, person_N

    def _samples(self, shared: Shared, *, validate: bool, whole: bool) -> Iterator[pa.Table]:
        """All columns where samples are validated or looked at one by one, otherwise those that are counted."""
        schema, ids = self.summary.schema, IncreasingIds()
        counted = dict.fromkeys(["sample_id", "label", *shared.match_on, *DIMENSIONS])
        columns = schema.names if validate or whole else list(counted)
        for samples in self.samples.pieces(self._lengths, columns):
            if validate:
                samples = validate_samples(samples, ids_are_unique=ids.increases(samples["sample_id"]))
            yield samples.cast(pa.schema([schema.field(name) for name in columns]))

    @property
    def _lengths(self) -> list[int]:
        return lengths(self.summary.num_samples)

    def _rows(self, rows: pa.Table, samples: pa.Table, shared: Shared, block: Block) -> pa.Table:
        where = _where(block)
        rows = validate_answers(rows, shared.labels, where)
        if not rows["sample_id"].combine_chunks().equals(samples["sample_id"].combine_chunks()):
            raise HarnessError(
                f"{where}: the rows are not in the order of the samples. Tables this large are read row by row: "
                "sort both by sample_id."
            )
        return rows


class _Drawing:
    """The samples that are drawn while one block is read.

    Args:
        block: the system's answers.
        draw: which rows.
        always: ids of samples that are taken in any case.
        metadata: of the predictions.
    """

    def __init__(self, block: Block, draw: Draw, always: pa.Array | None, metadata: Mapping[bytes, bytes]) -> None:
        self.block = block
        self._draw, self._always, self._metadata = draw, always, metadata
        self._samples: list[pa.Table] = []
        self._rows: list[pa.Table] = []
        self._places: list[Ints] = []
        self._subjects: list[Ints] = []
        self._num = 0

    def add(self, samples: pa.Table, rows: pa.Table, subject_N: Ints, shared: Shared) -> None:
        """Draw from the next piece."""
        self._shared = shared
        chosen = np.flatnonzero(self._draw.chosen(subject_N, self._num) | is_among(samples, self._always))
        self._samples.append(samples.take(chosen))
        self._rows.append(rows.take(chosen))
        self._places.append(chosen + self._num)
        self._subjects.append(subject_N[chosen])
        self._num += len(subject_N)

    def drawn(self) -> DrawnSamples:
        """What was drawn of all pieces."""
        samples, rows = (pa.concat_tables(each).combine_chunks() for each in (self._samples, self._rows))
        # Numbered in the order of the whole table, of which some subjects may not be drawn.
        subjects, subject_N = np.unique(np.concatenate(self._subjects), return_inverse=True)
        aligned = align_rows(samples, rows, self._shared)
        return DrawnSamples(
            samples=samples,
            predictions=rows.replace_schema_metadata(self._metadata),
            aligned=replace(aligned, subject=subject_N, num_subjects=len(subjects)),
            row=None if self._draw.is_whole else np.concatenate(self._places),
            num_samples=self._num,
        )


def _drawing(stream: _Stream, blocks: Sequence[Block], always: pa.Array | None) -> _Drawing | None:
    """From the answers of the system under test, clean where it was asked so."""
    of_system = [block for block in blocks if block.model == stream.settings.system]
    if not of_system:
        return None
    block = min(of_system, key=lambda block: in_order((block.model, block.condition)))
    people, num_K = stream.people, stream.summary.people.num_rows
    num_S = np.bincount(people.subject, weights=num_K, minlength=people.cells.num_subjects)
    draw = Draw.of(num_S.astype(np.int64), stream.settings.seed)
    return _Drawing(block, draw, always, stream.predictions.schema.metadata or {})


def _where(block: Block) -> str:
    return f"predictions of {block.model} ({block.condition})"
