"""A run whose folder is deleted or renamed stops, writes nothing in its place, and can be started again."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from forked_python import python

ARGUMENTS = [
    *("-m", "harness.commands.main", "run", "dataset=simulated_wearables", "out=run"),
    *("dataset.samples_per_class=4", "batch_size=4", "workers=1", "model=wearable_stress"),
    *("measure.resamples=100", "measure.permutations=100", "checks.enabled=false", "tracking.enabled=false"),
]


def _stopped_under_way(folder: Path) -> subprocess.Popen[str]:
    """A run that has begun to predict, held still."""
    command = [sys.executable, *ARGUMENTS, "dataset.subjects=100"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not list((folder / "run").glob(".journal/*/*/shard-*")):
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGSTOP)
    return process


@pytest.mark.slow
@pytest.mark.parametrize("lose", [shutil.rmtree, lambda path: path.rename(path.with_name("kept"))])
def test_the_same_command_starts_again(lose: object, tmp_path: Path) -> None:
    process = _stopped_under_way(tmp_path)
    lose(tmp_path / "run")  # type: ignore[operator]
    os.kill(process.pid, signal.SIGCONT)
    errors = process.communicate(timeout=300)[1]
    assert process.returncode == 2, errors
    assert "deleted, renamed or replaced" in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "run").exists()
    again = python(*ARGUMENTS, "dataset.subjects=4", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "run" / "run.json").is_file()


@pytest.mark.slow
def test_a_run_in_its_place_is_left_alone(tmp_path: Path) -> None:
    process = _stopped_under_way(tmp_path)
    (tmp_path / "run").rename(tmp_path / "kept")
    other = python(*ARGUMENTS, "dataset.subjects=4", cwd=tmp_path)
    assert other.returncode == 0, other.stderr
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    os.kill(process.pid, signal.SIGCONT)
    assert "deleted, renamed or replaced" in process.communicate(timeout=300)[1]
    assert process.returncode == 2
    assert {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()} == before
