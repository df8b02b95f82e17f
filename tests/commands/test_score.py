"""What ``harness score`` says of the files that a run has read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from silent import Silent

from harness.commands.score import rescore
from harness.errors import HarnessError
from harness.evidence.pseudonyms import pseudonymise
from harness.evidence.run_folder import DERIVED, RunFolder
from harness.files import sha256_file
from harness.study.compose import compose_study
from harness.study.run_study import run
from harness.tables.versions import read_table, write_table


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "samples.csv").write_text("sample_id,subject_id,label\na,p,sad\nb,q,happy\n")
    options = [
        *("dataset=table", f"dataset.root={tmp_path / 'data'}", "dataset.modality=voice"),
        *("dataset.label_source=acted", "model=majority", "tracking.enabled=false", "measure.resamples=100"),
        *("measure.permutations=100", f"out={tmp_path / 'out'}"),
    ]
    return run(compose_study(options), Silent()).folder.path


def test_it_says_what_is_listed(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = json.loads((out / "run.json").read_text())["media"]["merkle_root"]
    assert rescore(out, None)
    assert f"Media: 1 file, 45 bytes, Merkle root {root}, as run.json lists them" in capsys.readouterr().out


def test_it_names_the_run_as_the_report_does(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    started = json.loads((out / "run.json").read_text())["started"]
    sha256 = yaml.safe_load((out / "plan.yaml").read_text())["sha256"]
    assert rescore(out, None)
    assert f"Run {sha256[:8]} of {started[:10]}: 2 samples of 2 subjects\n" in capsys.readouterr().out


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


def _bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _fit_hashes(out: Path) -> None:
    """Write the present hashes of all files into ``run.json``, as somebody would who has changed a file."""
    record = json.loads((out / "run.json").read_text())
    record["files"] = {name: sha256_file(out / name) for name in record["files"]}
    (out / "run.json").write_text(json.dumps(record))


def test_equal_results_are_said_to_show_what_they_can(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert rescore(out, None)
    said = capsys.readouterr().out
    assert "equal to those of the run, to the byte" in said
    assert "It cannot show who wrote them" in said
    assert said.rstrip().endswith(sha256_file(out / "run.json"))


def test_another_run_is_not_overwritten(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = shutil.copytree(out, out.with_name("other"))
    (other / "results.csv").write_text("the numbers of another run")
    before = _bytes(other)
    with pytest.raises(HarnessError, match="folder of a run"):
        rescore(out, other)
    for name in ("plan.yaml", "results.csv", ".lock"):
        (other / name).unlink(missing_ok=True)
    with pytest.raises(HarnessError, match="folder of a run"):  # what is left of it is evidence still
        rescore(out, other)
    assert _bytes(other) == {name: data for name, data in before.items() if name in _bytes(other)}
    assert "equal" not in capsys.readouterr().out


def test_other_peoples_files_stay_among_themselves(out: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "thesis.txt").write_text("mine")
    with pytest.raises(HarnessError, match=r"contains thesis\.txt"):
        rescore(out, tmp_path / "notes")
    with pytest.raises(HarnessError, match="this is a file"):
        rescore(out, tmp_path / "notes" / "thesis.txt")
    (tmp_path / "nowhere").symlink_to(tmp_path / "gone")
    with pytest.raises(HarnessError, match="broken link"):
        rescore(out, tmp_path / "nowhere")
    assert [path.name for path in (tmp_path / "notes").iterdir()] == ["thesis.txt"]


def test_results_may_be_written_twice_into_one_folder(out: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert rescore(out, tmp_path / "again")
    assert {name: (out / name).read_bytes() for name in DERIVED} == _bytes(tmp_path / "again")


def test_an_edited_folder_is_compared_before_anything_is_written(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (out / "results.csv").write_text((out / "results.csv").read_text().replace("0.5", "0.9"))
    before = _bytes(out)
    (out.parent / "link").symlink_to(out)
    for into in (out, out / ".." / out.name, out.parent / "link"):
        assert not rescore(out, into)
        printed = capsys.readouterr()
        assert "results.csv: differs" in printed.err
        assert "equal" not in printed.out
        assert _bytes(out) == before


def test_what_is_lost_is_made_again_only_as_the_run_wrote_it(out: Path) -> None:
    whole = _bytes(out)
    (out / "report.html").unlink()
    assert rescore(out, None)
    assert _bytes(out) == whole
    (out / "report.html").unlink()
    record = json.loads((out / "run.json").read_text())
    record["files"]["report.html"] = "0" * 64
    (out / "run.json").write_text(json.dumps(record))
    assert not rescore(out, None)
    assert not (out / "report.html").exists()


def test_without_its_record_a_run_is_not_equal(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (out / "run.json").unlink()
    assert not rescore(out, None)
    printed = capsys.readouterr()
    assert "equal" not in printed.out
    assert "run.json is missing" in printed.err


def test_a_record_that_names_nothing_shows_nothing(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(record | {"files": {}, "media": None}))
    assert not rescore(out, None)
    assert "run.json has no hash of plan.yaml, samples.parquet, predictions.parquet" in capsys.readouterr().err


def test_other_samples_than_the_plans_are_found_although_their_hash_fits(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = pq.read_table(out / "samples.parquet")
    turned = samples.set_column(samples.column_names.index("label"), "label", samples["label"].take([1, 0]))
    pq.write_table(turned.replace_schema_metadata(samples.schema.metadata), out / "samples.parquet")
    rescore(out, out.with_name("made"))
    for name in DERIVED:
        shutil.copy(out.with_name("made") / name, out / name)
    _fit_hashes(out)
    capsys.readouterr()
    assert not rescore(out, None)
    assert "samples.parquet is not what the run wrote" in capsys.readouterr().err


def test_a_pseudonymised_run_that_is_matched_on_attributes_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The run's own samples have no rank; those that are sent to MLflow have."""
    (tmp_path / "data").mkdir()
    rows = "a,p,sad,female\nb,q,happy,male\n"
    (tmp_path / "data" / "samples.csv").write_text(f"sample_id,subject_id,label,attr.sex\n{rows}")
    options = [
        *("dataset=table", f"dataset.root={tmp_path / 'data'}", "dataset.modality=voice"),
        *("dataset.label_source=acted", "model=majority", "tracking.enabled=false", "measure.resamples=100"),
        *("measure.permutations=100", "measure.match_on=[attr.sex]", f"out={tmp_path / 'out'}"),
    ]
    out = run(compose_study(options), Silent()).folder.path
    assert rescore(out, None)
    assert "pseudonymised" not in capsys.readouterr().err

    samples, predictions = pseudonymise(
        read_table(out / "samples.parquet", "samples").table,
        read_table(out / "predictions.parquet", "predictions").table,
    )
    folder = RunFolder(tmp_path / "sent")
    write_table(samples, "samples", folder / "samples.parquet")
    write_table(predictions, "predictions", folder / "predictions.parquet")
    shutil.copy(out / "folds.json", folder / "folds.json")
    plan = RunFolder(out).read_plan().plan
    plan["dataset"]["samples_sha256"] = sha256_file(folder / "samples.parquet")
    folder.write_plan(plan)
    rescore(folder.path, None)
    assert "Note: The samples are pseudonymised: of attr.sex" in " ".join(capsys.readouterr().err.split())
