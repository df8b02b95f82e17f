"""A study in small: tables with failures, groups and baselines, and the run folder that holds them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness.attributes.bands import band
from harness.run_folder import RunFolder
from harness.tables import (
    Result,
    concat_predictions,
    predictions_table,
    results_table,
    samples_table,
    write_csv,
    write_parquet,
)

EMOTIONS = ("anger", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
FAILURES = (("abstained", "no_face"), ("failed", "unreadable: the header of 17.png is cut"), ("failed", "timeout"))


@dataclass
class Study:
    """What a report and a tracked run are made from."""

    samples: pa.Table
    predictions: pa.Table
    results: pa.Table
    classes: tuple[str, ...]
    answers: tuple[str, ...]
    counts: np.ndarray
    plan: dict[str, Any] = field(default_factory=dict)


def build_study(
    *,
    num_subjects: int = 40,
    per_class: int = 3,
    classes: Sequence[str] = EMOTIONS,
    skill: float = 0.62,
    failed: float = 0.06,
    groups: bool = True,
    title: str = "simulated_faces",
    seed: int = 1,
) -> Study:
    """Make a study with known numbers; `skill` is the chance that an answer follows the label."""
    rng = np.random.default_rng(seed)
    rows = [_row(i, s, label, groups) for i, (s, label) in enumerate(_design(num_subjects, per_class, classes))]
    samples = samples_table(rows)
    truth = [row["label"] for row in rows]
    answers = [str(rng.choice(classes)) if rng.random() > skill else label for label in truth]
    unscored = [FAILURES[rng.integers(3)] if rng.random() < failed else None for _ in truth]
    stacks = [
        _predictions("fer_mini_xception", classes, rows, answers, unscored),
        _predictions("majority", classes, rows, [classes[0]] * len(rows), [None] * len(rows)),
        _predictions(
            "stratified_random", classes, rows, [str(rng.choice(classes)) for _ in rows], [None] * len(rows)
        ),
    ]
    predictions = concat_predictions(stacks)
    right = np.array([u is None and a == t for a, t, u in zip(answers, truth, unscored, strict=True)])
    counts = np.zeros((len(classes), len(classes) + 2), dtype=np.int64)
    for label, answer, why in zip(truth, answers, unscored, strict=True):
        column = len(classes) + 1 if why else list(classes).index(answer)
        counts[list(classes).index(label), column] += 1
    results = _results(title, classes, rows, right, unscored, counts)
    return Study(
        samples=samples,
        predictions=predictions,
        results=results_table(results),
        classes=tuple(classes),
        answers=(*classes, "other", "unscored"),
        counts=counts,
        plan=_plan(title, num_subjects, len(rows)),
    )


@pytest.fixture(scope="session")
def study() -> Study:
    return build_study()


@pytest.fixture
def write_run() -> Callable[[Study, Path], Path]:
    return _write_run


def _write_run(study: Study, out: Path) -> Path:
    folder = RunFolder(out)
    folder.write_plan(study.plan)
    for name in ("samples", "predictions", "results"):
        write_parquet(getattr(study, name), out / f"{name}.parquet")
    write_csv(study.results, out / "results.csv")
    (out / "folds.json").write_text('[{"train_subjects": ["subject_003"]}]')
    (out / "report.html").write_text("<!doctype html><title>report</title>")
    git = {"commit": "a" * 40, "dirty": False}
    folder.write_run({"plan_sha256": "b" * 64, "status": "complete", "git": git, "counts": {"scored": 3}})
    return out


def _design(num_subjects: int, per_class: int, classes: Sequence[str]) -> list[tuple[int, str]]:
    return [(s, label) for s in range(num_subjects) for label in classes for _ in range(per_class)]


def _row(index: int, subject: int, label: str, groups: bool) -> dict[str, Any]:
    attributes = {
        "attr.sex": ("female", "male")[subject % 2],
        "attr.age": float(18 + (subject * 7) % 60),
        "attr.skin_tone": f"monk_{1 + subject % 10:02d}" if subject % 13 else None,
    }
    return {
        "sample_id": f"subject_{subject:03d}/{index}.png",
        "modality": "face",
        "uri": f"subject_{subject:03d}/{index}.png",
        "subject_id": f"subject_{subject:03d}",
        "label": label,
        "label_source": "acted",
        **(attributes if groups else {}),
    }


def _predictions(model: str, classes: Sequence[str], rows: Any, answers: Any, unscored: Any) -> pa.Table:
    return predictions_table(
        model=model,
        labels=list(classes),
        sample_id=[row["sample_id"] for row in rows],
        outcome=[why[0] if why else "scored" for why in unscored],
        reason=[why[1] if why else None for why in unscored],
        label=[None if why else answer for why, answer in zip(unscored, answers, strict=True)],
    )


def _results(
    dataset: str, classes: Sequence[str], rows: Any, right: np.ndarray, unscored: Any, counts: np.ndarray
) -> list[Result]:
    subjects = np.array([row["subject_id"] for row in rows])
    missing = np.array([why is not None for why in unscored])

    def result(model: str, metric: str, value: float | None, mask: np.ndarray, **extra: Any) -> Result:
        ends = {} if value is None else {"lo": max(value - 0.034, 0.0), "hi": min(value + 0.031, 1.0)}
        return Result(
            dataset=dataset,
            model=model,
            metric=metric,
            value=value,
            n_samples=int(mask.sum()),
            n_subjects=len(set(subjects[mask])),
            n_unscored=int(missing[mask].sum()),
            level=0.95,
            method="subject bootstrap, percentile",
            **ends,
            **extra,
        )

    whole = np.ones(len(rows), dtype=bool)
    recall = np.diag(counts) / counts.sum(axis=1)
    precision = np.diag(counts) / np.maximum(counts[:, : len(classes)].sum(axis=0), 1)
    overall = {
        "accuracy": right.mean(),
        "accuracy_scored": right.sum() / max((~missing).sum(), 1),
        "uar": recall.mean(),
        "macro_f1": recall.mean() - 0.012,
        "coverage": 1 - missing.mean(),
        "log_loss": 1.2345,
        "brier": 0.5123,
        "ece": 0.0871,
    }
    found = [result("fer_mini_xception", name, float(value), whole) for name, value in overall.items()]
    for model, uar in (("majority", 1 / len(classes)), ("stratified_random", 1.02 / len(classes))):
        base = {"accuracy": uar, "accuracy_scored": uar, "uar": uar, "macro_f1": uar / 3, "coverage": 1.0}
        found += [result(model, name, value, whole) for name, value in base.items()]
        found.append(result(model, "log_loss", None, whole, reason="the model gives no scores"))
    for i, label in enumerate(classes):
        found.append(result("fer_mini_xception", f"recall:{label}", float(recall[i]), whole))
        found.append(result("fer_mini_xception", f"precision:{label}", float(precision[i]), whole))
    for axis in ("sex", "age", "skin_tone"):
        if f"attr.{axis}" not in rows[0]:
            continue
        names = np.array([band(axis, row[f"attr.{axis}"]) or "" for row in rows])
        for group in sorted(set(names) - {""}):
            mask = names == group
            few = len(set(subjects[mask])) < 4
            why = {"verdict": "not_tested", "reason": "3 subjects, at least 4 are needed"} if few else {}
            values = {"accuracy": float(right[mask].mean()), "coverage": float(1 - missing[mask].mean())}
            found += [
                result("fer_mini_xception", name, None if few else value, mask, axis=axis, group=group, **why)
                for name, value in values.items()
            ]
    return found


def _plan(dataset: str, num_subjects: int, num_samples: int) -> dict[str, Any]:
    return {
        "harness": {"version": "0.1.0"},
        "dataset": {
            "name": dataset,
            "options": {"subjects": num_subjects, "seed": 0},
            "simulated": True,
            "num_samples": num_samples,
            "num_subjects": num_subjects,
            "samples_sha256": "0123456789abcdef" * 4,
        },
        "model": {"name": "fer_mini_xception", "options": {}, "facts": {"weights_sha256": "c" * 64}},
        "baselines": ["majority", "stratified_random"],
        "face": {"detector": "haar", "margin": 0.1},
        "seed": 0,
        "precision": "float32",
        "device": "cpu",
        "batch_size": 32,
        "labels": {"merge": {}},
        "measure": {"resamples": 1000, "level": 0.95, "min_subjects": 4},
    }
