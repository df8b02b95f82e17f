"""Where batches are computed: what the engine asks of an executor, and what it gets back.

The engine owns the plan's order, the journal and the progress; an executor owns processes and devices. There is
one in this process (`harness.inference.local_executor`) and one for a cluster (`harness.inference.cluster`);
others are registered by name in the group ``harness.executors``.

Shapes: n samples, s of them scored, W the model's width.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import ConfigDict, ValidationError

from harness.arrays import Floats, Ints
from harness.cards import registry
from harness.cards.facts import validation_problems
from harness.errors import HarnessError
from harness.inference.inference_settings import InferenceSettings
from harness.inference.preparation import LoadSample, Prepared, SampleBatch
from harness.models.answer import Answer
from harness.models.model import VectorModel
from harness.plain_numbers import PlainNumbers
from harness.tables.file_table import FileRead


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Samples of one batch that are done: all of them, or those that the model has answered so far.

    A model that answers with one array finishes its batch as a whole, for a vector may depend on its batch in the
    last bits.

    Attributes:
        places: in the samples table ``[n]``.
        outcome: per sample, ``scored``, ``abstained`` or ``failed``.
        reason: why not scored, else None.
        vectors: those of the scored samples, in the same order, ``[s, W]``.
        prepare_s: seconds that reading and preparing took; NaN where unknown.
        forward_s: seconds in the model; NaN where it was not asked.
        answers: what else the model said, where it answers sample by sample; else empty.
        notes: place → what the log says of a sample that could not be read. Never for the tables: it may hold
            paths.
        files: what was opened for these samples, where the reader records that.
        beside: place → what else was made of a sample, see `harness.inference.beside`.
        read_s: of `prepare_s`, seconds that reading took; empty where unknown.
        worker: who prepared it, or computed it elsewhere; empty for this process.
    """

    places: Ints
    outcome: Sequence[str]
    reason: Sequence[str | None]
    vectors: Floats
    prepare_s: Sequence[float]
    forward_s: Sequence[float]
    answers: Sequence[Answer] = ()
    notes: Mapping[int, str] = field(default_factory=dict)
    files: Sequence[FileRead] = ()
    beside: Mapping[int, Mapping[str, Prepared]] = field(default_factory=dict)
    read_s: Sequence[float] = ()
    worker: str = ""


class ExecutorOptions(PlainNumbers):
    """An executor's options (``executor.<option>``), validated; none of them decides results."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Executor(Protocol):
    """Reads, prepares and computes batches.

    A class with options has their schema as ``Options`` and takes them as its only argument; one whose batches are
    computed elsewhere says in ``num_gpus`` how many GPUs a model has there, and may have a method ``spread``: what
    counts large tables there (`harness.measurement.streaming.spans.Spread`).
    """

    def run(
        self,
        batches: Iterable[SampleBatch],
        load: LoadSample,
        model: VectorModel[Any],
        settings: InferenceSettings,
    ) -> AbstractContextManager[Iterable[Finished]]:
        """Compute batches from the moment that the context is entered; whatever was started ends with it.

        Every sample of every batch is finished exactly once, in any order. A batch that comes without samples that
        were answered in an earlier run is computed without them.

        Args:
            batches: taken from one thread at a time, as they are needed.
            load: reads one sample. Picklable.
            model: is opened before its first batch.
            settings: workers and time limits.

        Raises:
            HarnessError: workers cannot be started; the model fails or breaks its contract.
        """
        ...


def open_executor(name: str, options: Mapping[str, Any]) -> Executor:
    """The executor of a name.

    Args:
        name: in the registry.
        options: its own.

    Raises:
        HarnessError: there is none of this name, or it has other options.
    """
    kind = registry.find("executors", name)
    schema: type[ExecutorOptions] = getattr(kind, "Options", ExecutorOptions)
    try:
        validated = schema.model_validate(dict(options))
    except ValidationError as error:
        raise HarnessError(f"executor {name}: {validation_problems(error)}") from None
    opened: Executor = kind(validated) if hasattr(kind, "Options") else kind()
    return opened


def gpus_elsewhere(executor: Executor) -> int | None:
    """How many GPUs a model has where the executor computes; None where that is this machine."""
    found: int | None = getattr(executor, "num_gpus", None)
    return found
