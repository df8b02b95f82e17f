"""Samples and predictions in files too large for memory → the same results, chunk by chunk.

After a light pass over a few columns (`survey`), every row is read once and counted into the cells of subjects and
groups; from there on everything is as in `measure`, and so are the results, to the byte. Two things are taken from
the first `OPTIONS_ROWS` samples instead of all: the edges of the bins of confidence, and one conformal threshold
in place of one per subject; the results say so. Samples and the predictions of each model stand in one order.

Shapes: N samples, R cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Floats, Ints
from harness.attributes.groups import Groups, group_samples
from harness.cards.taxonomy import map_labels
from harness.errors import HarnessError
from harness.known_metrics import facts_of
from harness.measurement.cells import Cells, cells_of
from harness.measurement.count_metrics import tallies
from harness.measurement.counting_options import CountingOptions, counting_options, stratum_names
from harness.measurement.curves import degradation_curves, model_curves, sample_curves
from harness.measurement.measure import Measured, model_rows, usable
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import IMPROBABLE, Counted, count_confusion
from harness.measurement.result_rows import Run
from harness.measurement.streaming.first_pass import (
    SUBJECT,
    Block,
    SamplesSummary,
    named_axes,
    summarise_predictions,
    summarise_samples,
)
from harness.metrics.probabilistic import are_probabilities
from harness.metrics.tally import Tally, merge
from harness.tables.alignment import Aligned, Shared, align_rows, distinct_labels
from harness.tables.curves import Curve
from harness.tables.pieces import TableFile, lengths
from harness.tables.predictions import label_orders, validate_answers
from harness.tables.results import Result, results_table
from harness.tables.sample_codes import commonest
from harness.tables.samples import validate_samples
from harness.tables.schemas import CLEAN, DIMENSIONS, PREDICTIONS
from harness.tables.versions import require_known

STREAMED_ROWS = 5_000_000
"""Predictions from which on tables are read chunk by chunk."""

OPTIONS_ROWS = 250_000
"""The samples that what has to be fixed before counting is taken from."""


def is_large(predictions: Path) -> bool:
    """Whether a table of predictions is to be read chunk by chunk."""
    return TableFile(predictions).num_rows > STREAMED_ROWS


def measure_files(
    samples: Path, predictions: Path, *, dataset: str, settings: MeasureSettings | None = None
) -> Measured:
    """Measure every model under every condition, as `harness.measurement.measure.measure_run` does.

    The samples are validated as they are read, with one exception: ids are known to be unique where they increase
    from row to row, and are otherwise only compared within a chunk. Differences from human raters are left out.

    Args:
        samples: the file of the samples.
        predictions: the file of the predictions: each model and condition in one piece, in the samples' order.
        dataset: its name in the results.
        settings: the choices; by default those of `MeasureSettings`.

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
    found = {(block.model, block.condition): counted for block, counted in stream.count(blocks)}
    rows: list[Result] = []
    curves: list[Curve] = []
    for model, condition in sorted(found, key=lambda pair: (pair[0], pair[1] != CLEAN, pair[1])):
        of_model = found[model, condition]
        run = Run(dataset, model, condition, settings)
        rows += (_noted(row, of_model.num_samples) for row in model_rows(run, of_model, axes))
        curves += model_curves(run, of_model, usable(axes))
    curves += [*degradation_curves(rows), *sample_curves(dataset, summary.counts)]
    return Measured(results_table(rows), curves, None)


@dataclass(frozen=True)
class _Subjects:
    """Subjects with their attributes, and the cells that they fall into.

    Attributes:
        subject: of each combination of subject and attributes.
        cells: with the combinations in place of samples.
    """

    subject: Ints
    cells: Cells

    @classmethod
    def of(cls, people: pa.Table, axes: Sequence[Groups]) -> _Subjects:
        subject = pc.dictionary_encode(people[SUBJECT].combine_chunks()).indices.to_numpy().astype(np.int64)
        return cls(subject, cells_of(subject, axes))


@dataclass(frozen=True)
class _Stream:
    """Both files, read in step."""

    samples: TableFile
    predictions: TableFile
    summary: SamplesSummary
    who: _Subjects
    settings: MeasureSettings

    def count(self, blocks: Sequence[Block]) -> Iterator[tuple[Block, Counted]]:
        """Every model under every condition, in the order of the file."""
        of_block = lengths(self.summary.num_samples, OPTIONS_ROWS)
        pieces = self.predictions.pieces(of_block * len(blocks))
        for index, block in enumerate(blocks):
            shared = self._shared(block)
            counting = _Counting(self, shared)
            for samples in self._samples(of_block, validate=index == 0):
                rows = self._rows(next(pieces), samples, shared, block)
                counting.add(samples, rows)
            yield block, counting.result()

    def _samples(self, of_block: Sequence[int], *, validate: bool) -> Iterator[pa.Table]:
        order = _Order()
        for samples in self.samples.pieces(of_block):
            if validate:
                samples = validate_samples(samples, ids_are_unique=order.increases(samples["sample_id"]))
            yield samples.cast(self.summary.schema)

    def _rows(self, rows: pa.Table, samples: pa.Table, shared: Shared, block: Block) -> pa.Table:
        where = f"predictions of {block.model} ({block.condition})"
        rows = validate_answers(rows, shared.labels, where)
        if not rows["sample_id"].combine_chunks().equals(samples["sample_id"].combine_chunks()):
            raise HarnessError(
                f"{where}: the rows are not in the order of the samples. Tables this large are read row by row: "
                "sort both by sample_id."
            )
        return rows

    def _shared(self, block: Block) -> Shared:
        labels = label_orders(self.predictions.schema.empty_table()).get(block.model, [])
        truth = distinct_labels(self.summary.kinds.table()["label"], "samples")
        answered = labels or distinct_labels(pa.chunked_array([sorted(block.labels)], pa.string()), "predictions")
        mapped = truth and (answered or not block.given)
        return Shared(
            labels=labels,
            mapping=map_labels(truth, answered, self.settings.merge) if mapped else None,
            reasons=commonest(block.reasons),
            dimensions=tuple(name for name in DIMENSIONS if name in self.summary.dimensions & block.dimensions),
            match_on=tuple(self.settings.match_on or ()),
        )


class _Counting:
    """One model under one condition, counted so far."""

    def __init__(self, stream: _Stream, shared: Shared) -> None:
        self._stream, self._shared = stream, shared
        self._options: CountingOptions | None = None
        self._families: list[Tally] = []
        self._confusion: Ints | None = None
        self._num_unscored = 0
        self._unmeasured: str | None = None

    def add(self, samples: pa.Table, rows: pa.Table) -> None:
        """Count a chunk."""
        who = self._stream.who
        combination_N = self._stream.summary.people.of(samples)
        aligned = align_rows(samples, rows, self._shared)
        if self._options is None:
            self._options = self._chosen(aligned)
        aligned = replace(aligned, subject=who.subject[combination_N], num_subjects=who.cells.num_subjects)
        self._judge_scores(aligned, self._options)
        found = tallies(
            aligned,
            who.cells.row[combination_N],
            len(who.cells.subject),
            options=self._options,
            outside=self._stream.settings.outside,
        )
        if self._families:
            found = [merge(*pair) for pair in zip(self._families, found, strict=True)]
        self._families = found
        confusion = count_confusion(aligned)
        self._confusion = (
            confusion if confusion is None or self._confusion is None else self._confusion + confusion
        )
        self._num_unscored += int((~aligned.scored).sum())

    def result(self) -> Counted:
        """All chunks together."""
        assert self._options is not None  # there are no samples tables without rows
        summary = self._stream.summary
        kept = [
            tally
            for tally in self._families
            if self._unmeasured != IMPROBABLE or "probabilities" not in tally.metrics[0].facts.needs
        ]
        return Counted(
            tallies=kept,
            options=self._options,
            cells=self._stream.who.cells,
            mapping=self._shared.mapping,
            confusion=self._confusion,
            unmeasured=self._unmeasured,
            num_samples=summary.num_samples,
            num_unscored=self._num_unscored,
        )

    def _chosen(self, first: Aligned) -> CountingOptions:
        """Of the scores from the first samples, all else from the survey."""
        summary = self._stream.summary
        names, weights = _strata(summary.kinds.table(), summary.num_of_kind, self._shared)
        return replace(
            counting_options(first, per_subject=summary.num_samples <= OPTIONS_ROWS),
            dimensions=self._shared.dimensions,
            reasons=self._shared.reasons,
            strata=names,
            strata_weights=weights,
        )

    def _judge_scores(self, aligned: Aligned, options: CountingOptions) -> None:
        if aligned.label_scores is None or self._unmeasured == IMPROBABLE:
            return
        if not are_probabilities(aligned.label_scores):
            self._unmeasured = IMPROBABLE
        elif not options.probabilities:
            self._unmeasured = f"the first {OPTIONS_ROWS:,} samples have no scores to take bins from"


class _Order:
    """Whether ids increase from row to row: then none repeats, and none has to be remembered."""

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


def _strata(kinds: pa.Table, num_of_kind: Ints, shared: Shared) -> tuple[tuple[str, ...], Floats]:
    """The strata of negative assignment that occur, and the samples of each."""
    num = kinds.num_rows
    given = {"outcome": pa.array(["failed"] * num), SUBJECT: pa.array([""] * num)}
    samples = pa.table({SUBJECT: given[SUBJECT], **{name: kinds[name] for name in kinds.column_names}})
    unanswered = pa.table({field.name: given.get(field.name, pa.nulls(num, field.type)) for field in PREDICTIONS})
    aligned = align_rows(samples, unanswered, replace(shared, reasons=(), dimensions=()))
    names, stratum_N = stratum_names(aligned)
    in_one = stratum_N >= 0
    weights = np.bincount(stratum_N[in_one], weights=num_of_kind[in_one], minlength=len(names))
    occurs = np.flatnonzero(weights)
    return tuple(names[index] for index in occurs.tolist()), weights[occurs].astype(np.float64)


def _noted(row: Result, num_samples: int) -> Result:
    """A level whose bins or thresholds are those of the first samples says so."""
    whole = num_samples <= OPTIONS_ROWS or not facts_of(row.metric).binned or row.statistic != "level"
    if whole or row.value is None:
        return row
    note = f"bins and thresholds of the first {OPTIONS_ROWS:,} samples"
    return replace(row, note="; ".join(text for text in (row.note, note) if text))
