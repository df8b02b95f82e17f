"""Sweeps whose studies run side by side, in processes that are joblib's and not ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

JOBLIB = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
SMALL = ["dataset=simulated_wearables", "dataset.subjects=4", "tracking.enabled=false", "measure.resamples=100"]


def test_a_sweep_in_other_processes_runs_every_study_and_reports_the_worst(tmp_path: Path) -> None:
    """One study has no config, another cannot work (it reads voice); the last one starts workers of its own."""
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="the extra sweeps is not installed")
    models = "model=majority,nonexistent,voice_functionals_svm,wearable_stress"
    swept = subprocess.run(
        [sys.executable, "-m", "harness.commands.main", "run", "-m", *JOBLIB, *SMALL, models],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ,
        timeout=300,
    )
    assert swept.returncode == 2, swept.stderr
    assert swept.stderr.count("reads voice") == 1
    assert "[study 3: model=voice_functionals_svm]" in swept.stderr
    assert swept.stderr.count("Could not find 'model/nonexistent'") == 1
    assert "[study 2: model=nonexistent]" in swept.stderr
    assert "2 done, 2 failed" in swept.stdout
    assert "Traceback" not in swept.stderr
    folders = {path.parent.name.rsplit("-", 1)[0] for path in (tmp_path / "outputs").glob("*/run.json")}
    assert folders == {"simulated_wearables-majority", "simulated_wearables-wearable_stress"}
