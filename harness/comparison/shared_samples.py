"""The samples that several runs share, after a check that they agree on them.

Runs with the same samples in the same order, such as those of one plan, are read in parallel. Others are joined
bucket by bucket: rows with equal keys are in the same bucket (see `SpilledTables`), so that no run is in memory as
a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Ints
from harness.comparison.agreement import Agreement, agreed_columns
from harness.comparison.answered_samples import ANSWER_PREFIX, Read
from harness.comparison.finished_runs import FinishedRun
from harness.errors import HarnessError
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.streaming.spilled import Spilled
from harness.progress import UNSEEN, Share
from harness.tables.pieces import lengths
from harness.tables.sample_keys import BY_FILE_NAME, ID_COLUMN, key_column
from harness.tables.schemas import DIMENSIONS, SUBJECT_RANK
from harness.tables.spilled_tables import SpilledTables
from harness.tables.votes import vote_columns

ANSWERED_OUTCOME, ANSWERED_SCORES = ANSWER_PREFIX + "outcome", ANSWER_PREFIX + "scores"
ANSWER_COLUMNS = (
    ANSWERED_OUTCOME,
    ANSWER_PREFIX + "reason",
    ANSWER_PREFIX + "label",
    ANSWERED_SCORES,
    *(ANSWER_PREFIX + name for name in DIMENSIONS),
)
"""The columns of the answers that are counted."""

_KEY_COLUMN = "key"


@dataclass(frozen=True)
class SharedSamples:
    """The samples that all runs have, with the answers of each.

    Attributes:
        num: their number.
        read: per run its rows: `agreed_columns`, the columns that it matches on, `ANSWER_COLUMNS` and
            `measured_votes`. The pieces of all runs have the same samples in the same order.
    """

    num: int
    read: Sequence[Read]


def measured_votes(run: FinishedRun, settings: MeasureSettings) -> list[str]:
    """The columns of a run's own votes, if its answers are compared on them; runs need not agree on votes.

    Args:
        run: one of those that are compared.
        settings: of the comparison.
    """
    source = run.settings.votes_for(run.model)
    return vote_columns(run.answers.schema.names, source) if settings.compares_votes and source else []


def shared_samples(finished: Sequence[FinishedRun], on: str, progress: Share = UNSEEN) -> SharedSamples:
    """Find the samples that all runs have.

    Args:
        finished: at least two.
        on: the column by which samples are matched: ``sample_id``, another one, or `BY_FILE_NAME`.
        progress: told of every piece.

    Raises:
        HarnessError: they share none; the column is not unique; or they disagree on the subject, label or
            attributes of a sample.
    """
    return (_in_step(finished, progress) if on == ID_COLUMN else None) or _joined(finished, on, progress)


def _in_step(finished: Sequence[FinishedRun], progress: Share) -> SharedSamples | None:
    """Runs with the same samples in the same order; None if they are not."""
    answers = [run.answers for run in finished]
    if not all(each.in_order for each in answers) or len({each.num_rows for each in answers}) > 1:
        return None
    agreement, num_pieces = Agreement(finished), len(lengths(answers[0].num_rows))
    pieces = zip(*(run.answers.read(agreed_columns(run)) for run in finished), strict=True)
    for tables in progress.each(pieces, num_pieces):
        if not all(table[ID_COLUMN].equals(tables[0][ID_COLUMN]) for table in tables[1:]):
            return None
        agreement.add(tables)
    agreement.require()
    return SharedSamples(answers[0].num_rows, [each.read for each in answers])


def _joined(finished: Sequence[FinishedRun], on: str, progress: Share) -> SharedSamples:
    """Runs whose samples, their order or their ids differ."""
    num_buckets = len(lengths(max(run.answers.num_rows for run in finished)))
    *spilling, choosing, agreeing = progress.split(*[2] * len(finished), 1, 1)
    buckets = [
        _by_key(run, on, num_buckets, measured_votes(run, finished[0].settings), share)
        for run, share in zip(finished, spilling, strict=True)
    ]
    agreement, shared = Agreement(finished), [_Chosen(each) for each in buckets]
    for index in choosing.each(range(num_buckets), num_buckets):
        keys = [_unique_keys(each, index, run, on) for each, run in zip(buckets, finished, strict=True)]
        for chosen, rows in zip(shared, _rows_of_shared(keys), strict=True):
            chosen.add(index, rows)
    if not shared[0].num:
        examples = [key_column(next(run.answers.read([_column(on)])), on)[0].as_py() for run in finished[:2]]
        raise HarnessError(
            f"The runs share no sample by {on}: {finished[0].path} has {examples[0]!r}, {finished[1].path} "
            f"has {examples[1]!r}. --on COLUMN joins on another column of the samples, --on {BY_FILE_NAME} on the "
            "names of their files without folder and extension."
        )
    columns = map(agreed_columns, finished)
    pieces = zip(*(each.read(names) for each, names in zip(shared, columns, strict=True)), strict=True)
    for tables in agreeing.each(pieces, num_buckets):
        agreement.add(tables)
    agreement.require()
    return SharedSamples(shared[0].num, [each.read for each in shared])


class _Chosen:
    """Some rows of every bucket of a run.

    Args:
        buckets: of the run.
    """

    def __init__(self, buckets: SpilledTables) -> None:
        self._buckets = buckets
        self._indices: list[int] = []
        self._rows = Spilled()
        self.num = 0

    def add(self, index: int, rows: Ints) -> None:
        """Choose rows of a bucket; one without any is skipped."""
        if len(rows):
            self._indices.append(index)
            self._rows.add(rows.astype(np.int32))
            self.num += len(rows)

    def read(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Some columns of the rows, bucket by bucket."""
        for index, rows in zip(self._indices, self._rows.pieces(), strict=True):
            yield self._buckets.bucket(index, columns).take(rows)


def _by_key(run: FinishedRun, on: str, num_buckets: int, votes: Sequence[str], progress: Share) -> SpilledTables:
    """The rows of a run with their keys; rows with equal keys are in the same bucket."""
    texts = [field.name for field in run.answers.schema if pa.types.is_string(field.type)]
    texts = [name for name in texts if not name.startswith(ANSWER_PREFIX)]
    if on not in (BY_FILE_NAME, *texts):
        raise HarnessError(
            f"--on {on}: {run.path} has no such text column. It has: {BY_FILE_NAME}, {', '.join(texts)}."
        )
    matched = [name for name in run.settings.match_on or () if name in run.answers.schema.names]
    ranks = [name for name in run.answers.schema.names if name == SUBJECT_RANK]
    columns = dict.fromkeys([*agreed_columns(run), *ranks, *matched, *ANSWER_COLUMNS, *votes, _column(on)])
    buckets, num_without = SpilledTables(num_buckets), 0
    for rows in progress.each(run.answers.read(list(columns)), len(lengths(run.answers.num_rows))):
        keys = key_column(rows, on)
        num_without += keys.null_count
        if not num_without:
            buckets.add(rows.append_column(_KEY_COLUMN, keys), _KEY_COLUMN)
    if num_without:
        raise HarnessError(f"--on {on}: {num_without:,} samples of {run.path} have none.")
    return buckets


def _column(on: str) -> str:
    return ID_COLUMN if on == BY_FILE_NAME else on


def _unique_keys(buckets: SpilledTables, index: int, run: FinishedRun, on: str) -> pa.Array:
    keys = buckets.bucket(index, [_KEY_COLUMN])[_KEY_COLUMN].combine_chunks()
    counts = pc.value_counts(keys)
    repeated = counts.filter(pc.greater(counts.field("counts"), 1))
    if len(repeated):
        raise HarnessError(
            f"--on {on}: {repeated[0]['values'].as_py()!r} occurs in {repeated[0]['counts'].as_py()} samples of "
            f"{run.path}. Choose a column with a different value for every sample."
        )
    return keys


def _rows_of_shared(keys: Sequence[pa.Array]) -> list[Ints]:
    """Per run the rows of the keys that all have, in the order of the first."""
    shared = pa.array(np.ones(len(keys[0]), dtype=np.bool_))
    for other in keys[1:]:
        shared = pc.and_(shared, pc.is_in(keys[0], value_set=other))
    kept = keys[0].filter(shared)
    return [pc.index_in(kept, value_set=of_run).to_numpy() for of_run in keys]
