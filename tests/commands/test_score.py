"""What ``harness score`` says of the files that a run has read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.commands.score import rescore
from harness.study.compose import compose_study
from harness.study.run_study import run


class Quiet:
    def stage(self, text: str) -> None: ...

    def progress(self, done: int, total: int) -> None: ...

    def warn(self, text: str) -> None: ...


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "samples.csv").write_text("sample_id,subject_id,label\na,p,sad\nb,q,happy\n")
    options = [
        *("dataset=table", f"dataset.root={tmp_path / 'data'}", "dataset.modality=voice"),
        *("dataset.label_source=acted", "model=majority", "tracking.enabled=false", "measure.resamples=100"),
        *("measure.permutations=100", f"out={tmp_path / 'out'}"),
    ]
    return run(compose_study(options), Quiet()).folder.path


def test_it_says_what_is_listed(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = json.loads((out / "run.json").read_text())["media"]["merkle_root"]
    assert rescore(out, None)
    assert f"Media: 1 file, 45 bytes, Merkle root {root}, as run.json lists them" in capsys.readouterr().out


def test_a_record_that_is_not_that_of_the_list_fails(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(record | {"media": record["media"] | {"merkle_root": "0" * 64}}))
    assert not rescore(out, None)
    assert "files.parquet does not list the files of run.json" in capsys.readouterr().err


def test_a_run_that_lists_nothing_is_said_to(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = json.loads((out / "run.json").read_text())
    del record["media"], record["files"]["files.parquet"]
    (out / "run.json").write_text(json.dumps(record))
    assert rescore(out, None)
    assert "run.json lists no media" in capsys.readouterr().out
