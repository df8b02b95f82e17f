"""Reading chunk by chunk gives what reading at once gives, to the byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness import chunks
from harness.attributes.grouping import Grouping
from harness.measurement.measure import measure
from harness.measurement.settings import MeasureSettings
from harness.measurement.streaming import measure_files
from harness.tables import (
    concat_predictions,
    parquet_bytes,
    predictions_table,
    samples_table,
    validate_predictions,
    write_parquet,
)

LABELS = ("anger", "happiness", "neutral", "surprise")
SETTINGS = MeasureSettings(
    resamples=100,
    permutations=100,
    match_on=("label", "ctx.intensity"),
    grouping=Grouping(axes=("sex", "light", "sex*light")),
)


def make_tables(num: int = 600, labels: tuple[str, ...] = LABELS) -> tuple[pa.Table, pa.Table]:
    """People with a sex, clips with a light that varies within people; two models, some without answers."""
    rng = np.random.default_rng(0)
    subject = rng.integers(0, 24, num)
    truth = rng.integers(0, len(labels), num)
    rows: list[dict[str, Any]] = [
        {
            "sample_id": f"clip{index:04}",
            "modality": "face",
            "subject_id": f"person{subject[index]}",
            "label": labels[truth[index]] if rng.random() < 0.95 else None,
            "label_source": "acted",
            "valence": float(rng.uniform(-1, 1)) if index > num // 2 else None,
            "attr.sex": [None, "female", "male"][min(subject[index] % 5, 2)],
            "attr.light": float(rng.integers(0, 3)),
            "ctx.intensity": int(rng.integers(1, 3)),
        }
        for index in range(num)
    ]
    samples = samples_table(rows)
    predictions = concat_predictions([make_predictions(samples, labels, model) for model in ("one", "other")])
    return samples, validate_predictions(predictions, samples)


def make_predictions(samples: pa.Table, labels: tuple[str, ...], model: str) -> pa.Table:
    rng = np.random.default_rng(len(model))
    num = samples.num_rows
    scores = rng.dirichlet(np.ones(len(labels)), num)
    outcome = rng.choice(["scored", "abstained", "failed"], num, p=[0.9, 0.05, 0.05]).tolist()
    reasons = [f"cause {index}" for index in range(14)]
    return predictions_table(
        model=model,
        labels=labels,
        sample_id=samples["sample_id"].to_pylist(),
        outcome=outcome,
        reason=[None if each == "scored" else str(rng.choice(reasons)) for each in outcome],
        label=[
            labels[int(row.argmax())] if o == "scored" else None for row, o in zip(scores, outcome, strict=True)
        ],
        scores=[row.tolist() if o == "scored" else None for row, o in zip(scores, outcome, strict=True)],
        dimensions={"valence": [float(v) if v < 0.8 else None for v in rng.uniform(-1, 1, num)]},
    )


def written(folder: Path, samples: pa.Table, predictions: pa.Table) -> tuple[Path, Path]:
    paths = folder / "samples.parquet", folder / "predictions.parquet"
    for table, path in zip((samples, predictions), paths, strict=True):
        write_parquet(table, path)
    return paths


@pytest.mark.parametrize("chunk", [1_000_000, 600, 251, 17])
@pytest.mark.parametrize("labels", [LABELS, ("anger", "neutral")])
def test_equal_to_the_byte_whatever_the_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int, labels: tuple[str, ...]
) -> None:
    samples, predictions = make_tables(labels=labels)
    monkeypatch.setattr(chunks, "CHUNK_ROWS", chunk)
    whole = measure(samples, predictions, dataset="d", settings=SETTINGS)
    streamed = measure_files(*written(tmp_path, samples, predictions), dataset="d", settings=SETTINGS)
    assert parquet_bytes(streamed) == parquet_bytes(whole)
