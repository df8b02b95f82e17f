"""A run without people who withdrew is the run that would have been made without them."""

from __future__ import annotations

import csv
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from packs_made import SUBJECTS, write_tables
from silent import Silent
from small_packs import NOW

import harness.study.withdrawn_run as module
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.files import read_json, write_json
from harness.scoring.score_run import score
from harness.study.compose import compose_study
from harness.study.run_study import run
from harness.study.withdrawn_run import withdraw
from harness.tables.file_table import FileRead
from harness.tables.versions import read_table

GONE = [SUBJECTS[3], SUBJECTS[8]]
EQUAL = (
    "samples.parquet",
    "predictions.parquet",
    "folds.json",
    "results.parquet",
    "results.csv",
    "curves.parquet",
)


def study(place: Path, *more: str) -> Path:
    choices = ["dataset=table", f"dataset.root={place}", "dataset.file=samples.csv", "model=predictions"]
    choices += [f"model.file={place / 'answers.csv'}", f"out={place / 'run'}", "tracking.enabled=false"]
    choices += ["measure.permutations=200", "measure.resamples=200", *more]
    return run(compose_study(choices), Silent()).folder.path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("finished")
    write_tables(place)
    return study(place)


def people_file(folder: Path, people: list[str], header: str = "subject_id") -> Path:
    path = folder / "people.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([[header], *([name] for name in people)])
    return path


def withdrawn(finished: Path, tmp_path: Path, people: list[str], reason: str = "At their request") -> Path:
    return withdraw(finished, people_file(tmp_path, people), tmp_path / "left", reason, NOW).folder.path


def test_it_is_the_run_that_would_have_been_made_without_them(finished: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    write_tables(fresh)
    for name in ("samples.csv", "answers.csv"):
        lines = (fresh / name).read_text().splitlines()
        (fresh / name).write_text("\n".join(line for line in lines if not line.startswith(tuple(GONE))))
    expected, found = study(fresh), withdrawn(finished, tmp_path, GONE)
    for name in EQUAL:
        assert (found / name).read_bytes() == (expected / name).read_bytes(), name
    plans = [RunFolder(path).read_plan().plan for path in (expected, found)]
    assert plans[1]["dataset"].pop("withdrawn") == {"subjects": 2, "samples": 12}
    for plan in plans:  # the file of answers is the one that the run read
        plan["model"].pop("facts")
    assert plans[1] == plans[0]


def test_nothing_names_them(finished: Path, tmp_path: Path) -> None:
    found = withdrawn(finished, tmp_path, GONE)
    for path in found.iterdir():
        text = (
            str(read_table(path, path.stem).table.to_pylist()) if path.suffix == ".parquet" else path.read_text()
        )
        for name in GONE:
            assert name not in text, path.name
    assert SUBJECTS[0] in str(read_table(found / "samples.parquet", "samples").table.to_pylist())
    record = read_json(found / "run.json")
    assert record["withdrawal"] == {"reason": "At their request", "subjects": 2, "samples": 12}
    assert (record["started"], record["finished"]) == (
        read_json(finished / "run.json")["started"],
        NOW.isoformat(timespec="seconds"),
    )
    assert RunFolder(found).changed_files() == []
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_a_choice_that_names_them_does_not_name_them_any_more(finished: Path, tmp_path: Path) -> None:
    run = RunFolder(Path(shutil.copytree(finished, tmp_path / "run")))
    plan, record = run.read_plan().plan, read_json(run / "run.json")
    plan["dataset"]["options"]["people"] = [GONE[0], SUBJECTS[0], GONE[1]]
    (run / "plan.yaml").unlink()
    run.write_plan(plan)
    run.write_run({name: value for name, value in record.items() if name not in ("files", "schema")})
    found = withdrawn(run.path, tmp_path, GONE)
    people = RunFolder(found).read_plan().plan["dataset"]["options"]["people"]
    assert people[1] == SUBJECTS[0]
    assert all(re.fullmatch("sub-[0-9a-f]{32}", name) for name in (people[0], people[2]))
    for name in ("plan.yaml", "report.html"):
        assert not any(gone in (found / name).read_text() for gone in GONE)


def test_what_is_left_scores_to_the_same_bytes(finished: Path, tmp_path: Path) -> None:
    found = withdrawn(finished, tmp_path, GONE)
    (tmp_path / "again").mkdir()
    score(RunFolder(found), tmp_path / "again")
    for name in ("results.parquet", "curves.parquet", "report.html"):
        assert (tmp_path / "again" / name).read_bytes() == (found / name).read_bytes()


def test_a_system_that_changed_is_not_forgotten_with_them(finished: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(finished, changed)
    system = {"weights_before": {"net.onnx": "a" * 64}, "weights_after": {"net.onnx": "b" * 64}}
    write_json({**read_json(changed / "run.json"), "system": system}, changed / "run.json")
    left = withdrawn(changed, tmp_path, GONE)
    assert read_json(left / "run.json")["system"] == system
    rows = read_table(left / "results.parquet", "results").table.to_pylist()
    assert [row["verdict"] for row in rows if row["metric"] == "frozen"] == ["not_met"]
    score(RunFolder(left), tmp_path / "again")
    assert (tmp_path / "again/results.parquet").read_bytes() == (left / "results.parquet").read_bytes()


def test_people_may_withdraw_one_after_another(finished: Path, tmp_path: Path) -> None:
    at_once = withdrawn(finished, tmp_path, GONE)
    first = withdraw(finished, people_file(tmp_path, GONE[:1]), tmp_path / "first", "r", NOW).folder.path
    both = withdraw(first, people_file(tmp_path, GONE[1:]), tmp_path / "both", "r", NOW).folder.path
    assert RunFolder(both).read_plan().plan == RunFolder(at_once).read_plan().plan
    assert (both / "results.parquet").read_bytes() == (at_once / "results.parquet").read_bytes()


def test_one_person_is_enough_to_measure(finished: Path, tmp_path: Path) -> None:
    found = withdrawn(finished, tmp_path, SUBJECTS[1:])
    rows = read_table(found / "results.parquet", "results").table.to_pylist()
    [accuracy] = [
        row
        for row in rows
        if (row["metric"], row["axis"], row["model"], row["statistic"])
        == ("accuracy", "overall", "predictions", "level")
    ]
    assert (accuracy["n_subjects"], accuracy["n_samples"]) == (1, 6)


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ([*GONE, "Nobody", "Somebody"], "2 subjects not among the 12 subjects of the run: Nobody and Somebody"),
        (SUBJECTS, "names everybody"),
        ([], "people.csv"),
        ([GONE[0].upper()], "not among"),
        (["=1+1"], "not among"),
        (["x" * 100_000], "people.csv"),
    ],
)
def test_wrong_people_are_named(finished: Path, tmp_path: Path, people: list[str], words: str) -> None:
    with pytest.raises(HarnessError, match=words):
        withdrawn(finished, tmp_path, people)
    assert not (tmp_path / "left").exists()


def test_another_column_is_named(finished: Path, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="there is no column subject_id; it has name"):
        withdraw(finished, people_file(tmp_path, GONE, "name"), tmp_path / "left", "r", NOW)


def test_a_reason_that_names_them_is_refused(finished: Path, tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="names somebody"):
        withdrawn(finished, tmp_path, GONE, f"{GONE[0]} asked for it")


def test_a_changed_run_is_refused(finished: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(finished, tmp_path / "run"))
    (copy / "samples.parquet").write_bytes((copy / "samples.parquet").read_bytes() + b" ")
    with pytest.raises(HarnessError, match="is not what the run wrote"):
        withdrawn(copy, tmp_path, GONE)
    (copy / "run.json").unlink()
    with pytest.raises(HarnessError, match="not finished"):
        withdrawn(copy, tmp_path, GONE)


def test_a_place_that_is_taken_is_refused(finished: Path, tmp_path: Path) -> None:
    (tmp_path / "left").mkdir()
    with pytest.raises(HarnessError, match="exists"):
        withdrawn(finished, tmp_path, GONE)


def test_a_run_that_is_stopped_half_way_leaves_nothing(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "score", stopped)
    with pytest.raises(KeyboardInterrupt):
        withdrawn(finished, tmp_path, GONE)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people.csv"]


def test_a_system_that_was_trained_on_them_cannot_forget_them(tmp_path: Path) -> None:
    choices = ["dataset=simulated_wearables", "dataset.subjects=6", "model=wearable_stress", "workers=0"]
    choices += [
        "tracking.enabled=false",
        "checks.enabled=false",
        "measure.permutations=100",
        f"out={tmp_path / 'run'}",
    ]
    folder = run(compose_study(choices), Silent()).folder
    someone = read_table(folder / "samples.parquet", "samples").table["subject_id"][0].as_py()
    with pytest.raises(HarnessError, match="wearable_stress was trained within the study on people who withdraw"):
        withdrawn(folder.path, tmp_path, [someone])


def test_files_of_those_who_withdrew_are_no_longer_listed(finished: Path) -> None:
    rows = read_table(finished / "samples.parquet", "samples").table
    gone, left = rows.slice(0, 6), rows.slice(6)
    paths = [f"{SUBJECTS[0]}/clip0.wav", f"{SUBJECTS[0]}/clip1.mp4", f"{SUBJECTS[0]}/clip2/a.csv", "samples.csv"]
    paths += [f"{SUBJECTS[1]}/clip0.wav"]
    files = [FileRead(path, 1, "0" * 64) for path in paths]
    assert [file.path for file in module._files_without(files, left, gone)] == paths[3:]
