"""What the inference engine costs per sample, beside a bare loop and a bare torch DataLoader in the same run.

    python benchmarks/inference_overhead.py [NUM_SAMPLES]

Reading gives 64×64 float32 values at once and the model is one small matrix product, so that nearly all the time
is the engine's: rows to workers, arrays back, journal. Prints samples per second, seconds to the first batch, and
what a sample costs this process (not its workers) in processor time, start-up included.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from threadpoolctl import threadpool_limits
from torch.utils.data import DataLoader, Dataset

from harness.cards.facts import Licence, ModelCard
from harness.datasets.reader import Sample
from harness.inference.engine import collect
from harness.inference.inference_settings import InferenceSettings
from harness.models.model import ModelOptions, RunSettings, VectorModel
from harness.signals.media import Audio, Media
from harness.tables.samples import samples_table

BATCH_SIZE = 32
WIDTH = 8
NUM_VALUES = 64 * 64
WEIGHTS = np.random.default_rng(0).normal(size=(NUM_VALUES, WIDTH)).astype(np.float32)
VALUES = np.random.default_rng(1).normal(size=NUM_VALUES).astype(np.float32)


def main() -> None:
    num_samples = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    samples = build_samples(num_samples)
    print(f"{num_samples:,} samples, batches of {BATCH_SIZE}, {NUM_VALUES * 4 // 1024} KiB each")
    show("bare loop", bare_loop(samples))
    show("engine, workers=0", engine(samples, workers=0))
    for workers in (1, 2):
        show(f"engine, workers={workers}", engine(samples, workers=workers))
        show(f"bare DataLoader, workers={workers}", bare_loader(samples, workers))


def show(name: str, times: Iterator[float]) -> None:
    """Take one time stamp per batch; the rate counts from the first batch, so that start-up stands apart."""
    start, start_processor = time.perf_counter(), time.process_time()
    stamps = np.array([stamp - start for stamp in times])
    rate = (len(stamps) - 1) * BATCH_SIZE / (stamps[-1] - stamps[0])
    processor = (time.process_time() - start_processor) / (len(stamps) * BATCH_SIZE)
    print(
        f"{name:28}{rate:10,.0f} samples/s{1e6 / rate:8.0f} µs/sample{stamps[0]:8.2f} s to the first batch"
        f"{1e6 * processor:8.1f} µs/sample of processor time"
    )


def build_samples(num_samples: int) -> pa.Table:
    rows = ({"sample_id": f"s{i:07d}", "subject_id": f"p{i % 97}"} for i in range(num_samples))
    fixed = {"modality": "voice", "label": "neutral", "label_source": "acted", "attr.sex": "female"}
    return samples_table([row | fixed for row in rows])


def load(sample: Sample) -> Media:
    return Audio(VALUES + np.float32(len(sample["sample_id"])), 16_000)


def prepare(media: Media) -> npt.NDArray[np.float32]:
    assert isinstance(media, Audio)
    return media.waveform


def forward(batch: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float64]:
    return (np.stack(batch) @ WEIGHTS).astype(np.float64)


class Trivial(VectorModel[ModelOptions]):
    """One matrix product."""

    width = WIDTH

    def __init__(self) -> None:
        facts: dict[str, Any] = dict.fromkeys(("name", "title", "kind", "description", "purpose"), "trivial")
        licence = Licence(name="none")
        card = ModelCard(**facts, modalities=["voice"], licence=licence, training="none", limitations=[])
        super().__init__(card, ModelOptions(), RunSettings())

    def preparer(self) -> Any:
        """The waveform as it is."""
        return prepare

    def open(self) -> None:
        """Nothing to load."""

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        """One matrix product."""
        return forward(batch)


def engine(samples: pa.Table, workers: int) -> Iterator[float]:
    stamps: list[float] = []
    settings = InferenceSettings(batch_size=BATCH_SIZE, workers=workers)
    with tempfile.TemporaryDirectory() as folder:
        collect(
            samples,
            load,
            Trivial(),
            journal=Path(folder),
            plan_hash="0" * 64,
            settings=settings,
            progress=lambda done, _total: stamps.append(time.perf_counter()) if done else None,
        )
        stamps[-1] = time.perf_counter()  # the last shard and the result belong to the work
    yield from stamps


def bare_loop(samples: pa.Table) -> Iterator[float]:
    for batch in samples.to_batches(max_chunksize=BATCH_SIZE):
        forward([prepare(load(row)) for row in batch.to_pylist()])
        yield time.perf_counter()


class Bare(Dataset[npt.NDArray[np.float32]]):
    """The same rows and arrays, as a user of DataLoader would write it."""

    def __init__(self, samples: pa.Table) -> None:
        self.samples = samples

    def __len__(self) -> int:
        return int(self.samples.num_rows)

    def __getitem__(self, index: int) -> npt.NDArray[np.float32]:
        return self.__getitems__([index])[0]

    def __getitems__(self, indices: list[int]) -> list[npt.NDArray[np.float32]]:
        rows = self.samples.slice(indices[0], len(indices)).to_pylist()
        return [prepare(load(row)) for row in rows]


def bare_loader(samples: pa.Table, workers: int) -> Iterator[float]:
    loader = DataLoader(
        Bare(samples),
        batch_size=BATCH_SIZE,
        num_workers=workers,
        collate_fn=list,
        multiprocessing_context="forkserver",
    )
    for batch in loader:
        forward(batch)
        yield time.perf_counter()


if __name__ == "__main__":
    with threadpool_limits(1):  # else the matrix product measures how busy the machine is
        main()
