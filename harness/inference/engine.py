"""Samples through a model, in batches: prepared in workers, computed on the device, kept in a journal.

The batches follow from the plan alone: sample i belongs to batch ``i // batch_size``, and a batch is computed as a
whole, less its samples that could not be prepared. So the results are equal to the byte however often the run was
killed and however many workers it had.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.arrays import Ints
from harness.errors import HarnessError, Reason, exit_on_signal
from harness.inference.device import deterministic
from harness.inference.file_log import FileLog
from harness.inference.inference_settings import InferenceSettings
from harness.inference.journal import Journal
from harness.inference.pool import prepared_batches
from harness.inference.preparation import Load, Prepared, PreparedBatch, SampleBatch
from harness.inference.rows import Rows
from harness.models.model import VectorModel, Vectors
from harness.tables.schemas import CLEAN

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Collected:
    """What `collect` gives: the vectors in the samples' order, and the timings (schema `tables.TIMINGS`)."""

    vectors: Vectors
    timings: pa.Table


def collect(
    samples: pa.Table,
    load: Load,
    model: VectorModel[Any],
    *,
    journal: Path,
    plan_hash: str,
    settings: InferenceSettings,
    condition: str = CLEAN,
    files: FileLog | None = None,
    progress: Progress | None = None,
) -> Collected:
    """Run a model over all samples, going on from what the journal holds. A finished run opens no model.

    Args:
        samples: a validated samples table.
        load: reads one sample; runs in workers.
        model: is opened if any batch remains.
        journal: a folder of its own for this model and condition. The caller holds the lock of the run folder.
        plan_hash: identifies samples, model and options.
        settings: batches, workers, time limits.
        condition: the value of the ``condition`` column.
        files: takes down what a recording reader opens (`harness.datasets.reader.Reader.recording`).
        progress: called with (samples done, samples in all): at the start, then after every batch.

    Raises:
        HarnessError: the journal belongs to another plan or cannot be written; workers cannot be started; the
            model fails or breaks its contract; a file changed since it was read before. What was finished is in
            the journal.
    """
    samples = samples.combine_chunks()
    rows = Rows(samples["sample_id"].combine_chunks(), settings.batch_size, model.width)
    log = Journal(journal, plan_hash, rows, settings.flush_s)
    done = log.recover()
    report = _Report(progress, samples.num_rows)
    report.add(len(rows.of(done)))
    remaining = np.setdiff1d(np.arange(rows.num_batches), done, assume_unique=True)
    if len(remaining):
        _compute(_slices(samples, remaining, settings.batch_size), load, model, rows, log, files, settings, report)
    return Collected(rows.vectors(), rows.timings(model.name, condition))


def _compute(
    batches: Iterable[SampleBatch],
    load: Load,
    model: VectorModel[Any],
    rows: Rows,
    log: Journal,
    files: FileLog | None,
    settings: InferenceSettings,
    report: _Report,
) -> None:
    deterministic()
    ahead = prepared_batches(
        batches, load, model.preparer(), workers=settings.workers, timeout_s=settings.timeout_s
    )
    with _terminated_as_exit():
        try:
            with ahead as prepared:  # workers start while the model loads
                model.open()
                deterministic()
                for batch in prepared:
                    _log_surprises(batch, rows)
                    if files is not None:
                        files.add(file for sample in batch.samples for file in sample.files)
                    rows.put(batch.index, *_forward(batch, model))
                    log.add(batch.index)
                    report.add(len(batch.samples))
        except BaseException:
            with suppress(HarnessError):  # the first error says more
                log.flush()
            log.tidy()
            raise
        log.flush()


def _slices(samples: pa.Table, batches: Ints, batch_size: int) -> Iterator[SampleBatch]:
    for index in batches.tolist():
        yield SampleBatch(index, samples.slice(index * batch_size, batch_size).to_pylist())


def _forward(
    batch: PreparedBatch, model: VectorModel[Any]
) -> tuple[Sequence[Prepared], npt.NDArray[np.float64], float]:
    """Compute one batch: its samples with their final outcome, vectors (num_scored, width), seconds per sample."""
    arrays = [sample.array for sample in batch.samples if sample.array is not None]
    if not arrays:
        return batch.samples, np.empty((0, model.width)), float("nan")
    start = time.perf_counter()
    try:
        values = np.asarray(model.forward(arrays))
    except HarnessError:
        raise
    except Exception as error:
        raise HarnessError(_failure(batch, model, error)) from error
    forward_s = (time.perf_counter() - start) / len(arrays)
    if values.shape != (len(arrays), model.width) or not np.issubdtype(values.dtype, np.floating):
        raise HarnessError(
            f"model {model.name}: forward gave {values.dtype} of shape {values.shape} for batch {batch.index}; "
            f"floats of shape {(len(arrays), model.width)} are expected."
        )
    sound = np.isfinite(values)
    if model.nan_is_missing:
        sound = sound.any(axis=1, keepdims=True) & ~np.isinf(values)
    finite = np.asarray(sound.all(axis=1))
    return _final(batch.samples, finite), values[finite].astype(np.float64), forward_s


def _final(prepared: Sequence[Prepared], finite: npt.NDArray[np.bool_]) -> Sequence[Prepared]:
    """Turn samples whose vector is not finite into failed ones."""
    if finite.all():
        return prepared
    verdicts = iter(finite.tolist())
    return [
        replace(sample, outcome="failed", reason=str(Reason.NON_FINITE))
        if sample.array is not None and not next(verdicts)
        else sample
        for sample in prepared
    ]


def _failure(batch: PreparedBatch, model: VectorModel[Any], error: Exception) -> str:
    out_of_memory = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
    advice = " Lower batch_size." if out_of_memory else ""
    return f"model {model.name} failed in batch {batch.index}: {type(error).__name__}: {error}{advice}"


def _log_surprises(batch: PreparedBatch, rows: Rows) -> None:
    for offset, sample in enumerate(batch.samples):
        if sample.note is not None:
            sample_id = rows.sample_id[batch.index * rows.batch_size + offset]
            logger.warning("sample %s could not be read: %s", sample_id, sample.note)


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
