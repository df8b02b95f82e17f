from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from silent import Silent
from sounds_made import folder_of, noise

from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.study.compose import compose_study
from harness.study.run_study import run as run_study

SMALL = [
    *("dataset=simulated_voices", "dataset.subjects=3", "dataset.samples_per_class=1", "baselines=[majority]"),
    *("model=voice_functionals_svm", "device=cpu", "workers=0", "checks.enabled=false", "tracking.enabled=false"),
]


def test_a_run_under_a_condition_with_files_states_their_hash_and_not_where_they_are(tmp_path: Path) -> None:
    folder = folder_of({"song.wav": noise(5)}, tmp_path / "secret_place")
    chosen = ["conditions=[voice/music@5]", f"condition_files={{voice/music: {folder}}}"]
    out = tmp_path / "run"
    run_study(compose_study([*SMALL, *chosen, f"out={out}"]), Silent())
    plan = RunFolder(out).read_plan().plan
    of_music = next(entry for entry in plan["conditions"] if entry["name"] == "voice/music@5")
    assert of_music["files"]["voice/music"]["num_files"] == 1
    assert "secret_place" not in json.dumps(plan)
    answers = pq.read_table(out / "predictions.parquet").to_pylist()
    outcomes = {row["outcome"] for row in answers if row["condition"] == "voice/music@5"}
    assert outcomes == {"scored"}


def test_files_that_are_missing_stop_the_run_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"voice/music needs recordings of music"):
        run_study(compose_study([*SMALL, "conditions=[voice/music@5]", f"out={tmp_path / 'run'}"]), Silent())
    assert not (tmp_path / "run").exists()
