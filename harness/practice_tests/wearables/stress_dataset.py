"""Scores on a dataset of stress and rest: of detectors that have not seen the person, and of the rhythm itself.

Three scores stand beside each other: the detector with all signals, the same detector with the heart rhythm alone
(both studies of the harness, with the test subjects left out), and the rhythm itself, as watches use it: less
variability is more stress. The rhythm gives a score where valid intervals cover enough of the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from harness.arrays import Floats
from harness.datasets.reader import Reader
from harness.errors import HarnessError, Unscored
from harness.practice_tests.observed_columns import numbered
from harness.practice_tests.wearables.scores import Scores
from harness.practice_tests.wearables.wearables_options import WearablesOptions
from harness.signals.hrv import time_domain
from harness.signals.media import Recording
from harness.signals.motion import motion
from harness.study.observer import Observer
from harness.tables.predictions import label_orders, rows_of
from harness.tables.schemas import CLEAN
from harness.tables.versions import read_table

STRESS, REST = "stress", "rest"
DETECTORS: Mapping[str, Mapping[str, Any]] = {"all_signals": {}, "rhythm_detector": {"features": ["hrv"]}}
RHYTHM = "rhythm_alone"
MIN_COVERED = 0.5
"""Of a window, for its RMSSD to count as a score."""
MOVING_FROM_G = 0.05
"""Standard deviation of the magnitude of the acceleration at the wrist, from which a window counts as movement."""


def is_of_stress(samples: pa.Table) -> bool:
    """Whether the labels of a dataset are stress and rest."""
    return set(samples["label"].to_pylist()) == {STRESS, REST}


def scores_of_dataset(
    reader: Reader[Any], samples: pa.Table, options: WearablesOptions, out: Path, observer: Observer
) -> tuple[Scores, dict[str, float]]:
    """The three scores of every window, and from which value each detector says stress.

    Args:
        reader: of the dataset.
        samples: that it lists.
        options: of the test.
        out: where the studies of the detectors go.
        observer: receives the progress.

    Raises:
        HarnessError: a study cannot be run.
    """
    assert options.dataset is not None
    rows = samples.to_pylist()
    measured = _measured(reader, rows, observer)
    by_score = {RHYTHM: np.where(measured["coverage"] >= MIN_COVERED, -measured["rmssd"], np.nan)}
    for name, model_options in DETECTORS.items():
        by_score[name] = _detected(options, rows, model_options, out / name, observer)
    return _scores(options, rows, measured, by_score), dict.fromkeys(DETECTORS, 0.5)


def _scores(
    options: WearablesOptions,
    rows: list[dict[str, Any]],
    measured: Mapping[str, Floats],
    by_score: Mapping[str, Floats],
) -> Scores:
    """The windows once for each score."""
    subject_n, _ = numbered(row["subject_id"] for row in rows)
    moving_from = MOVING_FROM_G if options.moving_from is None else options.moving_from
    motion_n = measured["motion"]
    num = len(by_score)
    return Scores(
        dataset=str(options.dataset),
        subject_n=np.tile(subject_n, num),
        device_n=np.repeat(np.array(list(by_score)), len(rows)),
        time_s_n=np.tile(np.array([row["start_s"] or 0.0 for row in rows], np.float64), num),
        score_n=np.concatenate(list(by_score.values())),
        moving_n=np.tile(np.where(np.isfinite(motion_n), motion_n >= moving_from, np.nan), num),
        motion_n=np.tile(motion_n, num),
        stressor_n=np.tile(np.array([row["label"] == STRESS for row in rows], np.float64), num),
    )


def _measured(reader: Reader[Any], rows: list[dict[str, Any]], observer: Observer) -> dict[str, Floats]:
    """Movement, RMSSD and the share that valid intervals cover, of every window."""
    found = {name: np.full(len(rows), np.nan) for name in ("motion", "rmssd", "coverage")}
    found["coverage"][:] = 0.0
    observer.stage("measuring movement and beats")
    for index, row in enumerate(rows):
        observer.progress(index, len(rows))
        try:
            recording = reader.load(row)
        except Unscored:
            continue
        if not isinstance(recording, Recording):
            continue
        if (acceleration := recording.channels.get("acceleration")) is not None:
            found["motion"][index] = motion(acceleration.values[None], acceleration.rate_hz).sd[0]
        if recording.beats is not None:
            rhythm = time_domain(recording.beats, np.zeros(1), np.array([recording.duration_s]))
            found["rmssd"][index], found["coverage"][index] = rhythm.rmssd[0], rhythm.coverage[0]
    return found


def _detected(
    options: WearablesOptions,
    rows: list[dict[str, Any]],
    model_options: Mapping[str, Any],
    out: Path,
    observer: Observer,
) -> Floats:
    """The probability of stress of every window, by a study with the test subjects left out."""
    from harness.study.compose import compose_choices
    from harness.study.run_study import run

    choices = {
        "dataset": {"root": str(options.root), **options.dataset_options}
        if options.root
        else options.dataset_options,
        "model": dict(model_options),
        "out": str(out),
        "seed": options.seed,
        "tracking": {"enabled": False},
        "checks": {"enabled": False},
    }
    assert options.dataset is not None
    study = run(compose_choices(options.dataset, options.detector, choices, options.config_dir), observer)
    predictions = read_table(study.folder / "predictions.parquet", "predictions").table
    model = str(study.plan["model"]["name"])
    labels = label_orders(predictions).get(model, [])
    if STRESS not in labels:
        raise HarnessError(f"detector {options.detector}: gives no score for {STRESS!r}. Choose another.")
    place = labels.index(STRESS)
    of_model = rows_of(predictions, model, CLEAN)
    found = {
        sample: np.nan if scores is None else scores[place]
        for sample, scores in zip(of_model["sample_id"].to_pylist(), of_model["scores"].to_pylist(), strict=True)
    }
    return np.array([found.get(row["sample_id"], np.nan) for row in rows], np.float64)
