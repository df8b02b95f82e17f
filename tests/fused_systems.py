"""Finished runs with scores, as small as a fusion needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.attributes.grouping import Grouping
from harness.evidence.run_folder import RunFolder
from harness.measurement.choices import MeasureChoices
from harness.tables.predictions import predictions_table
from harness.tables.samples import samples_table
from harness.tables.versions import KEY, schema_version, write_table

CLASSES = ("anger", "happiness", "neutral", "sadness")


def sample_rows(num_subjects: int, per_subject: int = 8, folder: str = "") -> list[dict[str, Any]]:
    """Samples with all classes for each subject; the subjects are women and men in turn."""
    return [
        {
            "sample_id": f"{folder}s{subject:02d}_{clip}",
            "modality": "audiovisual",
            "subject_id": f"s{subject:02d}",
            "label": CLASSES[clip % 4],
            "label_source": "acted",
            "attr.sex": ("female", "male")[subject % 2],
            "ctx.clip": clip,
        }
        for subject in range(num_subjects)
        for clip in range(per_subject)
    ]


def simulated_scores(rows: Sequence[Mapping[str, Any]], skill: float, seed: int) -> list[list[float] | None]:
    """Probabilities of a system that sees the true class by so many standard deviations."""
    rng = np.random.default_rng(seed)
    seen = rng.standard_normal((len(rows), len(CLASSES)))
    seen[np.arange(len(rows)), [CLASSES.index(row["label"]) for row in rows]] += skill
    scores = np.exp(seen) / np.exp(seen).sum(axis=1, keepdims=True)
    return scores.tolist()


def write_system_run(
    folder: Path,
    rows: Sequence[Mapping[str, Any]],
    scores: Sequence[Sequence[float] | None],
    *,
    system: str | None = None,
    labels: Sequence[str] = CLASSES,
    answers: Sequence[str | None] | None = None,
    reasons: Mapping[int, str] | None = None,
    dimensions: Mapping[str, Sequence[float | None]] | None = None,
    merge: Mapping[str, str] | None = None,
    card: Mapping[str, Any] | None = None,
    protocol: Mapping[str, Any] | None = None,
    finish: bool = True,
) -> Path:
    """Write a finished run.

    Args:
        folder: of the run; its name is that of the system unless another is given.
        rows: the samples.
        scores: for each sample, or None.
        system: its name.
        labels: of the scores.
        answers: the labels; by default those of the highest scores.
        reasons: samples that the system declined, and why.
        dimensions: such as valence.
        merge: the study's choice of merged labels.
        card: of the system.
        protocol: of the study; by default the plan has none, as those of earlier versions.
        finish: whether the run is finished.
    """
    system, reasons = system or folder.name, reasons or {}
    highest = [None if of is None else labels[int(np.argmax(of))] for of in scores]
    given = [None if index in reasons else label for index, label in enumerate(answers or highest)]
    predictions = predictions_table(
        model=system,
        labels=labels,
        sample_id=[row["sample_id"] for row in rows],
        outcome=["abstained" if index in reasons else "scored" for index in range(len(rows))],
        reason=[reasons.get(index) for index in range(len(rows))],
        label=given,
        scores=[None if index in reasons else of for index, of in enumerate(scores)],
        dimensions=dimensions,
    )
    plan = {
        KEY: schema_version("plan"),
        "dataset": {"name": "clips", "options": {}, "simulated": False},
        "model": {"name": system, "options": {}, "notes": []},
        "face": None,
        "seed": 0,
        "labels": {"merge": dict(merge or {}), "only": None},
        "attributes": Grouping().plain(),
        "measure": MeasureChoices(resamples=100, permutations=400, gaps=["accuracy"]).model_dump(mode="json"),
        "cards": {"models": [] if card is None else [dict(card)]},
        **({} if protocol is None else {"protocol": dict(protocol)}),
    }
    run = RunFolder(folder)
    run.write_plan(plan)
    write_table(samples_table(rows), "samples", folder / "samples.parquet")
    write_table(predictions, "predictions", folder / "predictions.parquet")
    if finish:
        run.write_run({"status": "complete"})
    return folder
