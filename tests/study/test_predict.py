"""Predictions written in pieces: what models say under every condition, in memory that does not grow with it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.cards import registry
from harness.cards.facts import DatasetCard, Licence, ModelCard
from harness.conditions.clean import Clean
from harness.conditions.condition import Condition
from harness.conditions.sounds import Gain
from harness.datasets.reader import Reader, ReaderOptions, Sample
from harness.errors import HarnessError, Reason, Unscored
from harness.evidence.run_folder import RunFolder
from harness.inference.executor import Finished
from harness.inference.file_log import FileLog
from harness.inference.inference_settings import InferenceSettings
from harness.inference.preparation import LoadSample, SampleBatch
from harness.models.answer import Answer, Answers
from harness.models.model import (
    Conclusion,
    CrossFittedModel,
    ModelOptions,
    PretrainedModel,
    RunSettings,
    TableModel,
    VectorModel,
    Vectors,
)
from harness.signals.media import Audio, Media
from harness.study.predict import Asking, predict
from harness.tables.predictions import (
    concat_predictions,
    labels_metadata,
    predictions_table,
    under_condition,
    validate_predictions,
)
from harness.tables.samples import validate_samples
from harness.tables.schemas import PREDICTIONS, SAMPLES

LABELS = [f"label-{i}" for i in range(8)]


def card(name: str, training: str) -> ModelCard:
    facts = dict.fromkeys(("title", "kind", "description", "purpose"), name)
    licence = Licence(name="none")
    return ModelCard(name=name, modalities=["voice"], licence=licence, training=training, limitations=[], **facts)


class Waves(Reader[ReaderOptions]):
    """Waveforms whose level is the number of the sample."""

    needs_root = False

    def __init__(self) -> None:
        facts = dict.fromkeys(("name", "title", "reader", "description"), "waves")
        about = {"labels": LABELS, "label_source": "acted", "elicitation": "simulated", "limitations": []}
        super().__init__(
            DatasetCard(modalities=["voice"], licence=Licence(name="none"), **facts, **about),
            None,
            ReaderOptions(),
        )

    def samples(self, num_samples: int = 20) -> pa.Table:
        columns = {
            "sample_id": [f"s{i:06d}" for i in range(num_samples)],
            "modality": pa.repeat("voice", num_samples),
            "subject_id": [f"p{i % 5}" for i in range(num_samples)],
            "label": [LABELS[i % 2] for i in range(num_samples)],
            "label_source": pa.repeat("acted", num_samples),
        }
        given = {f.name: columns.get(f.name, pa.nulls(num_samples, f.type)) for f in SAMPLES}
        return validate_samples(pa.table(given))

    def load(self, sample: Sample) -> Media:
        number = int(sample["sample_id"][1:])
        if number == 3:
            raise Unscored(Reason.SILENT)
        return Audio(np.full(8, (number + 1) / 100, np.float32), 8)


def waveform(media: Media) -> npt.NDArray[np.float32]:
    assert isinstance(media, Audio)
    return media.waveform


class Listening:
    """What both kinds of toy share: the waveform is the vector."""

    width = len(LABELS)

    def preparer(self) -> Any:
        return waveform

    def open(self) -> None:
        """Nothing to load."""

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.float64]:
        return np.stack(batch).astype(np.float64)


class Pretrained(Listening, PretrainedModel[ModelOptions]):
    """Scores are the waveform."""

    def __init__(self) -> None:
        super().__init__(card("pretrained", "pretrained"), ModelOptions(), RunSettings())

    def conclude(self, samples: pa.Table, vectors: Vectors) -> Conclusion:
        scored = [outcome == "scored" for outcome in vectors.outcome]
        rows = zip(vectors.values.tolist(), scored, strict=True)
        return Conclusion(
            predictions_table(
                model=self.name,
                labels=LABELS,
                sample_id=samples["sample_id"].to_pylist(),
                outcome=vectors.outcome,
                reason=vectors.reason,
                label=[LABELS[0] if is_scored else None for is_scored in scored],
                scores=[row if is_scored else None for row, is_scored in rows],
            )
        )


class Paid(Pretrained):
    """The same, answered one by one."""

    def forward(self, batch: Sequence[npt.NDArray[Any]]) -> Answers:  # type: ignore[override]
        yield from ((i, Answer(vector=row.astype(float), cost=0.01, raw="yes")) for i, row in enumerate(batch))


class Trained(Listening, CrossFittedModel[ModelOptions]):
    """Notes what it is given to be trained on."""

    def __init__(self) -> None:
        super().__init__(card("trained", "cross_fitted"), ModelOptions(), RunSettings())
        self.given: Mapping[str, Vectors] = {}

    def conclude(self, samples: pa.Table, vectors: Mapping[str, Vectors]) -> Conclusion:
        self.given = vectors
        tables = [Pretrained().conclude(samples, of).predictions for of in vectors.values()]
        named = [named_trained(table, condition) for table, condition in zip(tables, vectors, strict=True)]
        return Conclusion(concat_predictions(named))


def named_trained(predictions: pa.Table, condition: str) -> pa.Table:
    rows = under_condition(predictions, condition)
    renamed = rows.set_column(1, PREDICTIONS.field("model"), pa.repeat("trained", rows.num_rows))
    return renamed.replace_schema_metadata(labels_metadata({"trained": LABELS}))


class Fixed(TableModel[ModelOptions]):
    """A baseline without media."""

    def __init__(self) -> None:
        super().__init__(card("fixed", "none"), ModelOptions(), RunSettings())

    def predict(self, samples: pa.Table) -> Conclusion:
        ids = samples["sample_id"].to_pylist()
        nothing = [None] * len(ids)
        return Conclusion(
            predictions_table(
                model="fixed",
                labels=["x"],
                sample_id=ids,
                outcome=["scored"] * len(ids),
                reason=nothing,
                label=["x"] * len(ids),
            )
        )


def ask(
    tmp_path: Path,
    models: Sequence[Any],
    conditions: Sequence[Condition] = (Clean("clean"),),
    num_samples: int = 20,
) -> tuple[RunFolder, pa.Table, Any]:
    reader = Waves()
    samples = reader.samples(num_samples)
    folder = RunFolder(tmp_path / "run")
    settings = InferenceSettings(batch_size=4, workers=0)
    files = FileLog(folder.journal / "files.jsonl")
    asking = Asking(samples, reader, conditions, "a" * 64, 0, settings, files, lambda done, total: None)
    return folder, samples, predict(models, asking, folder, lambda text: None)


def test_every_model_under_every_condition_that_changes_what_it_reads(tmp_path: Path) -> None:
    trained = Trained()
    conditions = [Clean("clean"), Gain("voice/gain", 1)]
    folder, samples, answered = ask(tmp_path, [Pretrained(), trained, Fixed()], conditions)
    predictions = validate_predictions(pq.read_table(folder / "predictions.parquet"), samples)
    pairs = list(
        dict.fromkeys(zip(predictions["model"].to_pylist(), predictions["condition"].to_pylist(), strict=True))
    )
    assert pairs == [
        ("pretrained", "clean"),
        ("pretrained", "voice/gain@1"),
        ("trained", "clean"),
        ("trained", "voice/gain@1"),
        ("fixed", "clean"),
    ]
    assert list(trained.given) == ["clean", "voice/gain@1"]
    quieter = trained.given["voice/gain@1"].values / trained.given["clean"].values
    np.testing.assert_allclose(quieter[[0, 1, 2, 4]], 10 ** (-6 / 20), rtol=1e-6)
    timings = pq.read_table(folder / "timings.parquet")
    assert timings.group_by(["model", "condition"]).aggregate([]).num_rows == 4
    assert answered.own.take(np.array([4, 3])).reason == [None, "silent"]
    assert json.loads((folder / "folds.json").read_text())["folds"] == {
        "pretrained": [],
        "trained": [],
        "fixed": [],
    }
    assert not (folder / "answers.parquet").exists()


def test_raw_answers_are_stored_where_a_model_gives_any(tmp_path: Path) -> None:
    folder, _, _ = ask(tmp_path, [Paid(), Fixed()])
    rows = pq.read_table(folder / "answers.parquet").to_pylist()
    assert len(rows) == 19
    first = {"sample_id": "s000000", "model": "pretrained", "condition": "clean", "attempts": 1}
    unsaid = dict.fromkeys(("version", "tokens_in", "tokens_out", "day"))
    assert rows[0] == {**first, "cost": 0.01, "raw": b"yes", **unsaid}


class Shuffled(Fixed):
    """Answers in another order than asked."""

    def predict(self, samples: pa.Table) -> Conclusion:
        return Conclusion(super().predict(samples).predictions.take(np.arange(samples.num_rows)[::-1]))


class Short(Fixed):
    """Leaves out the last."""

    def predict(self, samples: pa.Table) -> Conclusion:
        return Conclusion(super().predict(samples).predictions.slice(0, samples.num_rows - 1))


@pytest.mark.parametrize(
    ("model", "message"),
    [(Shuffled, "not those of the samples, in their order"), (Short, "19 rows for 20 samples")],
)
def test_predictions_that_are_not_those_of_the_samples_are_refused(
    tmp_path: Path, model: type[Fixed], message: str
) -> None:
    with pytest.raises(HarnessError, match=rf"predictions of fixed \(clean\): .*{message}"):
        ask(tmp_path, [model()])
    assert not (tmp_path / "run" / "predictions.parquet").exists()


class Instant:
    """An executor that computes nothing: the vector of sample i is i, over and over."""

    @contextmanager
    def run(
        self,
        batches: Iterable[SampleBatch],
        load: LoadSample,
        model: VectorModel[Any],
        settings: InferenceSettings,
    ) -> Iterator[Iterator[Finished]]:
        yield (
            Finished(
                places=batch.places,
                outcome=["scored"] * len(batch.places),
                reason=[None] * len(batch.places),
                vectors=np.repeat(batch.places[:, None], model.width, axis=1).astype(np.float64),
                prepare_s=[0.0] * len(batch.places),
                forward_s=[0.0] * len(batch.places),
            )
            for batch in batches
        )


def memory_of_a_large_run(folder: Path, num_samples: int) -> float:
    """Bytes by which this process grows at most while a pretrained model is asked and concluded."""
    registry.BUILT_IN["executors"]["instant"] = f"{__name__}:Instant"
    reader = Waves()
    samples = reader.samples(num_samples)
    run = RunFolder(folder)
    settings = InferenceSettings(batch_size=64, executor="instant")
    files = FileLog(run.journal / "files.jsonl")
    asking = Asking(samples, reader, [Clean("clean")], "a" * 64, 0, settings, files, lambda done, total: None)
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before = peak_bytes()
    predict([Pretrained()], asking, run, lambda text: None)
    return peak_bytes() - before


def peak_bytes() -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return 1024.0 * float(line.split()[1])


@pytest.mark.slow
def test_a_large_run_does_not_hold_its_vectors(tmp_path: Path) -> None:
    num_samples = 200_000
    done = subprocess.run(
        [sys.executable, __file__, str(tmp_path / "run"), str(num_samples)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert float(done.stdout) < 100e6
    predictions = pq.ParquetFile(tmp_path / "run" / "predictions.parquet")
    assert predictions.metadata.num_rows == num_samples
    last = predictions.read_row_group(predictions.num_row_groups - 1)
    assert last["scores"][-1].as_py() == [float(np.float32(num_samples - 1))] * 8


if __name__ == "__main__":
    print(memory_of_a_large_run(Path(sys.argv[1]), int(sys.argv[2])))
