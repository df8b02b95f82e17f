"""What it costs to hash every file that is read, and how long it takes to hash them again.

    OMP_NUM_THREADS=1 python benchmarks/file_hashes.py DATA [ROUNDS]

DATA holds ``ravdess`` and ``facial_expressions``. All files go through the engine, decoded and no more; rounds
with and without hashes take turns, and the fastest of each is printed. A few go through a system, so that the cost
of a hash can be set against what a sample costs in a study. In one process and in processor time: whatever else
the machine does only ever makes a round slower.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.cards.facts import Licence, ModelCard
from harness.datasets.reader import Reader
from harness.datasets.recorded_files import _kept as _hashes
from harness.datasets.recorded_files import hashed
from harness.evidence.media_identity import media_identity, read_again
from harness.inference.engine import collect
from harness.inference.file_log import FileLog
from harness.inference.inference_settings import InferenceSettings
from harness.models.model import ModelOptions, RunSettings, VectorModel
from harness.signals.media import Audio, Image, Media
from harness.study.assembly import open_model, open_reader
from harness.tables.file_table import files_of

BATCH_SIZE, FEW = 32, 96
SYSTEMS = {"ravdess": "voice_functionals_svm", "facial_expressions": "fer_mini_xception"}


def main() -> None:
    data, rounds = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    for name, system in SYSTEMS.items():
        reader = open_reader(name, data / name, {})
        samples = reader.samples()
        with tempfile.TemporaryDirectory() as folder:
            times = [one_round(reader, samples, Decoded(), Path(folder) / str(i)) for i in range(rounds)]
        without, with_hashes = (1e6 * min(of) / samples.num_rows for of in zip(*times, strict=True))
        print(f"{name:20}decoded: {without:,.0f} µs a sample, with hashes {with_hashes:,.0f} µs")
        model, few = open_model(system, {}, RunSettings()), samples.slice(0, FEW)
        assert isinstance(model, VectorModel)
        with tempfile.TemporaryDirectory() as folder:
            whole = 1e6 * seconds(reader, few, model, Path(folder), None) / (few.num_rows - BATCH_SIZE)
        share = 100 * (with_hashes - without) / whole
        print(f"{name:20}{system}: {whole:,.0f} µs a sample, of which hashes would be {share:.1f} %")
        again(name, reader, samples)


def one_round(
    reader: Reader[Any], samples: pa.Table, model: VectorModel[Any], folder: Path
) -> tuple[float, float]:
    """Seconds of the processor without and with hashes, from the first batch to the end."""
    return (
        seconds(reader, samples, model, folder / "without", None),
        seconds(reader.recording(), samples, model, folder / "with", FileLog(folder / "files.jsonl")),
    )


def seconds(
    reader: Reader[Any], samples: pa.Table, model: VectorModel[Any], journal: Path, files: FileLog | None
) -> float:
    stamps: list[float] = []
    collect(
        samples,
        reader.load,
        model,
        journal=journal,
        plan_hash="0" * 64,
        settings=InferenceSettings(batch_size=BATCH_SIZE, workers=0),
        files=files,
        progress=lambda done, _total: stamps.append(time.process_time()) if done else None,
    )
    _hashes.cache_clear()
    return stamps[-1] - stamps[0]


def again(name: str, reader: Reader[Any], samples: pa.Table) -> None:
    """Hash all files again, as a repeated run does."""
    listed = [hashed(reader.root, uri) for uri in samples["uri"].to_pylist()]
    with tempfile.TemporaryDirectory() as folder:
        log = FileLog(Path(folder) / "files.jsonl")
        log.add(listed)
        files = files_of(log.table())
    start = time.perf_counter()
    assert not read_again(files, partial(hashed, reader.root), lambda *_: None)
    took = time.perf_counter() - start
    size = media_identity(files)["bytes"] / 1e6
    rate = f"{size:,.0f} MB in {took:.2f} s ({size / took:,.0f} MB/s)"
    print(f"{name:20}hashed again: {len(files):,} files, {rate}")


def mean(media: Media) -> npt.NDArray[np.float64]:
    """Looks at every value once."""
    if isinstance(media, Audio):
        return np.array([media.waveform.mean()], np.float64)
    assert isinstance(media, Image)
    return np.array([media.pixels.mean()])


class Decoded(VectorModel[ModelOptions]):
    """Does nothing with what was decoded."""

    width = 1

    def __init__(self) -> None:
        facts: dict[str, Any] = dict.fromkeys(("name", "title", "kind", "description", "purpose"), "decoded")
        licence = Licence(name="none")
        card = ModelCard(**facts, modalities=[], licence=licence, training="none", limitations=[])
        super().__init__(card, ModelOptions(), RunSettings())

    def preparer(self) -> Any:
        """All of the work."""
        return mean

    def open(self) -> None:
        """Nothing to load."""

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        """The means."""
        return np.stack(batch)


if __name__ == "__main__":
    main()
