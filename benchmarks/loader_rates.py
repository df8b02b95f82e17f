"""What feeding a network costs: a bare loop, torch's DataLoader and the engine over the same files, in one run.

    python benchmarks/loader_rates.py [--samples 2000] [--workers 2] [--turns 3] [--device cpu] [--networks tiny]

Pictures are JPEG files of 256 × 256, decoded and brought to 224 × 224; clips are WAV files of 1 to 4 s, one by
one. Networks have random weights: ``tiny`` costs nearly nothing, so that what is measured is the feeding;
``resnet50``, ``vit`` and ``wav2vec2`` (their usual sizes, built by `transformers`) are meant for a GPU, where they
compute in bfloat16. "From memory" is the same network over one batch that lies on the device already: the rate
that feeding can reach at most. Rates count from the first batch; processor time is that of the main process alone.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import soundfile
import torch
from figures import take_down
from threadpoolctl import threadpool_limits
from torch.utils.data import DataLoader, Dataset

from harness.cards.facts import Licence, ModelCard
from harness.datasets.reader import Sample
from harness.inference.device import deterministic
from harness.inference.engine import collect
from harness.inference.inference_settings import InferenceSettings
from harness.models.batch import stacked
from harness.models.model import ModelOptions, RunSettings, VectorModel
from harness.models.networks.torch_device import torch_device
from harness.signals.media import Audio, Image, Media
from harness.tables.samples import samples_table

BATCH = 32
SIZE = 224
RATE = 16_000
WIDTH = 8
Array = npt.NDArray[Any]
Network = Callable[[torch.Tensor], torch.Tensor]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--networks", nargs="+", default=["tiny"])
    arguments = parser.parse_args()
    print(
        "| files | network | how | samples/s | of the rate from memory | ms to the first batch | main, ms/sample |"
    )
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for modality, load, prepare in (
            ("face", load_picture, prepare_picture),
            ("voice", load_clip, prepare_clip),
        ):
            samples = FILES[modality](Path(folder), arguments.samples)
            for name in arguments.networks:
                if modality in NETWORKS[name]:
                    compare(name, modality, samples, load, prepare, arguments)


def compare(
    name: str,
    modality: str,
    samples: pa.Table,
    load: Callable[[Sample], Media],
    prepare: Callable[[Media], Array],
    arguments: argparse.Namespace,
) -> None:
    """Every way to feed one network, in turns, and the medians."""
    model = Fed(NETWORKS[name][modality], modality, prepare, arguments.device)
    ways: dict[str, Callable[[], Iterator[float]]] = {
        "bare loop": partial(bare_loop, samples, load, model),
        f"DataLoader, {arguments.workers} workers": partial(loader, samples, load, model, arguments.workers),
        f"harness, {arguments.workers} workers": partial(engine, samples, load, model, arguments.workers),
    }
    model.open()
    some = [prepare(load(row)) for row in samples.slice(0, BATCH).to_pylist()]
    most = from_memory(model, some)
    rates: dict[str, float] = {}
    for way, times in ways.items():
        found = [measured(times) for _ in range(arguments.turns)]
        rate, first_ms, main_ms = (statistics.median(values) for values in zip(*found, strict=True))
        rates[way.partition(",")[0]] = rate
        print(
            f"| {modality} | {name} | {way} | {rate:,.0f} | {rate / most:.2f} | {first_ms:.0f} | {main_ms:.3f} |",
            flush=True,
        )
    of_harness, of_loader = (rates[way] / most for way in ("harness", "DataLoader"))
    take_down(f"{modality}, {name}: share of the rate from memory", of_harness, "DataLoader", of_loader)
    workers = arguments.workers
    take_down(
        f"{modality}, {name}, {workers} workers: samples / s", rates["harness"], "bare loop", rates["bare loop"]
    )
    take_down(f"{modality}, {name}: s to the first batch", first_ms / 1e3)


def measured(times: Callable[[], Iterator[float]]) -> tuple[float, float, float]:
    """Samples per second from the first batch on, milliseconds to it, and of the main process per sample."""
    start, start_processor = time.perf_counter(), time.process_time()
    stamps = np.array([stamp - start for stamp in times()])
    processor_s = (time.process_time() - start_processor) / (len(stamps) * BATCH)
    return (len(stamps) - 1) * BATCH / (stamps[-1] - stamps[0]), 1e3 * stamps[0], 1e3 * processor_s


class Fed(VectorModel[ModelOptions]):
    """A network over prepared pictures or clips."""

    width = WIDTH

    def __init__(self, make: Callable[[], Network], modality: str, prepare: Any, device: str) -> None:
        facts: dict[str, Any] = dict.fromkeys(("name", "title", "kind", "description", "purpose"), "fed")
        licence = Licence(name="none")
        card = ModelCard(**facts, modalities=[modality], licence=licence, training="none", limitations=[])
        super().__init__(card, ModelOptions(), RunSettings(device=device))
        self.make, self.prepare, self.hears = make, prepare, modality == "voice"
        self.in_flight = self.settings.batches_in_flight
        self.network: Network | None = None
        self.device = torch_device(device)

    def preparer(self) -> Any:
        """See `prepare_picture` and `prepare_clip`."""
        return self.prepare

    def open(self) -> None:
        """Build the network once."""
        if self.network is None:
            torch.manual_seed(0)
            self.network = self.make()
            if isinstance(self.network, torch.nn.Module):
                self.network.to(self.settings.device).eval()

    def close(self) -> None:
        """Give back what was pinned."""
        self.device.close()

    def inputs(self, batch: Sequence[Array]) -> list[torch.Tensor]:
        """The batch on the device: one tensor of pictures, or one of each clip."""
        arrays = [clip[None] for clip in batch] if self.hears else [stacked(batch)]
        return [self.device.put(array, getattr(batch, "memory", None)) for array in arrays]

    @torch.inference_mode()
    def run(self, inputs: Sequence[torch.Tensor]) -> torch.Tensor:
        """Float32 of shape (B, WIDTH), on the device."""
        assert self.network is not None
        lower = self.settings.device != "cpu"
        with torch.autocast("cuda" if lower else "cpu", torch.bfloat16, enabled=lower):
            return torch.cat([self.network(values)[:, :WIDTH].float() for values in inputs])

    def submit(self, batch: Sequence[Array]) -> Callable[[], npt.NDArray[np.float64]]:
        """Begin what `forward` computes."""
        fetched = self.device.fetch({"answers": self.run(self.inputs(batch))})
        return lambda: fetched()["answers"].astype(np.float64)

    def forward(self, batch: Sequence[Array]) -> npt.NDArray[np.float64]:
        """Whatever the network answers."""
        return self.submit(batch)()


def from_memory(model: Fed, some: Sequence[Array]) -> float:
    """Samples per second where every batch lies on the device."""
    inputs = [values.clone() for values in model.inputs(some)]
    for _ in range(5):
        model.run(inputs).sum().item()
    start, batches = time.perf_counter(), 0
    while batches < 10 or time.perf_counter() - start < 3.0:
        said = model.run(inputs)
        batches += 1
        if batches % 10 == 0:
            said.sum().item()
    said.sum().item()
    return batches * BATCH / (time.perf_counter() - start)


def bare_loop(samples: pa.Table, load: Any, model: Fed) -> Iterator[float]:
    for batch in samples.to_batches(max_chunksize=BATCH):
        model.forward([model.prepare(load(row)) for row in batch.to_pylist()])
        yield time.perf_counter()


class Files(Dataset[Array]):
    """The same files as a user of DataLoader would read them."""

    def __init__(self, samples: pa.Table, load: Any, prepare: Any) -> None:
        self.rows, self.load, self.prepare = samples.to_pylist(), load, prepare

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> torch.Tensor:
        cv2.setNumThreads(1)
        return torch.from_numpy(self.prepare(self.load(self.rows[index])))


def loader(samples: pa.Table, load: Any, model: Fed, workers: int) -> Iterator[float]:
    batches = DataLoader(
        Files(samples, load, model.prepare),
        batch_size=BATCH,
        num_workers=workers,
        collate_fn=list if model.hears else None,
        multiprocessing_context="forkserver",
        pin_memory=model.settings.device != "cpu",
    )
    for batch in batches:
        given = [clip[None] for clip in batch] if model.hears else [batch]
        model.run([values.to(model.settings.device, non_blocking=True) for values in given]).cpu()
        yield time.perf_counter()


def engine(samples: pa.Table, load: Any, model: Fed, workers: int) -> Iterator[float]:
    stamps: list[float] = []
    settings = InferenceSettings(batch_size=BATCH, workers=workers)
    with tempfile.TemporaryDirectory() as folder:
        collect(
            samples,
            load,
            model,
            journal=Path(folder),
            plan_hash="0" * 64,
            settings=settings,
            progress=lambda done, _total: stamps.append(time.perf_counter()) if done else None,
        )
        stamps[-1] = time.perf_counter()  # the last shard belongs to the work
    yield from stamps


def load_picture(sample: Sample) -> Media:
    pixels = cv2.imread(sample["uri"])
    assert pixels is not None
    return Image(cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB))


def prepare_picture(media: Media) -> Array:
    assert isinstance(media, Image)
    return cv2.resize(media.pixels, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)


def load_clip(sample: Sample) -> Media:
    waveform, rate = soundfile.read(sample["uri"], dtype="float32")
    return Audio(waveform, rate)


def prepare_clip(media: Media) -> Array:
    assert isinstance(media, Audio)
    return media.waveform


def picture_files(folder: Path, count: int) -> pa.Table:
    rng = np.random.default_rng(0)
    paths = []
    for number in range(64):
        paths.append(folder / f"{number}.jpg")
        coarse = rng.integers(0, 256, (16, 16, 3), np.uint8)
        cv2.imwrite(str(paths[-1]), cv2.resize(coarse, (256, 256), interpolation=cv2.INTER_CUBIC))
    return rows("face", paths, count)


def clip_files(folder: Path, count: int) -> pa.Table:
    rng = np.random.default_rng(0)
    paths = []
    for number in range(64):
        paths.append(folder / f"{number}.wav")
        noise = rng.normal(size=int(rng.uniform(1.0, 4.0) * RATE)) * 0.1
        soundfile.write(paths[-1], noise.astype(np.float32), RATE)
    return rows("voice", paths, count)


def rows(modality: str, paths: Sequence[Path], count: int) -> pa.Table:
    fixed = {"modality": modality, "label": "neutral", "label_source": "acted"}
    return samples_table(
        [
            {"sample_id": f"s{i:07d}", "subject_id": f"p{i % 97}", "uri": str(paths[i % len(paths)]), **fixed}
            for i in range(count)
        ]
    )


def normalised(pictures_BHWC: torch.Tensor) -> torch.Tensor:
    """Bytes → float32 from -1 to 1, channels first."""
    return (pictures_BHWC.permute(0, 3, 1, 2).float() / 127.5 - 1.0).contiguous()


def tiny_picture() -> Network:
    weights = torch.randn(3 * 14 * 14, WIDTH)
    return lambda values: normalised(values[:, ::16, ::16]).flatten(1) @ weights.to(values.device)


def tiny_clip() -> Network:
    weights = torch.randn(400, WIDTH)
    return lambda values: (
        values[:, : values.shape[1] // 400 * 400].reshape(-1, 400).mean(0) @ weights.to(values.device)
    )[None]


def classifier(kind: str, config: str) -> Callable[[], Network]:
    def make() -> Network:
        import transformers

        network = getattr(transformers, kind)(getattr(transformers, config)(num_labels=WIDTH)).eval()
        return Classifier(network, hears=config == "Wav2Vec2Config")

    return make


class Classifier(torch.nn.Module):
    """A network of `transformers` with its normalisation."""

    def __init__(self, network: torch.nn.Module, hears: bool) -> None:
        super().__init__()
        self.network, self.hears = network, hears

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Logits."""
        return self.network(values if self.hears else normalised(values)).logits


FILES = {"face": picture_files, "voice": clip_files}
NETWORKS: dict[str, dict[str, Callable[[], Network]]] = {
    "tiny": {"face": tiny_picture, "voice": tiny_clip},
    "resnet50": {"face": classifier("ResNetForImageClassification", "ResNetConfig")},
    "vit": {"face": classifier("ViTForImageClassification", "ViTConfig")},
    "wav2vec2": {"voice": classifier("Wav2Vec2ForSequenceClassification", "Wav2Vec2Config")},
}

if __name__ == "__main__":
    deterministic()
    with threadpool_limits(1):
        main()
