"""`--json`: one document on standard output of every command, whatever else writes there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from forked_python import python

from harness.commands import json_answer

SMALL = [
    *("dataset=simulated_wearables", "dataset.subjects=6", "model=wearable_stress", "workers=0"),
    *("tracking.enabled=false", "measure.resamples=100", "measure.permutations=100"),
]


def told(*arguments: str, cwd: Path | None = None) -> tuple[int, dict[str, Any], str]:
    """The exit code, the document and what standard error shows."""
    called = python("-m", "harness.commands.main", *arguments, cwd=cwd)
    lines = called.stdout.splitlines()
    assert len(lines) == 1, called.stdout
    return called.returncode, json.loads(lines[0]), called.stderr


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder of a run, and its document."""
    folder = tmp_path_factory.mktemp("json") / "run"
    code, document, shown = told("run", "--json", *SMALL, f"out={folder}")
    assert code == document["exit_code"] == 0
    assert "report:" in shown  # people read it on standard error
    return folder, document


def test_a_run_says_what_its_tables_say(finished: tuple[Path, dict[str, Any]]) -> None:
    folder, document = finished
    found = document["found"]
    assert Path(found["report"]) == folder / "report.html"
    assert (found["system"], found["num_samples"], found["num_subjects"]) == ("wearable_stress", 24, 6)
    stored = {
        (row["model"], row["metric"]): row["value"]
        for row in pq.read_table(folder / "results.parquet").to_pylist()
        if (row["axis"], row["statistic"], row["kind"], row["condition"])
        == ("overall", "level", "metric", "clean")
    }
    shown = {(row["model"], row["metric"]): row["value"] for row in found["metrics"]}
    assert shown == stored
    assert any(row["group"] == "monk_01" for row in found["not_tested"])
    assert any(row["check"] == "recording condition" and row["remedy"] for row in found["findings"])
    assert any(table["title"].startswith("wearable_stress on") for table in document["tables"])


def test_score_and_compare(finished: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    folder, document = finished
    code, scored, _ = told("score", str(folder), "--json")
    assert (code, scored["found"]["equal"], scored["found"]["changed_files"]) == (0, True, [])
    assert scored["found"]["metrics"] == document["found"]["metrics"]
    results = folder / "results.csv"
    kept = results.read_bytes()
    results.write_bytes(kept + b"\n")
    code, changed, _ = told("score", str(folder), "--json")
    results.write_bytes(kept)
    assert (code, changed["exit_code"], changed["found"]["equal"]) == (1, 1, False)
    assert changed["found"]["changed_files"] == ["results.csv"]
    code, compared, _ = told("--json", "compare", str(folder), str(folder), cwd=tmp_path)
    assert compared["exit_code"] == code
    assert (code, bool(compared["error"])) == (2, True)  # twice the same run


def test_plan_and_check_and_lists(tmp_path: Path) -> None:
    _, planned, _ = told("plan", SMALL[0], "dataset.subjects=40", "--json")
    assert planned["found"]["power"]["sex"]["num_pairs"] == 1
    _, listed, _ = told("list", "models", "--json")
    assert {"majority", "facex"} <= {row["name"] for row in listed["tables"][0]["rows"]}
    _, card, _ = told("show", "dataset", "ravdess", "--json")
    assert card["found"]["card"]["licence"]["name"] == "CC BY-NC-SA 4.0"
    _, keys, _ = told(
        "keys", "new", "key", "--name", "A", "--role", "b", "--organisation", "C", "--json", cwd=tmp_path
    )
    assert keys["found"] == {"private_key": "key", "public_key": "key.pub"}


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["score", "/no/such"], "Error [run]: /no/such: there is no plan.yaml. Is this the folder of a run?"),
        ([], "Error [choices]: wrong use of the command; standard error says how it is used."),
        (["nonsense"], "Error [choices]: No such command 'nonsense'."),
        (["status"], "Error [choices]: Missing argument 'DIR'."),
        (["score"], "Error [choices]: Missing argument 'DIR'."),
        (
            ["list", "nonsense"],
            "Error [choices]: Invalid value for 'KIND': 'nonsense' is not one of 'datasets', 'models', 'readers', "
            "'metrics', 'checks', 'conditions', 'executors', 'practice_tests'.",
        ),
        (["run", "seed"], None),
        (["run", "--nonsense"], "Error [choices]: wrong use of the command; standard error says how it is used."),
        (
            ["run", "dataset=ravdess", "model=majority"],
            "Error [dataset]: dataset ravdess: give its folder with dataset.root=PATH (in Python root=PATH). "
            "`harness show dataset ravdess` says how to get it.",
        ),
    ],
)
def test_errors_are_in_the_document(arguments: list[str], error: str | None) -> None:
    code, document, shown = told(*arguments, "--json")
    assert code == document["exit_code"] == 2
    assert document["error"].startswith(f"Error [{document['error_code']}]: ")
    assert error in (None, document["error"])
    assert shown.strip()
    if "standard error says" not in document["error"]:  # people are told the same, with the code
        assert document["error"] in shown


@pytest.mark.slow
def test_of_a_sweep_the_first_error_is_in_the_document(tmp_path: Path) -> None:
    code, document, _ = told("run", "-m", "dataset=ravdess", "model=majority,human_raters", "--json", cwd=tmp_path)
    assert (code, document["exit_code"], document["error_code"]) == (2, 2, "dataset")
    assert document["error"].startswith("Error [dataset]: dataset ravdess: give its folder")
    assert document["error"].endswith("[study 1: model=majority]")
    assert [study["code"] for study in document["found"]["studies"]] == [2, 2]


def test_without_the_flag_nothing_changes() -> None:
    listed = python("-m", "harness.commands.main", "list", "executors")
    assert listed.stdout.startswith("name")


def test_what_follows_two_dashes_is_no_flag() -> None:
    assert json_answer.take_flag(["run", "--", "--json"]) == ["run", "--", "--json"]
    assert not json_answer.is_wanted()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk_is_one_message() -> None:
    command = [sys.executable, "-m", "harness.commands.main", "list", "executors", "--json"]
    with Path("/dev/full").open("wb") as full:
        failed = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env={**os.environ})
    assert failed.returncode == 2
    assert "Traceback" not in failed.stderr
    assert "No space left on device" in failed.stderr


def test_numbers_that_are_not_finite_are_null() -> None:
    assert json_answer._plain({"a": [float("nan"), float("-inf"), 1.5], Path("b"): {True}}) == {
        "a": [None, None, 1.5],
        "b": [True],
    }
