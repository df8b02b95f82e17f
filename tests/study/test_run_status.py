"""How far runs are, read from outside: while they go on, after a kill, finished, damaged, in a sweep."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from silent import Silent

from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.evidence.run_seconds import STAGES
from harness.inference.lock_holder import can_be_known
from harness.study.compose import compose_study
from harness.study.run_status import run_status
from harness.study.run_study import run
from harness.study.runs_status import found_runs
from harness.study.sweep_notes import NOTES, Ended

CHOICES = (
    *("dataset=simulated_wearables", "dataset.subjects=6", "model=wearable_stress", "batch_size=5"),
    *("tracking.enabled=false", "measure.resamples=100", "measure.permutations=100"),
)
JOURNAL = "wearable_stress/clean"


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("status") / "part"
    run(compose_study([*CHOICES, "workers=0", "shard=1/2", f"out={out}"]), Silent())
    return out


def _interrupted(answered: Path, into: Path) -> Path:
    """As if the whole study had been interrupted after the first part."""
    shutil.copytree(answered, into)
    (into / ".journal" / "part.json").unlink()
    return into


def test_a_part_and_an_interrupted_run_say_what_is_missing(answered: Path, tmp_path: Path) -> None:
    part = run_status(answered)
    assert (part.state, part.part, part.samples_done, part.samples) == ("answered", "1/2", 15, 15)
    status = run_status(_interrupted(answered, tmp_path / "run"))
    assert (status.samples_done, status.samples, status.pid) == (15, 24, None)
    assert status.state == ("interrupted" if can_be_known() else "unknown")
    (journal,) = status.journals
    assert (journal.name, journal.batches_done, journal.batches, journal.damaged) == (JOURNAL, 3, 5, 0)
    assert status.last_activity is not None
    assert abs(status.last_activity - time.time()) < 3600


def test_a_finished_run_says_why_samples_have_no_score(tmp_path: Path) -> None:
    run(compose_study([*CHOICES, "workers=0", "model=majority", f"out={tmp_path / 'run'}"]), Silent())
    record = tmp_path / "run" / "run.json"
    told = json.loads(record.read_text())
    told["seconds"] |= dict.fromkeys(STAGES, 1.0) | {"preparing": 90.0, "reading": 80.0}
    record.write_text(json.dumps(told))
    status = run_status(tmp_path / "run")
    assert (status.state, status.samples_done, status.unscored) == ("finished", 24, {})
    assert status.seconds == len(STAGES)  # not what workers did meanwhile


@pytest.mark.slow
@pytest.mark.skipif(not can_be_known(), reason="this system does not list its locks")
def test_a_run_that_goes_on_is_seen_and_not_disturbed(tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-m", "harness.commands.main", "run", *CHOICES, "dataset.subjects=60", f"out={out}"]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        seen = None
        end = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < end:
            if (out / "plan.yaml").is_file():
                seen = run_status(out)
                if seen.samples_done:
                    break
            time.sleep(0.02)
        assert seen is not None
        assert (seen.state, seen.pid) == ("running", process.pid)
        assert 0 < seen.samples_done <= seen.samples == 240
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    after = run_status(out)
    assert after.state in ("interrupted", "finished")
    assert after.samples_done >= seen.samples_done


def test_what_is_half_written_or_hostile_does_not_stop_it(answered: Path, tmp_path: Path) -> None:
    folder = _interrupted(answered, tmp_path / "run")
    journal = folder / ".journal" / JOURNAL
    shard = next(journal.glob("shard-*"))
    (journal / "shard-00000099-0123456789abcdef.parquet").write_bytes(shard.read_bytes()[:50])
    (journal / "shard-00000098-0123456789abcdef.parquet").mkdir()
    (journal / ".shard-00000100.part").write_bytes(b"half")
    (folder / ".journal" / "budget.jsonl").write_text('[1, 0.5]\nx\n[1]\n{"a": 1}\n[2, 0.')
    os.mkfifo(folder / ".journal" / "part.json")
    status = run_status(folder)
    assert (status.samples_done, status.journals[0].damaged, status.calls, status.cost) == (15, 2, 1, 0.5)


@pytest.mark.parametrize("damage", ["", "{", "sha256: x\nplan: []\n", "sha256: x\nplan: {model: 1}\n"])
def test_a_damaged_plan_is_one_message(damage: str, answered: Path, tmp_path: Path) -> None:
    folder = _interrupted(answered, tmp_path / "run")
    (folder / "plan.yaml").write_text(damage)
    with pytest.raises(HarnessError, match=r"plan\.yaml"):
        run_status(folder)
    assert "plan.yaml" in found_runs(tmp_path)[0].problem


def test_a_plan_of_other_types_is_one_message(answered: Path, tmp_path: Path) -> None:
    plan = RunFolder(answered).read_plan().plan
    for key, value in (("conditions", 5), ("repeats", "many"), ("batch_size", None), ("dataset", [])):
        folder = RunFolder(_interrupted(answered, tmp_path / key))
        (folder / "plan.yaml").unlink()
        folder.write_plan(plan | {key: value})
        with pytest.raises(HarnessError, match=r"plan\.yaml"):
            run_status(folder.path)


def test_the_studies_of_a_sweep_are_found_wherever_it_lies(answered: Path, tmp_path: Path) -> None:
    sweep = tmp_path / "there" / "multirun" / "seed"
    notes = sweep / NOTES
    notes.mkdir(parents=True)
    _interrupted(answered, tmp_path / "there" / "run")
    Ended(0, "seed=0", folder=str(tmp_path / "there" / "run")).write(notes)
    Ended(1, "seed=1\x1b[31m", 2, why="no such \x1b[2J file").write(notes)
    Ended(2, "seed=2").write(notes)
    (tmp_path / "there").rename(tmp_path / "elsewhere")
    runs = found_runs(tmp_path / "elsewhere" / "multirun" / "seed")
    assert [run.name for run in runs] == ["seed=0", "seed=1\x1b[31m", "seed=2"]
    assert runs[0].status is not None
    assert runs[0].status.samples_done == 15
    assert runs[1].problem == "no such \x1b[2J file"
    assert (runs[2].status, runs[2].problem, runs[2].is_over) == (None, "", False)
    (tmp_path / "elsewhere" / "multirun" / "seed" / NOTES / "3.json").write_text(json.dumps({"number": 3}))
    with pytest.raises(HarnessError, match="cannot be read"):
        found_runs(tmp_path / "elsewhere" / "multirun" / "seed")


def test_where_no_run_is(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "absent"):
        with pytest.raises(HarnessError, match=r"no run is here|no such folder"):
            found_runs(folder)
