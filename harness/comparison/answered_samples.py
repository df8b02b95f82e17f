"""The samples of a finished run with the answers of its system, in pieces that fit into memory.

A row is a sample with its answer: the columns of the samples, those of the predictions with `ANSWER_PREFIX`, and
`ROW_COLUMN`, the index of the sample in the run. Runs write samples and answers in the same order, and both are
read in parallel. If the orders differ, they are joined by id, bucket by bucket (see `SpilledTables`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.people import SUBJECT_COLUMN
from harness.errors import HarnessError
from harness.progress import UNSEEN, Share
from harness.tables.increasing_ids import IncreasingIds
from harness.tables.pieces import TableFile, lengths
from harness.tables.predictions import label_orders, validate_answers
from harness.tables.sample_keys import ID_COLUMN
from harness.tables.samples import validate_samples, with_subjects
from harness.tables.schemas import CLEAN, MORE_SAMPLES, PREDICTIONS, SAMPLES
from harness.tables.spilled_tables import SpilledTables
from harness.tables.validation import conform, require_same_ids, require_unique, with_extra

ANSWER_PREFIX = "answer."
ROW_COLUMN = "row"

FOUND, VALIDATED = 1, 4
"""What it costs in comparison to find the answers of a system among those of others, and to validate them."""

Read = Callable[[Sequence[str]], Iterator[pa.Table]]
"""Tables of these columns: the same rows in the same pieces on every call."""


@dataclass(frozen=True)
class AnsweredSamples:
    """The samples of a finished run with the answers of its system under the clean condition.

    Attributes:
        num_rows: the number of samples of the run.
        schema: of the rows.
        labels: those of the system, in the order of its scores.
        in_order: whether the rows are in the order of the run.
        read: reads some columns of the rows.
    """

    num_rows: int
    schema: pa.Schema
    labels: Sequence[str]
    in_order: bool
    read: Read


def answers_of(rows: pa.Table) -> pa.Table:
    """The answers under the names that they have in the predictions."""
    names = [name for name in rows.column_names if name.startswith(ANSWER_PREFIX)]
    return rows.select(names).rename_columns([name.removeprefix(ANSWER_PREFIX) for name in names])


def read_answered(
    samples: TableFile, predictions: TableFile, model: str, progress: Share = UNSEEN
) -> AnsweredSamples:
    """Validate the samples and the system's answers, piece by piece. Other answers in the file are skipped.

    Args:
        samples: the file.
        predictions: the file.
        model: the system's name.
        progress: told of every piece.

    Raises:
        HarnessError: see `validate_samples` and `validate_predictions`; the system has no answers.
    """
    finding, validating = progress.split(FOUND, VALIDATED)
    stored = _Stored(samples, predictions, model, finding)
    in_step = stored.validated_in_step(validating)
    return AnsweredSamples(
        num_rows=samples.num_rows,
        schema=stored.schema,
        labels=stored.labels,
        in_order=in_step,
        read=stored.in_step if in_step else stored.joined(validating),
    )


class _Stored:
    """Both files of a run."""

    def __init__(self, samples: TableFile, predictions: TableFile, model: str, progress: Share) -> None:
        self._samples, self._predictions, self._model = samples, predictions, model
        self._where = f"predictions of {model} ({CLEAN})"
        empty = samples.schema.empty_table(), predictions.schema.empty_table()
        if not samples.num_rows:
            validate_samples(empty[0])
        conform(empty[1], PREDICTIONS, "predictions")
        self.labels = label_orders(empty[1]).get(model, [])
        known = with_extra(SAMPLES, conform(empty[0], SAMPLES, "samples", extra_prefixes=MORE_SAMPLES))
        answers = [field.with_name(ANSWER_PREFIX + field.name) for field in PREDICTIONS]
        self.schema = pa.schema([*known, *answers, pa.field(ROW_COLUMN, pa.int64())])
        self._first, self._last, self._num_own = self._own_rows(progress)

    def validated_in_step(self, progress: Share) -> bool:
        """Validate both while they are in the same order; whether they are so to the end."""
        if not self._last - self._first == self._num_own == self._samples.num_rows:
            return False
        ids, each = IncreasingIds(), lengths(self._samples.num_rows)
        answers = self._predictions.pieces(each, first=self._first)
        for samples, rows in progress.each(zip(self._samples.pieces(each), answers, strict=True), len(each)):
            samples, rows = self._valid_samples(samples), validate_answers(rows, self.labels, self._where)
            if not samples[ID_COLUMN].equals(rows[ID_COLUMN]):
                return False
            increasing = ids.increases(samples[ID_COLUMN])
        if not increasing:
            self._require_unique_ids()
        return True

    def in_step(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Some columns of files that are in the same order."""
        wanted = pa.schema([self.schema.field(name) for name in columns])
        # A sample without a subject is a subject of its own, named by its id.
        needed = dict.fromkeys([ID_COLUMN, *columns] if SUBJECT_COLUMN in columns else columns)
        of_samples = [name for name in needed if name in self._samples.schema.names] or [ID_COLUMN]
        of_answers = [name.removeprefix(ANSWER_PREFIX) for name in columns if name.startswith(ANSWER_PREFIX)]
        each, row = lengths(self._samples.num_rows), 0
        answers = self._predictions.pieces(each, of_answers, first=self._first) if of_answers else repeat(None)
        for samples, rows in zip(self._samples.pieces(each, of_samples), answers, strict=False):
            if SUBJECT_COLUMN in columns:
                samples = with_subjects(samples)
            yield _with_answers(samples, rows, row).select(columns).cast(wanted)
            row += samples.num_rows

    def joined(self, progress: Share) -> Read:
        """Join samples and answers that are in different orders.

        Raises:
            HarnessError: their ids are not the same, or not unique.
        """
        of_samples, of_answers = lengths(self._samples.num_rows), lengths(self._last - self._first)
        num = len(of_samples)
        shares = progress.split(num, len(of_answers), num)
        samples, answers, row = SpilledTables(num), SpilledTables(num), 0
        for piece in shares[0].each(self._samples.pieces(of_samples), num):
            samples.add(_with_answers(self._valid_samples(piece), None, row), ID_COLUMN)
            row += piece.num_rows
        pieces = self._predictions.pieces(of_answers, first=self._first)
        for piece in shares[1].each(pieces, len(of_answers)):
            own = validate_answers(piece.filter(self._is_own(piece)), self.labels, self._where)
            answers.add(own, ID_COLUMN)
        for bucket in shares[2].each(range(num), num):
            found, known = answers.bucket(bucket, [ID_COLUMN]), samples.bucket(bucket, [ID_COLUMN])
            require_unique(known, "samples")
            require_unique(found, self._where)
            require_same_ids(found[ID_COLUMN], known[ID_COLUMN], self._where)

        def read(columns: Sequence[str]) -> Iterator[pa.Table]:
            for bucket in range(num):
                of_samples, rows = samples.bucket(bucket), answers.bucket(bucket)
                order = pc.index_in(
                    of_samples[ID_COLUMN].combine_chunks(), value_set=rows[ID_COLUMN].combine_chunks()
                )
                yield _with_answers(of_samples, rows.take(order), None).select(columns)

        return read

    def _valid_samples(self, piece: pa.Table) -> pa.Table:
        """Some validated samples; that ids are unique is not checked here."""
        return validate_samples(piece, rows_independent=True, ids_are_unique=True)

    def _require_unique_ids(self) -> None:
        each = lengths(self._samples.num_rows)
        ids = SpilledTables(len(each))
        for piece in self._samples.pieces(each, [ID_COLUMN]):
            ids.add(piece, ID_COLUMN)
        for bucket in range(ids.num_buckets):
            require_unique(ids.bucket(bucket), "samples")

    def _own_rows(self, progress: Share) -> tuple[int, int, int]:
        """The first row of the system, the row after its last, and how many rows are its own."""
        first, last, num, row = self._predictions.num_rows, 0, 0, 0
        each = lengths(self._predictions.num_rows)
        for piece in progress.each(self._predictions.pieces(each, ["model", "condition"]), len(each)):
            own = np.flatnonzero(self._is_own(piece).to_numpy(zero_copy_only=False)) + row
            if len(own):
                first, last, num = min(first, int(own[0])), int(own[-1]) + 1, num + len(own)
            row += piece.num_rows
        if not num:
            raise HarnessError(
                f"{self._predictions.path.parent}: predictions.parquet has no clean predictions of {self._model}."
            )
        return first, last, num

    def _is_own(self, piece: pa.Table) -> pa.Array:
        own = pc.and_(
            pc.equal(piece["model"].cast(pa.string()), self._model),
            pc.equal(piece["condition"].cast(pa.string()), CLEAN),
        )
        return pc.fill_null(own, False).combine_chunks()


def _with_answers(samples: pa.Table, answers: pa.Table | None, first_row: int | None) -> pa.Table:
    """Samples with their answers, numbered from ``first_row`` if it is given."""
    if first_row is not None:
        samples = samples.append_column(ROW_COLUMN, pa.array(np.arange(first_row, first_row + samples.num_rows)))
    if answers is None:
        return samples
    names = [*samples.column_names, *(ANSWER_PREFIX + name for name in answers.column_names)]
    return pa.table([*samples.columns, *answers.columns], names=names)
