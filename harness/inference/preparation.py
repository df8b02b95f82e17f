"""Samples, read and prepared: an array of each, or a reason why there is none."""

from __future__ import annotations

import copy
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import ThreadpoolController

from harness.arrays import Ints
from harness.datasets.reader import Sample
from harness.datasets.recorded_files import noted_files
from harness.errors import HarnessError, Reason, Unscored
from harness.first_use import first_use_s
from harness.inference.beside import Beside, noted_beside
from harness.models.model import Preparer
from harness.signals.known_faces import known_faces
from harness.signals.media import EncodedFile, Given, InContext, require_kind
from harness.signals.plausible_units import with_plausible_units
from harness.tables.file_table import FileRead

LoadSample = Callable[[Sample], Given]
"""A row of the samples → what the preparer is given."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What became of one sample before the model.

    Attributes:
        array: what the model takes; None where there is none.
        outcome: ``scored`` (so far), ``abstained`` or ``failed``.
        reason: why there is no array.
        seconds: how long it took; NaN where the worker did not live to tell.
        note: for the log, never for the tables: the message may hold paths.
        files: what was opened for it, where the reader records that.
        beside: what else was made while it was open, see `harness.inference.beside`.
        read_s: of `seconds`, until it was read: opened, decoded, and under its condition; 0 where it was not.
    """

    array: npt.NDArray[Any] | None
    outcome: str
    reason: str | None
    seconds: float
    note: str | None = None
    files: tuple[FileRead, ...] = ()
    beside: Mapping[str, Prepared] = field(default_factory=dict)
    read_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SampleBatch:
    """Batch `index` of the plan, or what is not done of it: rows of the samples table, and their places.

    `known` holds by id those samples that have been prepared already, and need not be read.
    """

    index: int
    places: Ints
    rows: Sequence[Sample]
    known: Mapping[str, Prepared] = field(default_factory=dict)

    def unknown(self) -> list[Sample]:
        """The rows that have to be read."""
        return [row for row in self.rows if row["sample_id"] not in self.known]

    def completed(self, read: Iterable[Prepared]) -> list[Prepared]:
        """All samples, given those that have been read. Known ones are copied, as a model may write on them."""
        rest = iter(read)
        known = (self.known.get(row["sample_id"]) for row in self.rows)
        return [next(rest) if of is None else replace(of, array=copy.deepcopy(of.array)) for of in known]


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """The same batch, one entry per sample in the samples' order.

    `memory` is what holds their arrays where a worker wrote them into a slot of a slab: they may be read until the
    slot is used again (`harness.inference.pool.prepared_batches`). `worker` is who prepared it; empty for this
    process.
    """

    index: int
    places: Ints
    samples: Sequence[Prepared]
    memory: npt.NDArray[np.uint8] | None = None
    worker: str = ""


def prepare_samples(
    load: LoadSample, prepare: Preparer, samples: Iterable[Sample], *, with_beside: bool = False
) -> list[Prepared]:
    """Read and prepare samples. Whatever is wrong with one becomes a reason that is the same on every machine.

    Args:
        load: reads one sample.
        prepare: turns its media into an array.
        samples: taken one by one, each when the one before it is done.
        with_beside: whether what the load makes besides is wanted.

    Raises:
        HarnessError: not the sample is wrong but the set-up, such as a missing file of the detector, or a reader
            that gives media of another kind than the modality of its samples.
    """
    # Once for all samples: for each it would cost as much as a fast model.
    with (
        noted_files() as files,
        noted_beside(wanted=with_beside) as noted,
        known_faces(wanted=with_beside) as faces,
    ):
        prepared = []
        for sample in samples:
            prepared.append(_prepared(load, prepare, sample, files, noted))
            faces.clear()
        return prepared


def unprepared(reason: Reason) -> Prepared:
    """A sample that ended its worker."""
    return Prepared(None, "failed", str(reason), float("nan"))


def _prepared(
    load: LoadSample, prepare: Preparer, sample: Sample, files: dict[str, FileRead], noted: Beside
) -> Prepared:
    """Prepare one sample, and take what was opened for it and what was made besides."""
    start = time.perf_counter() - first_use_s()
    array, outcome, reason, note = None, "failed", None, None
    read_s = 0.0
    try:
        media = load(sample)
        read_s = time.perf_counter() - first_use_s() - start
        require_kind(media, sample["modality"], sample["sample_id"])
        array = prepare(_plausible(media))
        outcome = "scored"
    except HarnessError:
        raise
    except Unscored as unscored:
        outcome, reason = unscored.outcome, unscored.text
    except Exception as error:
        kind = type(error).__name__
        reason, note = f"{Reason.UNREADABLE}: {kind}", f"{kind}: {error}"
    if reason is None and not isinstance(array, np.ndarray):
        raise HarnessError(
            f"{type(prepare).__name__} gave {type(array).__name__}; a preparer gives a numpy array."
        )
    seconds = time.perf_counter() - first_use_s() - start
    prepared = Prepared(array, outcome, reason, seconds, note, tuple(files.values()), read_s=read_s)
    files.clear()
    made = noted.taken(prepared)
    return replace(prepared, beside=made) if made else prepared


def _plausible(given: Given) -> Given:
    """Decoded media with the units of their channels looked at; bytes of a file as they are."""
    medium = given.medium if isinstance(given, InContext) else given
    if isinstance(medium, EncodedFile):
        return given
    medium = with_plausible_units(medium)
    return replace(given, medium=medium) if isinstance(given, InContext) else medium


class SingleThread:
    """Keeps numeric libraries to one thread: the same sums in every process, and no fight for the cores.

    Looks once for the libraries that are loaded, which takes milliseconds; `hold` takes microseconds.
    """

    def __init__(self) -> None:
        self._pools = ThreadpoolController()
        self._torch, self._cv2 = sys.modules.get("torch"), sys.modules.get("cv2")

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Give the threads back at the end."""
        torch_threads = self._torch.get_num_threads() if self._torch else 0
        cv2_threads = self._cv2.getNumThreads() if self._cv2 else 0
        with self._pools.limit(limits=1):
            self._set(1, 1)
            try:
                yield
            finally:
                self._set(torch_threads, cv2_threads)

    def _set(self, torch_threads: int, cv2_threads: int) -> None:
        if self._torch:
            self._torch.set_num_threads(torch_threads)
        if self._cv2:
            self._cv2.setNumThreads(cv2_threads)
