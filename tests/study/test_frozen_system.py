"""Programs that stay as they are, that write their own files, and that move with every answer, in whole runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from forked_python import python

from harness.evidence.run_folder import RunFolder
from harness.files import sha256_file
from harness.scoring.score_run import score
from harness.study.new_model import write_new_model

PROGRAM = """
import base64, json, sys, zlib
from pathlib import Path
weights, moves = Path(sys.argv[1]), sys.argv[2]
labels = json.loads(sys.stdin.readline())["labels"]
print(json.dumps({"ready": True, "version": "1.0"}), flush=True)
count = Path("count.txt")
for line in sys.stdin:
    request = json.loads(line)
    num = int(count.read_text()) if count.exists() else 0
    count.write_text(str(num + 1))
    drawn = zlib.crc32(base64.b64decode(request["data"]))
    if moves == "weights":
        weights.write_text(f"after {num} requests")
    first = (1 + drawn % 97) / 200 + (num * 1e-4 if moves == "answers" else 0.0)
    scores = {label: (1 - first) / (len(labels) - 1) for label in labels}
    scores[labels[drawn % len(labels)]] = first
    print(json.dumps({"id": request["id"], "scores": scores}), flush=True)
"""


def run_of(place: Path, moves: str, changes: str | None) -> subprocess.CompletedProcess[str]:
    """A run of the program into ``place/run``."""
    card_path = write_new_model("command", place / "acme").files[0]
    card: dict[str, Any] = {
        "title": "Acme",
        "description": "Draws scores from the bytes.",
        "licence": {"name": "none"},
        "purpose": "test",
        "labels": ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"],
        "limitations": [],
        "input": {"encoding": "png", "width": 16, "height": 16},
        "connection": {"command": [sys.executable, "serve.py", "weights.txt", moves]},
        "changes": changes,
    }
    written = yaml.safe_load(card_path.read_text(encoding="utf-8"))
    written.pop("dimensions", None)
    card_path.write_text(yaml.safe_dump({**written, **card}), encoding="utf-8")
    card_path.with_name("serve.py").write_text(PROGRAM, encoding="utf-8")
    card_path.with_name("weights.txt").write_text("as delivered", encoding="utf-8")
    choices = [
        *("dataset=simulated_faces", "dataset.subjects=4", "face.detector=none", "model=acme", "model.trust=true"),
        *("checks.max_probes=16", "checks.max_blind=0", "checks.media=false", "tracking.enabled=false"),
        *("measure.resamples=200", "measure.permutations=200", "workers=1", f"out={place / 'run'}"),
    ]
    return python("-m", "harness.commands.main", "run", "--config-dir", str(place / "acme"), *choices)


def finding(run: Path) -> dict[str, Any]:
    rows = pq.read_table(run / "results.parquet").to_pylist()
    (found,) = [row for row in rows if (row["kind"], row["metric"]) == ("check", "frozen")]
    return dict(found)


@pytest.mark.slow
def test_a_program_that_stays_as_it_is(tmp_path: Path) -> None:
    ended = run_of(tmp_path, "nothing", "frozen")
    assert ended.returncode == 0, ended.stderr
    found = finding(tmp_path / "run")
    assert (found["verdict"], found["value"], found["n_samples"]) == ("met", 0.0, 16)
    record = json.loads((tmp_path / "run/run.json").read_text())
    program = tmp_path / "acme/models/acme"
    own = {name: sha256_file(program / name) for name in ("serve.py", "weights.txt")}
    hashes = record["system"]["weights_before"]
    assert hashes.items() >= own.items()
    assert list(hashes) == sorted(hashes)
    assert record["system"]["weights_after"] == hashes
    assert "changed while it was measured" not in ended.stderr
    assert "frozen, says its card" in (tmp_path / "run/report.html").read_text()


@pytest.mark.slow
def test_a_program_that_writes_its_own_weights_is_reported_even_if_its_answers_stay(tmp_path: Path) -> None:
    ended = run_of(tmp_path, "weights", "continuous")
    assert ended.returncode == 0, ended.stderr
    assert (
        "The system changed while it was measured: its files differ before and after (weights.txt)."
        in ended.stderr
    )
    found = finding(tmp_path / "run")
    assert found["verdict"] == "not_met"
    assert (
        "as its card says: it keeps learning. Its files differ before and after the run: weights.txt"
        in (found["reason"])
    )
    before = pq.read_table(tmp_path / "run/results.parquet")
    scored = score(RunFolder(tmp_path / "run"), tmp_path / "again")
    assert scored.results.equals(before)
    record = json.loads((tmp_path / "run/run.json").read_text())
    differing = [
        name
        for name, sha256 in record["system"]["weights_before"].items()
        if record["system"]["weights_after"][name] != sha256
    ]
    assert differing == ["weights.txt"]


@pytest.mark.slow
def test_a_program_that_moves_with_every_answer_is_known_by_its_answers(tmp_path: Path) -> None:
    ended = run_of(tmp_path, "answers", None)
    assert ended.returncode == 0, ended.stderr
    found = finding(tmp_path / "run")
    assert found["verdict"] == "not_met"
    assert "by more than two answers at the end differ from each other" in found["reason"]
    num = pq.read_table(tmp_path / "run/samples.parquet").num_rows
    assert 17e-4 <= found["value"] <= (num + 32) * 1e-4 + 1e-9  # after 16 alone and up to 16 together
