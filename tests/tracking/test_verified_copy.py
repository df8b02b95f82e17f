"""A received folder sends nothing but what its run wrote."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.files import canonical_hash, sha256_file
from harness.tracking.track_run import track
from harness.tracking.verified_copy import verified_copy

SECRET = "the private key of this machine"


@pytest.fixture
def out(study: Any, write_run: Callable[[Any, Path], Path], tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text(SECRET)
    return write_run(study, tmp_path / "run")


@pytest.fixture
def into(tmp_path: Path) -> Path:
    (tmp_path / "copy").mkdir()
    return tmp_path / "copy"


def _record(out: Path, **files: str | None) -> None:
    """Write other hashes into ``run.json``; None takes a name out."""
    record = json.loads((out / "run.json").read_text())
    named = {**record["files"], **files}
    record["files"] = {name: sha256 for name, sha256 in named.items() if sha256 is not None}
    (out / "run.json").write_text(json.dumps(record))


def test_a_copy_holds_what_is_named_and_nothing_else(out: Path, into: Path) -> None:
    (out / "files.parquet").symlink_to(out.parent / "secret")
    (out / "notes.txt").write_text(SECRET)
    copy = verified_copy(RunFolder(out), into)
    named = json.loads((out / "run.json").read_text())["files"]
    assert {path.name for path in copy.path.iterdir()} == {*named, "run.json"}
    assert all(sha256_file(into / name) == sha256 for name, sha256 in named.items())


@pytest.mark.parametrize("name", ["report.html", "results.csv", "plan.yaml", "run.json"])
def test_a_link_is_not_followed(name: str, out: Path, into: Path) -> None:
    kept = out.parent / f"kept-{name}"
    (out / name).rename(kept)
    (out / name).symlink_to(kept)  # even to the very bytes that are named
    with pytest.raises(HarnessError, match=f"{name}: a link or a special file"):
        verified_copy(RunFolder(out), into)


def test_a_file_that_the_record_does_not_name_is_not_sent(out: Path, into: Path) -> None:
    (out / "report.html").unlink()
    (out / "report.html").symlink_to(out.parent / "secret")
    _record(out, **{"report.html": None})
    verified_copy(RunFolder(out), into)
    assert not (into / "report.html").exists()
    record = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(record | {"files": {}}))
    with pytest.raises(HarnessError, match=r"run\.json has no hash of plan\.yaml, samples\.parquet"):
        verified_copy(RunFolder(out), into)


def test_a_pipe_is_not_waited_for(out: Path, into: Path) -> None:
    (out / "report.html").unlink()
    os.mkfifo(out / "report.html")
    with pytest.raises(HarnessError, match=r"report\.html: a link or a special file"):
        verified_copy(RunFolder(out), into)


def test_a_folder_in_the_place_of_a_file_is_refused(out: Path, into: Path) -> None:
    (out / "results.csv").unlink()
    (out / "results.csv").mkdir()
    with pytest.raises(HarnessError, match=r"results\.csv: a link or a special file"):
        verified_copy(RunFolder(out), into)


def test_a_huge_record_is_not_read(out: Path, into: Path) -> None:
    with (out / "run.json").open("r+b") as file:
        file.truncate(2**40)
    with pytest.raises(HarnessError, match="not the record of a run"):
        verified_copy(RunFolder(out), into)


def test_other_samples_than_those_of_the_plan_are_refused(out: Path, into: Path) -> None:
    """Also when the hashes of the record were made to fit."""
    samples = out / "samples.parquet"
    samples.write_bytes((out / "predictions.parquet").read_bytes())
    _record(out, **{"samples.parquet": sha256_file(samples)})
    with pytest.raises(HarnessError, match=r"changed after the run was finished: samples\.parquet"):
        verified_copy(RunFolder(out), into)


@pytest.mark.parametrize("broken", [{"model": 5}, {"dataset": []}, {"cards": None}])
def test_a_plan_that_is_none_is_one_message(broken: dict[str, Any], out: Path) -> None:
    plan = RunFolder(out).read_plan().plan | broken
    (out / "plan.yaml").write_text(json.dumps({"sha256": canonical_hash(plan), "plan": plan}))
    _record(out, **{"plan.yaml": sha256_file(out / "plan.yaml")})
    with pytest.raises(HarnessError, match=r"plan\.yaml"):
        track(out, uri=f"sqlite:///{out.parent}/mlflow.db")
    assert not (out.parent / "mlflow.db").exists()


def test_a_message_names_the_received_folder_and_not_the_copy(out: Path) -> None:
    """Predictions of a sample that is not in the samples, with a hash that fits."""
    path = out / "predictions.parquet"
    table = pq.read_table(path)
    ids = [f"other-{number}" for number in range(table.num_rows)]
    pq.write_table(table.set_column(table.schema.get_field_index("sample_id"), "sample_id", [ids]), path)
    _record(out, **{path.name: sha256_file(path)})
    with pytest.raises(HarnessError, match=r"predictions of .*other-"):
        track(out, uri=f"sqlite:///{out.parent / 'mlflow.db'}")
    pq.write_table(table.drop_columns("sample_id"), path)
    _record(out, **{path.name: sha256_file(path)})
    with pytest.raises(HarnessError, match="column sample_id is missing") as caught:
        track(out, uri=f"sqlite:///{out.parent / 'mlflow.db'}")
    assert str(caught.value).startswith(f"{path}: ")


@pytest.mark.parametrize("column", ["uri", "sample_id", "subject_id", "modality"])
def test_samples_without_a_column_are_refused_before_their_names_are_looked_up(column: str, out: Path) -> None:
    pq.write_table(pq.read_table(out / "samples.parquet").drop_columns(column), out / "samples.parquet")
    document = yaml.safe_load((out / "plan.yaml").read_text())
    document["plan"]["dataset"]["samples_sha256"] = sha256_file(out / "samples.parquet")
    document["sha256"] = canonical_hash(document["plan"])
    (out / "plan.yaml").write_text(yaml.safe_dump(document))
    _record(out, **{name: sha256_file(out / name) for name in ("samples.parquet", "plan.yaml")})
    with pytest.raises(HarnessError, match=f"column {column} is missing"):
        track(out, uri=f"sqlite:///{out.parent / 'mlflow.db'}")


def test_a_file_larger_than_any_that_a_run_writes_is_not_copied(out: Path, into: Path) -> None:
    with (out / "results.parquet").open("ab") as file:
        file.truncate(5 * 2**30)  # zeros that take no room on the disk
    with pytest.raises(HarnessError, match=r"changed after the run was finished: results\.parquet"):
        verified_copy(RunFolder(out), into)
    assert not (into / "results.parquet").exists()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("s3://bucket/run", "s3://bucket/run: this command reads folders"),
        ("nothing", "Is this the folder of a run"),
    ],
)
def test_an_address_or_no_folder_is_no_unfinished_run(path: str, words: str, into: Path) -> None:
    with pytest.raises(HarnessError, match=words):
        verified_copy(RunFolder(Path(path)), into)
