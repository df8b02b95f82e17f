"""Finished runs compared, from folders to files."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from rows_in_short import in_short
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from harness.comparison.compare_runs import WRITTEN, compare_runs
from harness.errors import HarnessError
from harness.report.comparison_page import render_comparison
from harness.tables.results import select
from harness.tables.schemas import RESULTS
from harness.tables.versions import read_table

WriteFinishedRun = Callable[..., Path]


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in WRITTEN}


def test_differences_are_those_of_the_models_own_values(
    write_finished_run: WriteFinishedRun, tmp_path: Path
) -> None:
    runs = [write_finished_run("a", skill=0.8), write_finished_run("b", model="face", skill=0.6)]
    compare_runs(runs, into=tmp_path / "out")
    table = pq.read_table(tmp_path / "out" / "compare.parquet")
    assert table.schema.equals(RESULTS)
    rows = {
        (r["model"], r["versus_model"], r["metric"], r["statistic"], in_short(r)): r for r in table.to_pylist()
    }
    for group in ("all", "female"):
        for metric, oracle in (("accuracy", accuracy_score), ("uar", balanced_accuracy_score)):
            expected = [oracle(*truth_and_answers(run, group)) for run in runs]
            found = [rows[model, None, metric, "level", group]["value"] for model in ("voice", "face")]
            assert found == pytest.approx(expected)
            assert rows["voice", "face", metric, "difference", group]["value"] == pytest.approx(
                expected[0] - expected[1]
            )
    place = ("voice", "face", "uar", "index")
    p, corrected = (rows[*place, f"global_test_p{end}"]["value"] for end in ("", "_corrected"))
    assert 0 < p <= corrected <= 1


def test_worse_for_a_group_is_said_where_it_is_not_worse_overall(
    write_finished_run: WriteFinishedRun, tmp_path: Path
) -> None:
    old = write_finished_run("old", skill=0.55)
    new = write_finished_run("new", model="update", skill=0.95, female_skill=0.35)
    compared = compare_runs([old, new], into=tmp_path / "out")
    beginning = "update is worse than voice for female (sex), though not worse overall: "
    assert any(text.startswith(beginning) for text in compared.conclusions)


def test_three_runs_are_compared_in_every_pair(write_finished_run: WriteFinishedRun, tmp_path: Path) -> None:
    runs = [write_finished_run(name, model=name) for name in ("a", "bb", "ccc")]
    compared = compare_runs(runs, into=tmp_path / "out")
    pairs = {(d.first, d.second) for d in compared.comparison.differences}
    assert pairs == {("a", "bb"), ("a", "ccc"), ("bb", "ccc")}


def test_the_same_runs_elsewhere_give_the_same_bytes(write_finished_run: WriteFinishedRun, tmp_path: Path) -> None:
    runs = [write_finished_run("a"), write_finished_run("b", model="face", skill=0.6)]
    compare_runs(runs, into=tmp_path / "out")
    moved = [shutil.copytree(run, tmp_path / "elsewhere" / f"{run.name}-moved") for run in runs]
    compare_runs(moved, into=tmp_path / "again")
    assert contents(tmp_path / "out") == contents(tmp_path / "again")


def test_the_page_follows_from_the_two_stored_files(write_finished_run: WriteFinishedRun, tmp_path: Path) -> None:
    runs = [write_finished_run("a"), write_finished_run("b", model="face", female_skill=0.2)]
    compared = compare_runs(runs, into=tmp_path / "out")
    document = json.loads((tmp_path / "out" / "compare.json").read_text())
    assert document["schema"] == 1
    stored = read_table(tmp_path / "out" / "compare.parquet", "results").table
    page = (tmp_path / "out" / "comparison.html").read_text()
    assert render_comparison(document, stored) == page
    rows = select(stored, model="voice", versus_model="face", statistic="difference", metric="uar").to_pylist()
    found = [d for d in compared.comparison.differences if d.metric.name == "uar"]
    assert [(r["group"], r["own_value"], r["versus_value"], r["p"], r["p_corrected"]) for r in rows] == [
        (d.group, d.first_value, d.second_value, d.p, d.p_corrected) for d in found
    ]
    assert [row["own_value"] - row["versus_value"] for row in rows] == pytest.approx([r["value"] for r in rows])


def test_what_only_some_runs_have_is_left_out_and_counted(
    write_finished_run: WriteFinishedRun, tmp_path: Path
) -> None:
    runs = [
        write_finished_run("a", subjects=range(20)),
        write_finished_run("b", model="face", subjects=range(4, 24)),
    ]
    compared = compare_runs(runs, into=tmp_path / "out")
    assert (compared.num_shared, compared.num_subjects, compared.num_left_out) == (16 * 12, 16, [48, 48])
    document = json.loads((tmp_path / "out" / "compare.json").read_text())
    assert [run["num_left_out"] for run in document["runs"]] == [48, 48]


def test_the_record_names_what_was_compared_by_hash_and_not_by_place(
    write_finished_run: WriteFinishedRun, tmp_path: Path
) -> None:
    runs = [write_finished_run("a"), write_finished_run("b", model="face")]
    compare_runs(runs, into=tmp_path / "out", tolerance=0.2, seed=3)
    text = (tmp_path / "out" / "compare.json").read_text()
    assert str(tmp_path) not in text
    document = json.loads(text)
    recorded = json.loads((runs[0] / "run.json").read_text())["files"]
    assert document["runs"][0]["files"]["predictions.parquet"] == recorded["predictions.parquet"]
    assert (document["settings"]["tolerance"], document["settings"]["seed"]) == (0.2, 3)


def test_the_default_folder_is_named_after_what_is_compared(
    write_finished_run: WriteFinishedRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [write_finished_run("a"), write_finished_run("b", model="face")]
    monkeypatch.chdir(tmp_path)
    one, same = compare_runs(runs), compare_runs(runs)
    other = compare_runs(runs, tolerance=0.3)
    assert one.folder == same.folder != other.folder
    assert one.folder.parent == Path("outputs")


def test_other_files_are_never_mixed_with(write_finished_run: WriteFinishedRun, tmp_path: Path) -> None:
    runs = [write_finished_run("a"), write_finished_run("b", model="face")]
    with pytest.raises(HarnessError, match=r"not that of a comparison \(it contains plan.yaml\)"):
        compare_runs(runs, into=runs[0])
    (tmp_path / "file").write_text("mine")
    with pytest.raises(HarnessError, match="this is a file"):
        compare_runs(runs, into=tmp_path / "file")


def test_half_written_files_of_a_killed_comparison_are_cleared(
    write_finished_run: WriteFinishedRun, tmp_path: Path
) -> None:
    runs = [write_finished_run("a"), write_finished_run("b", model="face")]
    out = tmp_path / "out"
    out.mkdir()
    (out / ".compare.parquet.x1.part").write_bytes(b"PAR1")
    (out / "compare.parquet").write_bytes(b"PAR1")
    compare_runs(runs, into=out)
    assert {path.name for path in out.iterdir()} == set(WRITTEN)


def test_runs_with_intervals_of_another_level_are_refused(write_finished_run: WriteFinishedRun) -> None:
    runs = [write_finished_run("a"), write_finished_run("b", model="face", measure={"level": 0.9})]
    with pytest.raises(HarnessError, match=r"level 0\.95, .* with 0\.9"):
        compare_runs(runs)


def test_of_runs_with_other_seeds_one_must_be_chosen(write_finished_run: WriteFinishedRun, tmp_path: Path) -> None:
    runs = [write_finished_run("a"), write_finished_run("b", model="face", plan_seed=5)]
    with pytest.raises(HarnessError, match=r"has the seed 0, .* 5\. Choose the seed"):
        compare_runs(runs)
    assert compare_runs(runs, into=tmp_path / "out", seed=5).settings.seed == 5


@pytest.mark.parametrize("num", [1, 21])
def test_too_few_or_too_many_runs_are_refused(write_finished_run: WriteFinishedRun, num: int) -> None:
    with pytest.raises(HarnessError, match=f"{num} folders"):
        compare_runs([write_finished_run("a")] * num)


def test_hostile_names_are_escaped_everywhere(write_finished_run: WriteFinishedRun, tmp_path: Path) -> None:
    def hostile(row: dict[str, object]) -> dict[str, object]:
        group = "=cmd|' /C calc'!A0" if row["attr.sex"] == "male" else "\u202efemale"
        return row | {"attr.<script>alert(1)</script>": group}

    evil = "<img src=x onerror=alert(1)>"
    runs = [
        write_finished_run("a", model=evil, relabel=hostile),
        write_finished_run("b", model="b\u202e", relabel=hostile),
    ]
    compare_runs(runs, into=tmp_path / "out")
    page = (tmp_path / "out" / "comparison.html").read_text()
    assert tags(page) & {"script", "img"} == set()
    assert "\u202e" not in page
    with (tmp_path / "out" / "compare.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == pq.read_table(tmp_path / "out" / "compare.parquet").num_rows + 1


def truth_and_answers(run: Path, group: str) -> tuple[list[str], list[str]]:
    samples = {row["sample_id"]: row for row in pq.read_table(run / "samples.parquet").to_pylist()}
    predictions = [
        row for row in pq.read_table(run / "predictions.parquet").to_pylist() if row["model"] != "majority"
    ]
    chosen = [row for row in predictions if group in ("all", samples[row["sample_id"]]["attr.sex"])]
    return [samples[row["sample_id"]]["label"] for row in chosen], [row["label"] for row in chosen]


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.add(tag)


def tags(page: str) -> set[str]:
    parser = _Tags()
    parser.feed(page)
    return parser.found


def test_pseudonymised_runs_that_are_matched_on_attributes_are_told(
    write_finished_run: WriteFinishedRun, tmp_path: Path
) -> None:
    def with_rank(row: dict[str, Any]) -> dict[str, Any]:
        return {**row, "subject_rank": int(row["subject_id"][1:])}

    matched = {"measure": {"match_on": ["label", "attr.sex"]}, "relabel": with_rank}
    runs = [write_finished_run("a", **matched), write_finished_run("b", model="face", skill=0.6, **matched)]
    compared = compare_runs(runs, into=tmp_path / "out")
    told = "all runs: The samples are pseudonymised: of attr.sex they have people's groups"
    assert any(note.startswith(told) for note in compared.notes)


def test_a_run_by_a_split_that_leaks_is_told(write_finished_run: WriteFinishedRun, tmp_path: Path) -> None:
    leak = {
        "folds": "split",
        "allow_leak": True,
        "leaked_subjects": 2,
        "notes": ["The split has the same people."],
    }
    runs = [write_finished_run("a", protocol=leak), write_finished_run("b", model="face", skill=0.6)]
    assert compare_runs(runs, into=tmp_path / "out").notes[0].endswith(": The split has the same people.")
    assert "The split has the same people." in (tmp_path / "out/comparison.html").read_text()
