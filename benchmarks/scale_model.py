"""The samples, the reading and the model of `scale.py`, in a module of their own: workers and actors import it."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.cards.facts import Licence, ModelCard
from harness.datasets.reader import Sample
from harness.inference.collected import Collected
from harness.models.model import ModelOptions, Preparer, RunSettings, VectorModel
from harness.signals.media import Audio, Media
from harness.tables.samples import samples_table

READ = "SCALE_READ"
"""Names a file that grows by one byte for every sample that is read."""

TICKS = os.sysconf("SC_CLK_TCK")
WIDTH = 8
NUM_VALUES = 4_096
WEIGHTS = np.random.default_rng(0).normal(size=(NUM_VALUES, WIDTH)).astype(np.float32)
VALUES = np.random.default_rng(1).normal(size=NUM_VALUES).astype(np.float32)


def samples(number: int) -> pa.Table:
    """A table of voices of 97 people."""
    fixed = {"modality": "voice", "label": "neutral", "label_source": "acted"}
    return samples_table([{"sample_id": f"s{i:09d}", "subject_id": f"p{i % 97}", **fixed} for i in range(number)])


@dataclass(frozen=True)
class Reading:
    """Reads a sample, which keeps a processor busy for some milliseconds."""

    work_ms: float

    def __call__(self, sample: Sample) -> Media:
        """A waveform that follows from the id."""
        end = time.thread_time() + self.work_ms / 1000
        while time.thread_time() < end:
            pass
        if path := os.environ.get(READ):
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(file, b".")
            os.close(file)
        return Audio(VALUES + np.float32(int(sample["sample_id"][1:]) % 1_000), 16_000)


def prepare(media: Media) -> npt.NDArray[np.float32]:
    """The waveform."""
    assert isinstance(media, Audio)
    return media.waveform


class Product(VectorModel[ModelOptions]):
    """One matrix product."""

    width = WIDTH

    def __init__(self) -> None:
        nothing: dict[str, Any] = {"description": "", "purpose": "", "training": "none", "limitations": []}
        licence = Licence(name="none")
        card = ModelCard(
            name="product", title="", kind="product", modalities=["voice"], licence=licence, **nothing
        )
        super().__init__(card, ModelOptions(), RunSettings())

    def preparer(self) -> Preparer:
        """Takes the waveform."""
        return prepare

    def open(self) -> None:
        """It has no weights to load."""

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.floating]:
        """The product."""
        return (np.stack(batch) @ WEIGHTS).astype(np.float64)


@dataclass(frozen=True)
class Moment:
    """Seconds: of the clock, and of processors in this process and in all that it has started."""

    at: float
    of_driver: float
    of_all: float

    @classmethod
    def now(cls) -> Moment:
        """The present one."""
        return cls(time.perf_counter(), time.process_time(), _processor_s())


def _processor_s() -> float:
    """Of this process and its descendants; of those that have ended, what their parents have waited for."""
    parent_of, spent_s = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        number = int(stat.parent.name)
        parent_of[number], spent_s[number] = int(fields[1]), sum(map(int, fields[11:15])) / TICKS
    own = {os.getpid()}
    while more := {one for one, parent in parent_of.items() if parent in own} - own:
        own |= more
    return sum(spent_s[one] for one in own)


class Clock:
    """Notes when the first samples were finished, and when the last."""

    first: Moment
    last: Moment
    first_done = 0

    def __call__(self, done: int, total: int) -> None:
        """Takes the progress of a run."""
        if done and not self.first_done:
            self.first, self.first_done = Moment.now(), done
        if done == total:
            self.last = Moment.now()


def digest(collected: Collected) -> str:
    """Of every byte of the answers."""
    found = hashlib.sha256()
    for _, vectors in collected.pieces():
        found.update(vectors.values.tobytes())
    return found.hexdigest()
