"""Finished runs in small, written as a study writes them, with known answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.attributes.grouping import Grouping
from harness.evidence.run_folder import RunFolder
from harness.measurement.choices import MeasureChoices
from harness.tables.parquet_files import write_parquet
from harness.tables.predictions import concat_predictions, predictions_table
from harness.tables.samples import samples_table

CLASSES = ("anger", "happiness", "neutral", "sadness")
NUM_SUBJECTS, CLIPS = 24, 12

WriteFinishedRun = Callable[..., Path]


@pytest.fixture
def write_finished_run(tmp_path: Path) -> WriteFinishedRun:
    return lambda name, **choices: _write_run(tmp_path / name, **choices)


def _write_run(
    out: Path,
    *,
    model: str = "voice",
    skill: float = 0.7,
    female_skill: float | None = None,
    plan_seed: int = 0,
    subjects: Sequence[int] = range(NUM_SUBJECTS),
    folder: str = "audio/{}.wav",
    options: dict[str, Any] | None = None,
    measure: dict[str, Any] | None = None,
    merge: dict[str, str] | None = None,
    relabel: Callable[[dict[str, Any]], dict[str, Any]] = lambda row: row,
    finish: bool = True,
    **plan_changes: Any,
) -> Path:
    """A run whose answers are right at a given rate; the same clips are difficult for every model."""
    rows = [relabel(_row(subject, clip, folder)) for subject in subjects for clip in range(CLIPS)]
    samples = samples_table(rows)
    truth = [CLASSES[clip % 4] for _ in subjects for clip in range(CLIPS)]
    wrong = [CLASSES[(CLASSES.index(label) + 1) % 4] for label in truth]
    rng = np.random.default_rng(7)
    difficulty = rng.random((NUM_SUBJECTS, CLIPS))[list(subjects)].ravel()
    own = np.random.default_rng([len(model), int(100 * skill)]).random(len(rows))
    rates = [skill if female_skill is None or subject % 2 else female_skill for subject in subjects]
    right = 0.5 * difficulty + 0.5 * own < np.repeat(rates, CLIPS)
    answers = [t if ok else w for t, w, ok in zip(truth, wrong, right, strict=True)]
    ids = [row["sample_id"] for row in rows]
    predictions = concat_predictions([_predictions(model, ids, answers), _predictions("majority", ids, wrong)])
    run = RunFolder(out)
    run.write_plan(_plan(model, options or {}, measure or {}, merge or {}) | {"seed": plan_seed} | plan_changes)
    write_parquet(samples, out / "samples.parquet")
    write_parquet(predictions, out / "predictions.parquet")
    if finish:
        run.write_run({"status": "complete"})
    return out


def _row(subject: int, clip: int, folder: str) -> dict[str, Any]:
    return {
        "sample_id": folder.format(f"s{subject:02d}_{clip}"),
        "modality": "voice",
        "subject_id": f"s{subject:02d}",
        "label": CLASSES[clip % 4],
        "label_source": "acted",
        "attr.sex": ("female", "male")[subject % 2],
        "ctx.clip": f"{subject}-{clip}",
    }


def _predictions(model: str, ids: Sequence[str], answers: Sequence[str]) -> Any:
    scored, no_reason = ["scored"] * len(ids), [None] * len(ids)
    return predictions_table(
        model=model, labels=CLASSES, sample_id=ids, outcome=scored, reason=no_reason, label=answers
    )


def _plan(model: str, options: dict[str, Any], measure: dict[str, Any], merge: dict[str, str]) -> dict[str, Any]:
    choices = MeasureChoices(resamples=100, permutations=400, gaps=["accuracy", "uar"])
    return {
        "dataset": {"name": "table", "options": {"presentation": "voice"}, "simulated": False},
        "model": {"name": model, "options": options, "notes": []},
        "baselines": [{"name": "majority", "options": {}, "notes": []}],
        "face": None,
        "seed": 0,
        "labels": {"merge": merge, "only": None},
        "attributes": Grouping().plain(),
        "measure": {**choices.model_dump(mode="json"), **measure},
    }
