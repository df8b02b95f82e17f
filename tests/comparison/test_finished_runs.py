"""Runs read for a comparison: what is refused, and how they are named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.comparison.finished_runs import names_of, read_finished_run
from harness.errors import HarnessError

WriteFinishedRun = Callable[..., Path]


def test_only_the_system_under_test_is_read(write_finished_run: WriteFinishedRun) -> None:
    run = read_finished_run(write_finished_run("a"))
    assert run.predictions["model"].unique().to_pylist() == ["voice"]
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
    from harness.evidence.run_folder import RunFolder

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
    with pytest.raises(HarnessError, match="runs of one plan"):
        names_of([run, run])
