"""A folder is a whole run, an interrupted one, or refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.evidence.unchanged_evidence import record_of_unchanged
from harness.files import canonical_hash, sha256_file
from harness.tables.versions import schema_version

PLAN = {
    "schema": schema_version("plan"),
    "dataset": {"name": "ravdess", "limit": None},
    "seed": 0,
    "level": 0.95,
    "labels": {"merge": {"calm": "neutral"}},
}


def test_a_plan_is_written_once_and_read_back_as_it_was(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_plan(PLAN)
    first = (tmp_path / "plan.yaml").read_bytes()
    folder.write_plan(PLAN)
    stored = folder.read_plan()
    assert (stored.plan, stored.sha256, stored.steps) == (PLAN, canonical_hash(PLAN), ())
    assert (tmp_path / "plan.yaml").read_bytes() == first
    assert yaml.safe_load(first)["sha256"] == canonical_hash(PLAN)


def test_another_plan_is_refused_by_what_differs(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_plan(PLAN)
    with pytest.raises(HarnessError, match=r"different: dataset\.name, seed\)"):
        folder.write_plan({**PLAN, "seed": 1, "dataset": {"name": "emodb", "limit": None}})


def test_a_changed_plan_is_noticed(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_plan(PLAN)
    path = tmp_path / "plan.yaml"
    path.write_text(path.read_text().replace("level: 0.95", "level: 0.9"))
    with pytest.raises(HarnessError, match="changed after it was written"):
        folder.read_plan()


@pytest.mark.parametrize("text", ["", "- a\n", "plan: {}\n", "{", "\x00"])
def test_rubbish_is_not_a_plan(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan.yaml").write_text(text)
    with pytest.raises(HarnessError, match="not a plan"):
        RunFolder(tmp_path).read_plan()


def test_no_plan_is_not_a_run(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"no plan\.yaml"):
        RunFolder(tmp_path).read_plan()


def test_run_json_makes_the_run_whole_and_knows_every_file(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_plan(PLAN)
    (tmp_path / "results.csv").write_text("a\n")
    assert folder.read_run() is None
    folder.write_run({"status": "complete"})
    record = folder.read_run()
    assert record is not None
    assert record["files"]["results.csv"] == sha256_file(tmp_path / "results.csv")
    assert folder.changed_files() == []
    (tmp_path / "results.csv").write_text("b\n")
    assert folder.changed_files() == ["results.csv"]
    (tmp_path / "results.csv").unlink()
    assert folder.changed_files() == ["results.csv"]


def test_a_broken_run_json_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(HarnessError, match="delete the file"):
        RunFolder(tmp_path).read_run()


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        '{"files": []}',
        '{"files": {"../secret": "0"}}',
        '{"files": {"r\\u0435port.html": "0"}}',
        '{"files": {}, "media": "none"}',
        '{"files": {}, "media": [1]}',
        '{"files": {}, "git": "abc"}',
        '{"files": {}, "environment": "x"}',
        '{"files": {}, "environment": {"packages": "x"}}',
        '{"files": {}, "environment": {"gpus": 2}}',
        "[" * 100_000,
    ],
)
def test_a_run_json_of_another_kind_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(HarnessError, match="not the record of a run"):
        RunFolder(tmp_path).changed_files()


def test_what_a_killed_run_left_half_written_goes(tmp_path: Path) -> None:
    for name in (".results.csv.x1.part", "results.csv", ".lock"):
        (tmp_path / name).write_text("a")
    RunFolder(tmp_path).tidy()
    assert {path.name for path in tmp_path.iterdir()} == {"results.csv", ".lock"}


def test_a_folder_of_other_files_is_not_a_runs_own(tmp_path: Path) -> None:
    (tmp_path / ".lock").touch()
    (tmp_path / ".plan.yaml.x1.part").touch()
    RunFolder(tmp_path).require_own()
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(HarnessError, match=r"not empty and is not that of a run \(it contains thesis.tex\)"):
        RunFolder(tmp_path).require_own()


def test_of_a_practice_test_the_studies_are_named(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="Is this the folder of a run"):
        RunFolder(tmp_path).read_plan()
    (tmp_path / "practice.json").write_text("{}")
    with pytest.raises(HarnessError, match=r"a practice test .* It has no study"):
        RunFolder(tmp_path).read_plan()
    for study in ("studies/acme/voice/alone", "study"):
        (tmp_path / study).mkdir(parents=True)
        (tmp_path / study / "run.json").write_text("{}")
    with pytest.raises(HarnessError, match=r"Its studies are runs: studies/acme/voice/alone, study\."):
        record_of_unchanged(RunFolder(tmp_path), [])
