"""A study of an EEG from end to end, on people whose truth is known."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq

import harness


def test_a_study_on_simulated_eeg_finds_its_truth_and_names_its_folds(tmp_path: Path) -> None:
    report = harness.run(
        "simulated_eeg",
        "eeg_bandpower",
        dataset_options={"subjects": 12, "window_s": 8.0},
        out=tmp_path / "run",
        workers=0,
        baselines=[],
        measure={"resamples": 100, "permutations": 100},
        checks={"max_probes": 4},
    )
    rows = report.results.to_pylist()
    levels = [
        row["value"] for row in rows if (row["metric"], row["axis"], row["kind"]) == ("uar", "overall", "metric")
    ]
    assert levels[0] > 0.7
    predictions = pq.read_table(report.folder / "predictions.parquet")
    assert set(predictions["outcome"].to_pylist()) == {"scored"}
    folds = json.loads((report.folder / "folds.json").read_text())["folds"]["eeg_bandpower"]
    assert len(folds) == 12
    assert not any(set(fold["train_subjects"]) & set(fold["test_subjects"]) for fold in folds)
