"""Prepared batches through the model: vectors of a batch at once, or answers as they arrive."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import HarnessError, Reason
from harness.inference.begun import Said, waited_for
from harness.inference.device_memory import is_out_of_memory
from harness.inference.executor import Finished
from harness.inference.preparation import Prepared, PreparedBatch
from harness.models.answer import Answer, Answers, StreamedAnswers
from harness.models.batch import Batch
from harness.models.endless import watched
from harness.models.model import Computed, VectorModel
from harness.tables.file_table import FileRead

_UNKNOWN_S = float("nan")

_OUT_OF_MEMORY = (
    " Lower batch_size, which makes another plan; or free memory and repeat the command: what is finished is kept."
)
"""A batch is not computed in parts instead: answers would then depend on how much memory there was."""


def open_model(model: VectorModel[Any]) -> None:
    """Open a model, whose files may be anybody's.

    Raises:
        HarnessError: it cannot be opened.
    """
    try:
        model.open()
    except HarnessError:
        raise
    except Exception as error:
        raise HarnessError(_failure(" while it was opened", model, error)) from error


def forward_all(batches: Iterable[PreparedBatch], model: VectorModel[Any]) -> Iterator[Finished]:
    """Ask the model about all batches: one after another, or as a stream where it takes one.

    Raises:
        HarnessError: see `forward`.
    """
    stream = _Stream(batches, model)
    with _told("", model):
        answers = model.forward_all(stream.arrays())
        if answers is not None:
            yield from stream.finished(answers)
            return
    yield from forward(batches, model)


def forward(batches: Iterable[PreparedBatch], model: VectorModel[Any]) -> Iterator[Finished]:
    """Ask the model about batches, less their samples that could not be prepared.

    As many are begun before the first is waited for as `VectorModel.in_flight` says.

    Yields:
        Each batch as a whole where the model answers with an array. Where it hands back answers one by one: first
        the samples that it is not asked about, then each answer at once.

    Raises:
        HarnessError: the model fails, or breaks its contract.
    """
    begun: deque[_Begun] = deque()
    free_at = 0.0  # the model works on one batch after another, so the next has its time from then on
    with waited_for(model.in_flight) as waits_for:
        for batch in batches:
            begun.append(_begin(batch, model, waits_for))
            while len(begun) >= model.in_flight:
                free_at = yield from _finish(begun.popleft(), model, free_at)
        while begun:
            free_at = yield from _finish(begun.popleft(), model, free_at)


@dataclass(frozen=True)
class _Begun:
    """A batch, when it was begun, and what gives its answers; None where the model is not asked."""

    batch: PreparedBatch
    start: float
    said: Callable[[], Said] | None


def _begin(
    batch: PreparedBatch, model: VectorModel[Any], waits_for: Callable[[Computed], Callable[[], Said]]
) -> _Begun:
    arrays = Batch((sample.array for sample in batch.samples if sample.array is not None), batch.memory)
    start = time.perf_counter()
    with _told(f" in batch {batch.index}", model), _watched(batch, model):
        return _Begun(batch, start, waits_for(model.submit(arrays)) if arrays else None)


def _finish(begun: _Begun, model: VectorModel[Any], free_at: float) -> Generator[Finished, None, float]:
    """What became of a batch, and when the model had computed it."""
    batch = begun.batch
    if begun.said is None:
        yield _unasked(batch, model)
        return free_at
    start = max(begun.start, free_at)
    with _told(f" in batch {batch.index}", model):
        with _watched(batch, model):
            said, free_at = begun.said()
        num_asked = sum(sample.array is not None for sample in batch.samples)
        if isinstance(said, np.ndarray):
            yield _as_a_whole(batch, said, model, (free_at - start) / num_asked)
        else:
            if num_asked < len(batch.samples):
                yield _unasked(batch, model)
            yield from _one_by_one(batch, said, model, start)
    return free_at


def _watched(batch: PreparedBatch, model: VectorModel[Any]) -> AbstractContextManager[None]:
    return watched(f"model {model.name}", f"batch {batch.index}", model.settings.batch_timeout_s)


@contextmanager
def _told(where: str, model: VectorModel[Any]) -> Iterator[None]:
    """Say which model failed, and where."""
    try:
        yield
    except HarnessError:
        raise
    except Exception as error:
        raise HarnessError(_failure(where, model, error)) from error


class _Stream:
    """Batches on their way through a model that may take further ones before it has answered the first.

    `arrays` may be advanced in another thread than `finished`.
    """

    def __init__(self, batches: Iterable[PreparedBatch], model: VectorModel[Any]) -> None:
        self._batches = batches
        self._model = model
        self._asked: dict[int, tuple[PreparedBatch, dict[int, int]]] = {}
        self._unasked: deque[Finished] = deque()

    def arrays(self) -> Iterator[list[npt.NDArray[Any]]]:
        """What the model is asked about, batch by batch."""
        for number, batch in enumerate(self._batches):
            offsets = [offset for offset, sample in enumerate(batch.samples) if sample.array is not None]
            if len(offsets) < len(batch.samples):
                self._unasked.append(_unasked(batch, self._model))
            self._asked[number] = batch, dict(enumerate(offsets))
            # Copies: workers write over a batch when the next one is taken, which may be before it is answered.
            yield [np.array(array) for sample in batch.samples if (array := sample.array) is not None]

    def finished(self, answers: StreamedAnswers) -> Iterator[Finished]:
        """Each answer as it comes, and samples that could not be prepared."""
        start = time.perf_counter()
        for number, index, answer in answers:
            while self._unasked:
                yield self._unasked.popleft()
            batch, offset_of = self._asked.get(number, (None, {}))
            if batch is None or index not in offset_of or not isinstance(answer, Answer):
                raise HarnessError(
                    f"model {self._model.name}: forward_all gave {type(answer).__name__} for index {index} of "
                    f"batch {number}; one Answer is expected for each sample."
                )
            seconds = time.perf_counter() - start if answer.seconds is None else answer.seconds
            yield _answered(batch, offset_of.pop(index), answer, self._model, seconds)
            if not offset_of:
                del self._asked[number]
            start = time.perf_counter()
        yield from self._unasked
        missing = sum(len(offset_of) for _, offset_of in self._asked.values())
        if missing:
            raise HarnessError(f"model {self._model.name}: forward_all gave no Answer for {missing} samples.")


def _unasked(batch: PreparedBatch, model: VectorModel[Any]) -> Finished:
    """The samples that could not be prepared."""
    offsets = [offset for offset, sample in enumerate(batch.samples) if sample.array is None]
    samples = [batch.samples[offset] for offset in offsets]
    return Finished(
        places=batch.places[offsets],
        outcome=[sample.outcome for sample in samples],
        reason=[sample.reason for sample in samples],
        vectors=np.empty((0, model.width)),
        prepare_s=[sample.seconds for sample in samples],
        forward_s=[_UNKNOWN_S] * len(samples),
        notes=_notes(batch),
        files=_files(samples),
        beside=_beside(batch, offsets),
        read_s=[sample.read_s for sample in samples],
        worker=batch.worker,
    )


def _as_a_whole(
    batch: PreparedBatch, values: npt.NDArray[Any], model: VectorModel[Any], forward_s: float
) -> Finished:
    asked = [offset for offset, sample in enumerate(batch.samples) if sample.array is not None]
    _require_floats(values, (len(asked), model.width), model, f"forward gave {{}} for batch {batch.index}")
    outcome = [sample.outcome for sample in batch.samples]
    reason = [sample.reason for sample in batch.samples]
    seconds = [_UNKNOWN_S if sample.array is None else forward_s for sample in batch.samples]
    sound = _sound(values, model)
    for index in np.flatnonzero(~sound).tolist():
        offset = asked[index]
        outcome[offset], reason[offset], seconds[offset] = "failed", str(Reason.NON_FINITE), _UNKNOWN_S
    return Finished(
        places=batch.places,
        outcome=outcome,
        reason=reason,
        vectors=values[sound].astype(np.float64),
        prepare_s=[sample.seconds for sample in batch.samples],
        forward_s=seconds,
        notes=_notes(batch),
        files=_files(batch.samples),
        beside=_beside(batch, range(len(batch.samples))),
        read_s=[sample.read_s for sample in batch.samples],
        worker=batch.worker,
    )


def _one_by_one(
    batch: PreparedBatch, answers: Answers, model: VectorModel[Any], start: float
) -> Iterator[Finished]:
    offsets = [offset for offset, sample in enumerate(batch.samples) if sample.array is not None]
    missing = set(range(len(offsets)))
    for index, answer in answers:
        if index not in missing or not isinstance(answer, Answer):
            raise HarnessError(
                f"model {model.name}: forward gave {type(answer).__name__} for index {index} of batch "
                f"{batch.index}; one Answer is expected for each of 0 to {len(offsets) - 1}."
            )
        missing.remove(index)
        seconds = time.perf_counter() - start if answer.seconds is None else answer.seconds
        yield _answered(batch, offsets[index], answer, model, seconds)
        start = time.perf_counter()
    if missing:
        raise HarnessError(
            f"model {model.name}: forward gave no Answer for index {min(missing)} of batch "
            f"{batch.index}. For what is not answered, give Answer(unscored=Unscored(Reason.NO_ANSWER))."
        )


def _answered(
    batch: PreparedBatch, offset: int, answer: Answer, model: VectorModel[Any], seconds: float
) -> Finished:
    outcome, reason, vectors = answer.outcome, answer.reason, np.empty((0, model.width))
    if answer.vector is not None:
        values = np.asarray(answer.vector)[None]
        _require_floats(values, (1, model.width), model, f"an Answer of batch {batch.index} holds {{}}")
        if _sound(values, model)[0]:
            vectors = values.astype(np.float64)
        else:
            outcome, reason = "failed", str(Reason.NON_FINITE)
    return Finished(
        places=batch.places[offset : offset + 1],
        outcome=[outcome],
        reason=[reason],
        vectors=vectors,
        prepare_s=[batch.samples[offset].seconds],
        forward_s=[seconds],
        answers=[answer],
        files=batch.samples[offset].files,
        beside=_beside(batch, [offset]),
        read_s=[batch.samples[offset].read_s],
        worker=batch.worker,
    )


def _require_floats(values: npt.NDArray[Any], shape: tuple[int, ...], model: VectorModel[Any], found: str) -> None:
    if values.shape != shape or not np.issubdtype(values.dtype, np.floating):
        what = found.format(f"{values.dtype} of shape {values.shape}")
        raise HarnessError(f"model {model.name}: {what}; floats of shape {shape} are expected.")


def _sound(values: npt.NDArray[Any], model: VectorModel[Any]) -> npt.NDArray[np.bool_]:
    """Which rows can be used: finite ones; where NaN is a missing feature, those that have any feature."""
    finite = np.isfinite(values)
    if model.nan_is_missing:
        finite = finite.any(axis=1, keepdims=True) & ~np.isinf(values)
    return np.asarray(finite.all(axis=1))


def _notes(batch: PreparedBatch) -> dict[int, str]:
    return {
        int(batch.places[offset]): sample.note
        for offset, sample in enumerate(batch.samples)
        if sample.note is not None
    }


def _files(samples: Iterable[Prepared]) -> list[FileRead]:
    return [file for sample in samples for file in sample.files]


def _beside(batch: PreparedBatch, offsets: Iterable[int]) -> dict[int, Mapping[str, Prepared]]:
    return {int(batch.places[offset]): made for offset in offsets if (made := batch.samples[offset].beside)}


def _failure(where: str, model: VectorModel[Any], error: Exception) -> str:
    advice = _OUT_OF_MEMORY if is_out_of_memory(error) else ""
    return f"model {model.name} failed{where}: {type(error).__name__}: {error}{advice}"
