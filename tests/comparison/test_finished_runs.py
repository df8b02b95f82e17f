"""Runs read for a comparison: what is refused, and how they are named."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from harness.comparison.differing_files import other_predictions
from harness.comparison.finished_runs import FinishedRun, names_of, read_finished_run
from harness.errors import HarnessError
from harness.evidence.media_identity import media_identity
from harness.evidence.run_folder import RunFolder
from harness.tables.file_table import FileRead, files_table
from harness.tables.versions import write_table

WriteFinishedRun = Callable[..., Path]


def test_only_the_system_under_test_is_read(write_finished_run: WriteFinishedRun) -> None:
    run = read_finished_run(write_finished_run("a"))
    (rows,) = run.answers.read(["answer.model", "answer.label"])
    stored = pq.read_table(run.path / "predictions.parquet")
    assert rows["answer.model"].unique().to_pylist() == ["voice"]
    assert rows["answer.label"].equals(stored.filter(pc.equal(stored["model"], "voice"))["label"])
    assert run.settings.permutations == 400
    assert set(run.files) == {"samples.parquet", "predictions.parquet"}


def test_an_interrupted_run_is_refused(write_finished_run: WriteFinishedRun) -> None:
    with pytest.raises(HarnessError, match="not finished"):
        read_finished_run(write_finished_run("a", finish=False))


@pytest.mark.parametrize("name", ["samples.parquet", "predictions.parquet", "plan.yaml"])
def test_changed_evidence_is_refused(write_finished_run: WriteFinishedRun, name: str) -> None:
    run = write_finished_run("a")
    with (run / name).open("ab") as file:
        file.write(b"\n# changed")
    with pytest.raises(HarnessError, match=f"{name} is not what the run wrote"):
        read_finished_run(run)


def test_a_missing_table_is_refused(write_finished_run: WriteFinishedRun) -> None:
    run = write_finished_run("a")
    (run / "predictions.parquet").unlink()
    with pytest.raises(HarnessError, match=r"predictions.parquet is not what the run wrote"):
        read_finished_run(run)


@pytest.mark.parametrize("files", [{}, {"samples.parquet": 3, "predictions.parquet": None}])
def test_a_record_without_the_hashes_of_the_tables_is_refused(
    write_finished_run: WriteFinishedRun, files: dict[str, object]
) -> None:
    run = write_finished_run("a")
    (run / "run.json").write_text(json.dumps({"files": files}))
    with pytest.raises(HarnessError, match=r"no hash of samples\.parquet"):
        read_finished_run(run)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": None}, "not a plan that this version"),
        ({"dataset": {"name": 3}}, "does not say which system"),
        ({"measure": {}}, "not a plan that this version"),
        ({"attributes": {"axes": "sex"}}, "not a plan that this version"),
        ({"seed": "0" * 9}, "not a plan that this version"),
    ],
)
def test_a_plan_from_elsewhere_must_fit(
    write_finished_run: WriteFinishedRun, changes: dict[str, object], message: str, tmp_path: Path
) -> None:
    run = write_finished_run("a")
    plan = RunFolder(run).read_plan().plan
    RunFolder(tmp_path / "made").write_plan({**plan, **changes})
    with pytest.raises(HarnessError, match=message):
        read_finished_run(tmp_path / "made")


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="Is this the folder of a run"):
        read_finished_run(tmp_path)
    with pytest.raises(HarnessError, match="Is this the folder of a run"):
        read_finished_run(tmp_path / "absent")


def test_runs_of_one_system_are_named_by_what_sets_them_apart(write_finished_run: WriteFinishedRun) -> None:
    finished = [
        read_finished_run(
            write_finished_run("a", options={"features": ["f0", "mfcc"], "svm": {"folds": 8, "c": 1}})
        ),
        read_finished_run(write_finished_run("b", options={"features": ["f0"], "svm": {"folds": 8, "c": 2}})),
        read_finished_run(write_finished_run("c", model="face", options={"features": ["f0"]})),
    ]
    assert names_of(finished) == ["voice (features=f0+mfcc, svm.c=1)", "voice (features=f0, svm.c=2)", "face"]


def _of_version(write: WriteFinishedRun, folder: Path, version: str | None, file_sha256: str) -> FinishedRun:
    """A run of answers from a file, on a dataset that states a version as well."""
    run = read_finished_run(write(folder.name))
    plan = RunFolder(run.path).read_plan().plan
    model = plan["model"] | {"options": {"version": version}, "facts": {"file_sha256": file_sha256}}
    dataset = plan["dataset"] | {"options": {"version": "3"}}
    return replace(run, plan=plan | {"model": model, "dataset": dataset}, plan_sha256=file_sha256)


def test_versions_name_runs_before_hashes_do(write_finished_run: WriteFinishedRun, tmp_path: Path) -> None:
    old = _of_version(write_finished_run, tmp_path / "a", "2.1", "1" * 64)
    new = _of_version(write_finished_run, tmp_path / "b", "2.2", "2" * 64)
    same = _of_version(write_finished_run, tmp_path / "c", "2.2", "3" * 64)
    assert names_of([old, new]) == ["voice (model.version=2.1)", "voice (model.version=2.2)"]
    assert names_of([new, same]) == ["voice (facts.file_sha256=22222222)", "voice (facts.file_sha256=33333333)"]
    assert names_of([old, new, same]) == [
        "voice (model.version=2.1, facts.file_sha256=11111111)",
        "voice (model.version=2.2, facts.file_sha256=22222222)",
        "voice (model.version=2.2, facts.file_sha256=33333333)",
    ]


def test_runs_that_differ_in_nothing_that_is_named_are_told_apart_by_the_hash_of_their_plans(
    write_finished_run: WriteFinishedRun,
) -> None:
    finished = [
        read_finished_run(write_finished_run("a")),
        read_finished_run(write_finished_run("b", device="cuda")),
    ]
    first, second = names_of(finished)
    assert first.startswith("voice ")
    assert len(first) == len(second) == len("voice ") + 8
    assert first != second


def test_a_run_is_not_compared_with_itself(write_finished_run: WriteFinishedRun) -> None:
    run = read_finished_run(write_finished_run("a"))
    with pytest.raises(HarnessError, match="runs of one plan with the same predictions: nothing to compare"):
        names_of([run, run])


def with_files(run: Path, *files: FileRead) -> Path:
    """The run as if it had read these files."""
    write_table(files_table(files), "files", run / "files.parquet")
    record = json.loads((run / "run.json").read_text())
    del record["files"]
    RunFolder(run).write_run(record | {"media": media_identity(files)})
    return run


def test_runs_of_one_plan_over_other_files_are_named_by_their_files(
    write_finished_run: WriteFinishedRun,
) -> None:
    one = with_files(write_finished_run("a"), FileRead("x.wav", 1, "a" * 64))
    other = with_files(write_finished_run("b"), FileRead("x.wav", 1, "b" * 64))
    same = with_files(write_finished_run("c"), FileRead("x.wav", 1, "a" * 64))
    another = with_files(write_finished_run("d", device="cuda"), FileRead("x.wav", 1, "b" * 64))
    runs = {path.name: read_finished_run(path) for path in (one, other, same, another, write_finished_run("e"))}
    roots = {name: str(run.media_root)[:8] for name, run in runs.items()}
    plans = {name: run.plan_sha256[:8] for name, run in runs.items()}
    assert roots["a"] == roots["c"] != roots["b"]
    assert names_of([runs["a"], runs["b"]]) == [f"voice (files {roots['a']})", f"voice (files {roots['b']})"]
    assert names_of([runs["a"], runs["b"], runs["d"]]) == [
        f"voice {plans['a']} (files {roots['a']})",
        f"voice {plans['b']} (files {roots['b']})",
        f"voice {plans['d']}",
    ]
    assert names_of([runs["a"], runs["e"]]) == [f"voice (files {roots['a']})", "voice (files not listed)"]
    with pytest.raises(HarnessError, match="runs of one plan with the same predictions: nothing to compare"):
        names_of([runs["a"], runs["c"]])


def test_runs_of_one_plan_with_other_predictions_are_told_apart_by_them(
    write_finished_run: WriteFinishedRun,
) -> None:
    """Also those of before files were listed, of which nobody knows whether they read the same."""
    unlisted = [read_finished_run(write_finished_run(f"old{skill}", skill=skill)) for skill in (0.7, 0.5)]
    file = FileRead("x.wav", 1, "a" * 64)
    listed = [
        read_finished_run(with_files(write_finished_run(f"new{skill}", skill=skill), file)) for skill in (0.7, 0.5)
    ]
    for runs, why in (
        (unlisted, "It is not known whether they read the same files"),
        (listed, "and same files, "),
    ):
        marks = [run.files["predictions.parquet"][:8] for run in runs]
        assert marks[0] != marks[1]
        names = names_of(runs)
        assert [name.rpartition("voice ")[2] for name in names] == [f"(predictions {mark})" for mark in marks]
        (note,) = other_predictions(runs, names)
        assert note.startswith(f"{names[0]} and {names[1]}: same plan")
        assert why in note
    assert list(other_predictions([unlisted[0], unlisted[0]], ["a", "b"])) == []
    another = with_files(write_finished_run("other files", skill=0.5), FileRead("x.wav", 1, "b" * 64))
    assert list(other_predictions([listed[0], read_finished_run(another)], ["a", "b"])) == []


@pytest.mark.parametrize(
    ("media", "message"),
    [
        (None, "does not say which files were read"),
        (3, "not the record of a run"),
        ({}, "does not say which files were read"),
        ({"merkle_root": 3}, "does not say which files were read"),
    ],
)
def test_a_record_that_does_not_say_what_its_files_are_is_refused(
    write_finished_run: WriteFinishedRun, media: object, message: str
) -> None:
    run = with_files(write_finished_run("a"), FileRead("x.wav", 1, "a" * 64))
    record = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(record | {"media": media}))
    with pytest.raises(HarnessError, match=message):
        read_finished_run(run)
