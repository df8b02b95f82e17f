"""What the harness costs: the same decoding and the same model, in a bare loop and in `harness run`'s inference.

    python benchmarks/harness_throughput.py --data ../shared/data [--repeats 3] [--device cpu]

Two real systems: the face model on photos (Haar detection) and the voice functionals on RAVDESS. The bare loop is
what a script would do: read a file, prepare it, fill a batch, run the model; in one process, and with the reading
spread over as many processes as the harness has workers (multiprocessing.Pool). OpenCV and BLAS have one thread
per process on both sides. The sides take turns; start-up counts.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
from figures import take_down
from threadpoolctl import threadpool_limits

from harness.datasets.reader import Sample
from harness.errors import Unscored
from harness.inference.device import resolve_device
from harness.inference.engine import collect
from harness.inference.inference_settings import InferenceSettings
from harness.models.model import MediaModel, RunSettings
from harness.study.assembly import kind_of, open_model, open_reader

CASES = (("facial_expressions", "fer_mini_xception"), ("ravdess", "voice_functionals_svm"))
BATCH = 32


class Prepare:
    """One sample's row → its prepared array, or None where it has none."""

    def __init__(self, load: Callable[[Sample], Any], preparer: Callable[[Any], Any]) -> None:
        self.load, self.preparer = load, preparer

    def __call__(self, row: Sample) -> Any:
        """Prepare one sample."""
        cv2.setNumThreads(1)
        try:
            return self.preparer(self.load(row))
        except Unscored:
            return None


def bare(rows: list[Sample], prepare: Prepare, model: MediaModel[Any], workers: int) -> np.ndarray:
    """The loop that one would write without a harness."""
    if workers == 0:
        with threadpool_limits(limits=1):
            return forward(map(prepare, rows), model)
    with multiprocessing.get_context("forkserver").Pool(workers) as pool:
        return forward(pool.imap(prepare, rows, chunksize=BATCH), model)


def forward(prepared: Iterable[Any], model: MediaModel[Any]) -> np.ndarray:
    model.open()
    return np.concatenate([model.forward(batch) for batch in batches(prepared)])


def batches(prepared: Iterable[Any]) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for count, array in enumerate(prepared, start=1):
        if array is not None:
            batch.append(array)
        if count % BATCH == 0 and batch:
            yield batch
            batch = []
    if batch:
        yield batch


def seconds(job: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    answer = job()
    return time.perf_counter() - start, answer


def compare(dataset: str, name: str, workers: int, arguments: argparse.Namespace) -> str:
    """One row of the table."""
    reader = open_reader(dataset, arguments.data / dataset, {})
    table = repeated(reader.samples(), arguments.passes)
    rows = table.to_pylist()
    model = open_model(name, {}, RunSettings(device=resolve_device(arguments.device, kind_of(name).num_gpus)))
    assert isinstance(model, MediaModel)
    prepare = Prepare(reader.load, model.preparer())
    settings = InferenceSettings(batch_size=BATCH, workers=workers)
    bare_s, harness_s = [], []
    for _ in range(arguments.repeats):
        spent, plain = seconds(partial(bare, rows, prepare, model, workers))
        bare_s.append(spent)
        with tempfile.TemporaryDirectory() as folder:
            journal = Path(folder)
            job = partial(
                collect, table, reader.load, model, journal=journal, plan_hash="0" * 64, settings=settings
            )
            spent, collected = seconds(job)
            vectors = collected.vectors()
        harness_s.append(spent)
    kept = np.array([outcome == "scored" for outcome in vectors.outcome])
    same = np.array_equal(vectors.values[kept], plain, equal_nan=True)
    bare_rate, harness_rate = (len(rows) / statistics.median(spent) for spent in (bare_s, harness_s))
    take_down(f"{name}, {workers} workers: samples / s", harness_rate, "bare loop", bare_rate)
    return (
        f"{name:22} {workers:7} {len(rows):8,} {bare_rate:7,.1f} {harness_rate:10,.1f} "
        f"{harness_rate / bare_rate:13.2f}  {'yes' if same else 'NO'}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--passes", type=int, default=4, help="how often every sample is measured, under new ids")
    parser.add_argument("--device", default="cpu")
    arguments = parser.parse_args()
    print("system                 workers  samples  bare/s  harness/s  harness/bare  same bytes")
    for dataset, name in CASES:
        for workers in (0, 2):
            print(compare(dataset, name, workers, arguments), flush=True)


def repeated(samples: pa.Table, passes: int) -> pa.Table:
    tables = []
    for number in range(passes):
        ids = pa.array([f"{sample_id}?{number}" for sample_id in samples["sample_id"].to_pylist()])
        tables.append(samples.set_column(0, "sample_id", ids))
    return pa.concat_tables(tables).combine_chunks()


if __name__ == "__main__":
    main()
