"""A program under test in whole runs: killed and continued, under conditions, refused where it cannot be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from harness.study.new_model import write_new_model

PROGRAM = """
import base64, json, os, sys, time, zlib
from pathlib import Path
labels = json.loads(sys.stdin.readline())["labels"]
Path(f"started-{os.getpid()}").touch()
print(json.dumps({"ready": True, "version": "1.0"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    drawn = zlib.crc32(base64.b64decode(request["data"]))
    time.sleep(float(sys.argv[1]))
    if drawn % 5 == 0:
        answer = {"refused": "no face"}
    elif drawn % 5 == 1:
        answer = {"label": "joy"}
    else:
        answer = {"label": labels[drawn % len(labels)], "valence": (drawn % 100) / 100}
    print(json.dumps({"id": request["id"], **answer}), flush=True)
"""
CARD: dict[str, Any] = {
    "title": "Acme",
    "description": "Draws a label from the bytes.",
    "licence": {"name": "none"},
    "purpose": "test",
    "labels": ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"],
    "dimensions": ["valence"],
    "limitations": [],
    "input": {"encoding": "png", "width": 16, "height": 16},
    "connection": {"command": [sys.executable, "serve.py", "0.02"]},
}


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """The folder of the program, as a user writes it."""
    folder = tmp_path / "acme"
    card_path = write_new_model("command", folder).files[0]
    card = yaml.safe_load(card_path.read_text(encoding="utf-8"))
    card_path.write_text(yaml.safe_dump({**card, **CARD}), encoding="utf-8")
    card_path.with_name("serve.py").write_text(PROGRAM, encoding="utf-8")
    return folder


def started(acme: Path, out: Path, *more: str) -> subprocess.Popen[str]:
    choices = [
        *("dataset=simulated_faces", "dataset.subjects=4", "face.detector=none", "model=acme", "model.trust=true"),
        *("checks.enabled=false", "tracking.enabled=false", "workers=1", f"out={out}", *more),
    ]
    return subprocess.Popen(
        [sys.executable, "-m", "harness.commands.main", "run", "--config-dir", str(acme), *choices],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )


def finished(acme: Path, out: Path, *more: str) -> str:
    run = started(acme, out, *more)
    printed, errors = run.communicate(timeout=240)
    assert run.returncode == 0, errors
    return printed


def programs(acme: Path) -> list[int]:
    return [int(path.name.partition("-")[2]) for path in (acme / "models/acme").glob("started-*")]


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
def test_a_killed_run_goes_on_to_the_same_bytes_and_leaves_no_program(acme: Path, tmp_path: Path) -> None:
    printed = finished(acme, tmp_path / "whole")
    assert "Note: The program" in printed
    answers = pq.read_table(tmp_path / "whole/answers.parquet")
    assert set(answers["version"].to_pylist()) == {"1.0"}
    predictions = pq.read_table(tmp_path / "whole/predictions.parquet").to_pylist()
    reasons = {row["reason"] for row in predictions if row["model"] == "acme"}
    assert reasons == {None, "refused: no face", "unreadable_answer: label 'joy' is none of the card's"}

    known = set(programs(acme))
    run = started(acme, tmp_path / "killed")
    deadline = time.monotonic() + 120
    while not list((tmp_path / "killed").rglob("shard-*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    (program,) = set(programs(acme)) - known
    assert running(program)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    deadline = time.monotonic() + 10
    while running(program) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not running(program)

    finished(acme, tmp_path / "killed")
    for name in ("predictions.parquet", "results.parquet", "plan.yaml"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert not any(map(running, programs(acme)))


@pytest.mark.slow
def test_it_answers_under_conditions_unless_it_is_sent_files(acme: Path, tmp_path: Path) -> None:
    finished(acme, tmp_path / "grey", "conditions=[face/grey]", "limit=6")
    table = pq.read_table(tmp_path / "grey/predictions.parquet").to_pylist()
    assert {row["condition"] for row in table if row["model"] == "acme"} == {"clean", "face/grey"}
    card_path = acme / "models/acme/card.yaml"
    card = yaml.safe_load(card_path.read_text(encoding="utf-8")) | {"input": {"encoding": "file"}}
    card_path.write_text(yaml.safe_dump(card), encoding="utf-8")
    run = started(acme, tmp_path / "files", "conditions=[face/grey]")
    _, errors = run.communicate(timeout=120)
    assert (run.returncode, "State input.encoding in its card: png or wav" in errors) == (2, True)


def test_nothing_runs_without_trust(acme: Path, tmp_path: Path) -> None:
    run = started(acme, tmp_path / "untrusted", "model.trust=false")
    _, errors = run.communicate(timeout=120)
    assert (run.returncode, "say so on the command line: model.trust=true" in errors) == (2, True)
    assert programs(acme) == []
