"""A toy reader and model whose answers follow from the row, for runs in this process and in processes to kill."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.cards.facts import Licence, ModelCard
from harness.datasets.reader import Sample
from harness.errors import HarnessError, Reason, Unscored
from harness.inference.collected import Collected
from harness.inference.engine import collect
from harness.inference.inference_settings import InferenceSettings
from harness.models.answer import Answer, Answers
from harness.models.model import ModelOptions, RunSettings, VectorModel, Vectors
from harness.signals.media import Audio, Media
from harness.tables.samples import samples_table

WIDTH = 3
PLAN = "a" * 64
WEIGHTS = np.random.default_rng(0).normal(size=(8, WIDTH))


def toy_samples(behaviours: Sequence[str]) -> pa.Table:
    """One sample per behaviour; see `load`."""
    return samples_table(
        [
            {
                "sample_id": f"s{i:06d}",
                "modality": "voice",
                "subject_id": f"p{i % 7}",
                "label_source": "acted",
                "ctx.behaviour": behaviour,
            }
            for i, behaviour in enumerate(behaviours)
        ]
    )


def load(sample: Sample) -> Media:
    """A waveform that follows from the id, or what the row asks for."""
    match sample["ctx.behaviour"]:
        case "abstain":
            raise Unscored(Reason.NO_FACE, abstained=True)
        case "broken":
            raise OSError(f"cannot open {Path.cwd()}/x")
        case "memory":
            raise MemoryError
        case "exit":
            os._exit(1)
        case "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        case "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "hang":
            time.sleep(3600)
        case "slow":
            time.sleep(0.002)
    number = int(sample["sample_id"][1:])
    waveform = np.sin(np.arange(8) * (number + 1)).astype(np.float32)
    if sample["ctx.behaviour"] == "nan":
        waveform[0] = np.nan
    return Audio(waveform, 8)


def load_without_detector(sample: Sample) -> Media:
    """What a reader does when the set-up is wrong, not the sample."""
    raise HarnessError("the detector's file is missing")


def prepare(media: Media) -> npt.NDArray[np.float32]:
    """The waveform."""
    assert isinstance(media, Audio)
    return media.waveform


class ToyModel(VectorModel[ModelOptions]):
    """A fixed matrix product. `forward_s` slows it down; `opened` counts."""

    forward_s = 0.0
    width = WIDTH

    def __init__(self) -> None:
        card = ModelCard(
            name="toy",
            title="Toy",
            kind="toy",
            modalities=["voice"],
            description="",
            licence=Licence(name="none"),
            purpose="",
            training="none",
            limitations=[],
        )
        super().__init__(card, ModelOptions(), RunSettings())
        self.opened = 0
        self.batches: list[int] = []

    def preparer(self) -> Any:
        return prepare

    def open(self) -> None:
        self.opened += 1

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        time.sleep(self.forward_s)
        self.batches.append(len(batch))
        return np.stack(batch).astype(np.float64) @ WEIGHTS


class ToyService(ToyModel):
    """Answers sample by sample, the last of a batch first, and is paid for it; what it was asked stands in a file.

    It recognises a sample by the first number of its waveform. `behaviours` says what becomes of which sample.
    """

    def __init__(
        self, asked: Path, behaviours: Mapping[int, str] | None = None, cost: float | None = 0.25
    ) -> None:
        super().__init__()
        self.asked = asked
        self.behaviours = behaviours or {}
        self.cost = cost

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> Answers:
        self.batches.append(len(batch))
        for index in reversed(range(len(batch))):
            number = next(n for n in range(1000) if np.float32(np.sin(1.0 * (n + 1))) == batch[index][1])
            with self.asked.open("a") as file:
                file.write(f"{number}\n")
            time.sleep(self.forward_s)
            yield index, self.answer(number, batch[index])

    def answer(self, number: int, array: npt.NDArray[Any]) -> Answer:
        match self.behaviours.get(number):
            case "refuse":
                refused = Unscored(Reason.REFUSED, "policy", abstained=True)
                return Answer(unscored=refused, raw="I cannot judge faces.", cost=self.cost)
            case "limit":
                return Answer(unscored=Unscored(Reason.RATE_LIMITED), attempts=5)
            case "nan":
                return Answer(vector=np.full(WIDTH, np.nan))
            case "stop":
                raise KeyboardInterrupt
        vector = array.astype(np.float64) @ WEIGHTS
        return Answer(vector=vector, attempts=2, seconds=0.5, cost=self.cost, raw=f"{number}: \u00fc".encode())


def expected_vector(number: int) -> npt.NDArray[np.float64]:
    """What the toy gives for a sound sample, computed one by one."""
    return np.sin(np.arange(8) * (number + 1)).astype(np.float32).astype(np.float64) @ WEIGHTS


def run(journal: Path, samples: pa.Table, model: ToyModel | None = None, **settings: Any) -> Collected:
    """Collect with settings that suit a test."""
    chosen = InferenceSettings(**{"batch_size": 4, "workers": 0, "flush_s": 0.0, **settings})
    return collect(samples, load, model or ToyModel(), journal=journal, plan_hash=PLAN, settings=chosen)


def fingerprint(vectors: Vectors) -> bytes:
    """Every byte of the answer."""
    return vectors.values.tobytes() + json.dumps([list(vectors.outcome), list(vectors.reason)]).encode()


def main() -> None:
    """``toy.py JOURNAL OUTPUT WORKERS FLUSH_S BEHAVIOUR…``: a run to kill; writes its fingerprint at the end.

    Where the variable TOY_ASKED names a file, a service is asked, and writes into it what it is asked.
    """
    journal, output, workers, flush_s, *behaviours = sys.argv[1:]
    asked = os.environ.get("TOY_ASKED")
    model = ToyService(Path(asked)) if asked else ToyModel()
    model.forward_s = 0.01
    samples = toy_samples(behaviours)
    collected = run(Path(journal), samples, model, workers=int(workers), flush_s=float(flush_s), timeout_s=30.0)
    Path(output).write_bytes(fingerprint(collected.vectors()))


if __name__ == "__main__":
    main()
