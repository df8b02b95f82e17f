"""Samples through a model, in batches: computed by an executor, kept in a journal.

The batches follow from the plan alone: sample i belongs to batch ``i // batch_size``, and a batch is computed as a
whole, less its samples that could not be prepared. So the results are equal to the byte however often the run was
killed and however many workers it had. Only a model that answers sample by sample, each on its own, is asked for
the rest of a batch of which some answers are known.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from harness.arrays import Ints
from harness.errors import HarnessError, exit_on_signal
from harness.inference.collected import Collected
from harness.inference.executor import Finished, open_executor
from harness.inference.file_log import FileLog
from harness.inference.inference_settings import InferenceSettings
from harness.inference.journal import Journal
from harness.inference.preparation import LoadSample, Prepared, SampleBatch
from harness.inference.shards import Shards
from harness.inference.time_spent import TimeSpent
from harness.inference.workers_note import WorkersNote
from harness.models.endless import done_before_the_end
from harness.models.model import VectorModel

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]

KeepBeside = Callable[[Mapping[int, Mapping[str, Prepared]]], None]
"""Takes place → name → what was made."""

_ROWS_AT_ONCE = 2_048
"""Samples that become Python values at once: for 32 at a time a row costs twice as much."""


def collect(
    samples: pa.Table,
    load: LoadSample,
    model: VectorModel[Any],
    *,
    journal: Path,
    plan_hash: str,
    settings: InferenceSettings,
    files: FileLog | None = None,
    progress: Progress | None = None,
    spent: TimeSpent | None = None,
    known: Mapping[str, Prepared] | None = None,
    keep: KeepBeside | None = None,
) -> Collected:
    """Run a model over all samples, going on from what the journal holds. A finished run opens no model.

    Args:
        samples: a validated samples table.
        load: reads one sample; runs in workers.
        model: is opened if any sample remains.
        journal: a folder of its own for this model and condition. The caller holds the lock of the run folder, and
            keeps the journal as long as it reads from what is returned.
        plan_hash: identifies samples, model and options.
        settings: batches, executor, workers, time limits.
        files: takes down what a recording reader opens (`harness.datasets.reader.Reader.recording`).
        progress: called with (samples done, samples in all): at the start, then whenever some are finished.
        spent: is added to.
        known: by id, samples that have been prepared already and are not read.
        keep: is given what else was made of samples while they were open (`harness.inference.beside`).

    Raises:
        HarnessError: the journal belongs to another plan or cannot be written; there is no such executor, or it
            cannot start workers; the model fails or breaks its contract; a file changed since it was read before.
            What was finished is in the journal.
    """
    samples = samples.combine_chunks()
    executor = open_executor(settings.executor, settings.executor_options)
    shards = Shards(journal, plan_hash, samples["sample_id"].combine_chunks(), settings.batch_size, model.width)
    shards.recover()
    missing = shards.missing()
    num_wanted = samples.num_rows
    if settings.part is not None:
        num_wanted = len(settings.part.places(samples.num_rows, settings.batch_size))
        missing = settings.part.within(missing, samples.num_rows, settings.batch_size)
    report = _Report(progress, num_wanted)
    report.add(num_wanted - len(missing))
    began = time.perf_counter()
    if len(missing):
        batches = _batches(samples, missing, settings.batch_size, known)
        spent = spent or TimeSpent()
        spent_beside = spent.beside
        with (
            open_journal(shards, settings.flush_s) as log,
            executor.run(batches, load, model, settings) as results,
        ):
            spent.opening += time.perf_counter() - began
            workers = WorkersNote(journal)
            for finished in spent.timed(results):
                _log_surprises(finished, shards.sample_id)
                if files is not None:
                    files.add(finished.files)
                if keep is not None:
                    keep(finished.beside)
                log.add(finished)
                workers.add(finished)
                report.add(len(finished.places))
            workers.write()
        began += spent.beside - spent_beside
    return Collected(shards, len(missing) / (time.perf_counter() - began) if len(missing) else None)


@contextmanager
def open_journal(shards: Shards, flush_s: float) -> Iterator[Journal]:
    """A journal that is written at the end, however the block ends."""
    log = Journal(shards, flush_s)
    with _terminated_as_exit(), done_before_the_end(log.flush):
        try:
            yield log
        except BaseException:
            with suppress(HarnessError):  # the first error says more
                log.flush()
            shards.tidy()
            raise
        log.flush()


def _batches(
    samples: pa.Table, missing: Ints, batch_size: int, known: Mapping[str, Prepared] | None = None
) -> Iterator[SampleBatch]:
    """The batches of the plan that are not done, each with those of its samples that are not."""
    piece_rows = batch_size * max(1, _ROWS_AT_ONCE // batch_size)
    for piece, piece_places in _grouped(missing, piece_rows):
        first = piece * piece_rows
        rows = samples.slice(first, piece_rows).to_pylist()
        for index, places in _grouped(piece_places, batch_size):
            of_batch = [rows[place - first] for place in places.tolist()]
            ids = [row["sample_id"] for row in of_batch if known and row["sample_id"] in known]
            yield SampleBatch(index, places, of_batch, {name: known[name] for name in ids} if known else {})


def _grouped(places: Ints, size: int) -> Iterator[tuple[int, Ints]]:
    """Rising places, divided at the multiples of a size: which multiple, and the places from there."""
    number_n = places // size
    starts = np.flatnonzero(np.diff(number_n, prepend=-1))
    for start, group in zip(starts, np.split(places, starts[1:]), strict=True):
        yield int(number_n[start]), group


def _log_surprises(finished: Finished, sample_id: pa.Array) -> None:
    for place, note in finished.notes.items():
        logger.warning("sample %s could not be read: %s", sample_id[place], note)


class _Report:
    """Counts samples for the caller."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def add(self, num_samples: int) -> None:
        self._done += num_samples
        if self._progress is not None:
            self._progress(self._done, self._total)


@contextmanager
def _terminated_as_exit() -> Iterator[None]:
    """The command line's handler for a plain ``kill``, where another program calls `collect` without one."""
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not in_main_thread or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, exit_on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
