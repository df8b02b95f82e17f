"""Runs that earlier versions wrote are still read, and score to the values that they were stored with."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

from harness.commands.score import rescore
from harness.comparison.compare_runs import compare_runs
from harness.errors import HarnessError
from harness.evidence.run_folder import DERIVED, RunFolder
from harness.files import canonical_hash
from harness.scoring.method_changes import explained
from harness.scoring.same_values import RowDifference, row_differences
from harness.scoring.score_run import score
from harness.tables.parquet_files import read_parquet, write_parquet
from harness.tables.versions import read_table
from harness.tracking.tracked_values import metrics, parameters, tags

GOLDEN = Path(__file__).parents[1] / "golden"
FOLDERS = sorted(path.parent for path in GOLDEN.glob("*/*/plan.yaml"))
STEPS = {"v1": ("plan 1→2", "plan 2→3", "folds 1→2", "results 1→2"), "v2": ("plan 2→3",)}
RESULTS_VERSION = {"v1": 1, "v2": 2}
NEW = {
    ("blind", "all"),
    ("frozen", "all"),
    ("answers", "all"),
    ("swapped_labels", "all"),
    ("collapsed", "one answer"),
    ("collapsed", "all"),
}
CHANGED = {
    "v1/table": NEW | {("support", "age")},
    "v1/wearable": NEW
    | {("support", axis) for axis in ("skin_tone", "age", "sex", "neurodivergence")}
    | {("recording_condition", about) for about in ("file properties", "time in the session", "ctx.motion")},
    "v1/faces": NEW
    | {("support", axis) for axis in ("skin_tone", "age", "neurodivergence")}
    | {("recording_condition", about) for about in ("file properties", "ctx.intensity", "ctx.lighting", "sex")},
    "v2/table": set(),
}
"""The checks of each kept run that are measured differently now, and what about: no other check may differ."""

CHANGED_LEVELS = {(metric, column) for metric in ("ece", "calibration_error_sq") for column in ("lo", "hi")} | {
    ("conformal_set_size", column) for column in ("lo", "hi", "level")
}
OF_CLASSES = ("uar", "macro_f1", "recall", "precision", "f1")
"""The levels that have another interval; none has another value."""


@pytest.fixture(params=FOLDERS, ids=lambda path: f"{path.parent.name}-{path.name}")
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> RunFolder:
    """A copy of a kept run."""
    shutil.copytree(request.param, tmp_path / request.param.parent.name)
    return RunFolder(tmp_path / request.param.parent.name)


@dataclass(frozen=True)
class Rescored:
    """A kept run that was scored again elsewhere."""

    run: RunFolder
    out: Path
    said: str
    said_of_errors: str
    is_equal: bool


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda path: f"{path.parent.name}-{path.name}")
def rescored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Rescored:
    """A copy of a kept run, scored once for all tests that only look at what was written."""
    place = tmp_path_factory.mktemp("rescored")
    run = RunFolder(shutil.copytree(request.param, place / request.param.parent.name))
    with redirect_stdout(StringIO()) as said, redirect_stderr(StringIO()) as said_of_errors:
        is_equal = rescore(run.path, place / "out")
    return Rescored(run, place / "out", said.getvalue(), said_of_errors.getvalue(), is_equal)


def test_there_are_runs_of_every_version() -> None:
    assert {path.parent.name for path in FOLDERS} == set(STEPS)
    assert len(FOLDERS) == 4


def test_an_earlier_run_scores_to_the_same_values(rescored: Rescored) -> None:
    assert rescored.is_equal
    version = rescored.run.path.name
    assert f"It was read with these steps: {', '.join(STEPS[version])}." in rescored.said
    num = read_table(rescored.out / "results.parquet", "results").table.num_rows
    found = changes(rescored.run, rescored.out)
    differing = {one.row for one in found}
    equal = f"the other {num - len(differing):,}" if differing else f"all {num:,}"
    assert f"The values are equal to those of the run in {equal} rows of the results." in rescored.said
    for change in explained(found, version=RESULTS_VERSION[version])[0]:
        assert f"{change.about}, " in rescored.said
    assert rescored.said_of_errors == ""
    (kept,) = _kept(rescored.run)
    assert sorted(path.name for path in rescored.run.path.iterdir()) == sorted(
        path.name for path in kept.iterdir()
    )


def _kept(run: RunFolder) -> list[Path]:
    """Where the kept run is that this one is a copy of."""
    return [path for path in FOLDERS if (path / "plan.yaml").read_bytes() == (run / "plan.yaml").read_bytes()]


def changes(folder: RunFolder, out: Path) -> list[RowDifference]:
    """Between what the run wrote and what was found now."""
    stored, found = (read_table(path / "results.parquet", "results").table for path in (folder.path, out))
    return row_differences(stored, found)


def is_new_interval(one: RowDifference) -> bool:
    """Whether it is an end of an interval over subjects, of a metric or a check that changed in nothing else.

    A class of few samples has no interval any more.
    """
    methods = ("subject bootstrap, expanded percentile", "jackknife over subjects, Student's t")
    if one.found is None and one.metric.partition(":")[0] in OF_CLASSES:
        return one.column in ("lo", "hi", "level") and one.statistic == "level"
    if (one.metric, one.column) in CHANGED_LEVELS:
        return False
    return (
        (one.method or "").startswith(methods)
        and one.column in ("lo", "hi")
        and (one.kind == "metric" or one.metric == "input_scale")
    )


def test_only_what_is_measured_differently_now_differs_from_an_earlier_run(rescored: Rescored) -> None:
    found = changes(rescored.run, rescored.out)
    assert explained(found, version=RESULTS_VERSION[rescored.run.path.name])[1] == []
    (kept,) = _kept(rescored.run)
    checks = [one for one in found if one.kind == "check" and not is_new_interval(one)]
    assert {(one.metric, one.row.rpartition(", ")[2]) for one in checks} == CHANGED[
        kept.relative_to(GOLDEN).as_posix()
    ]
    others = [one for one in found if one.statistic == "level" and not is_new_interval(one)]
    assert {(one.metric, one.column) for one in others} <= CHANGED_LEVELS
    by_row = read_table(rescored.out / "results.parquet", "results").table.to_pylist()
    of_levels = [row for row in by_row if row["statistic"] == "level" and row["lo"] is not None]
    assert all(row["lo"] <= row["value"] <= row["hi"] for row in of_levels)


def test_the_values_are_compared_to_the_twelfth_digit(rescored: Rescored) -> None:
    found = read_table(rescored.out / "results.parquet", "results").table
    stored = read_table(rescored.run / "results.parquet", "results").table
    before = row_differences(stored, found)
    rows = found.to_pylist()
    assert rows[5]["statistic"] == "level"
    rows[5]["value"] = 1e-9 + rows[5]["value"]
    (one,) = [one for one in row_differences(stored, found.from_pylist(rows, found.schema)) if one not in before]
    assert (one.kind, one.column) == ("metric", "value")


def test_a_changed_value_is_told(golden: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    stored = read_parquet(golden / "results.parquet")
    at = stored.schema.get_field_index("value")
    values = stored["value"].to_pylist()
    row = next(index for index, value in enumerate(values) if value is not None)
    changed = stored.set_column(at, "value", [[*values[:row], values[row] + 0.01, *values[row + 1 :]]])
    write_parquet(changed, golden / "results.parquet")
    assert not rescore(golden.path, None)
    assert f"value is {values[row]}; the run wrote {values[row] + 0.01}" in capsys.readouterr().err


def test_what_is_written_elsewhere_is_of_this_version(rescored: Rescored) -> None:
    for name in DERIVED:
        assert (rescored.out / name).is_file()
    for name in ("results", "curves"):
        assert read_table(rescored.out / f"{name}.parquet", name).steps == ()
    page = (rescored.out / "report.html").read_text(encoding="utf-8")
    assert yaml.safe_load((rescored.run / "plan.yaml").read_text())["sha256"] in page


def test_the_hash_of_an_earlier_plan_is_that_of_the_plan_as_it_was_written(golden: RunFolder) -> None:
    document = yaml.safe_load((golden / "plan.yaml").read_text())
    stored = golden.read_plan()
    assert stored.sha256 == document["sha256"] == canonical_hash(document["plan"])
    assert stored.steps == tuple(step for step in STEPS[golden.path.name] if step.startswith("plan"))
    assert stored.plan["schema"] == 3
    assert stored.plan["measure"]["votes"] is False


@pytest.mark.parametrize("golden", [path for path in FOLDERS if path.parent.name == "v1"], indirect=True)
def test_a_missing_option_gets_the_default_that_was_in_force(golden: RunFolder, tmp_path: Path) -> None:
    rewrite_plan(golden, lambda plan: plan["measure"].pop("search_depth"))
    score(golden, tmp_path / "out")
    assert explained(changes(golden, tmp_path / "out"), version=RESULTS_VERSION[golden.path.name])[1] == []


@pytest.mark.parametrize("name", ["samples", "predictions"])
def test_a_newer_table_is_refused_by_name(golden: RunFolder, name: str) -> None:
    table = read_parquet(golden / f"{name}.parquet")
    write_parquet(
        table.replace_schema_metadata({**(table.schema.metadata or {}), b"harness.schema": b"7"}),
        golden / f"{name}.parquet",
    )
    with pytest.raises(HarnessError, match=rf"{name}\.parquet was written by a newer harness \({name} schema 7; "):
        score(golden)


def test_a_newer_plan_and_a_newer_record_are_refused_by_name(golden: RunFolder) -> None:
    rewrite_plan(golden, lambda plan: plan.update(schema=7))
    with pytest.raises(HarnessError, match=r"plan\.yaml was written by a newer harness \(plan schema 7; this one"):
        score(golden)
    record = json.loads((golden / "run.json").read_text())
    (golden / "run.json").write_text(json.dumps({**record, "schema": 7}))
    with pytest.raises(HarnessError, match=r"run\.json was written by a newer harness \(run schema 7; this one"):
        golden.read_run()


def rewrite_plan(folder: RunFolder, change: Any) -> None:
    plan = yaml.safe_load((folder / "plan.yaml").read_text())["plan"]
    change(plan)
    document = {"sha256": canonical_hash(plan), "plan": plan}
    (folder / "plan.yaml").write_text(yaml.safe_dump(document, sort_keys=False))


def test_earlier_runs_are_compared(tmp_path: Path) -> None:
    for name in ("a", "b"):
        shutil.copytree(GOLDEN / "v1" / "table", tmp_path / name)
    other = RunFolder(tmp_path / "b")
    rewrite_plan(other, lambda plan: plan["model"]["options"].update(system="other"))
    other.write_run({})
    compared = compare_runs([tmp_path / "a", tmp_path / "b"], into=tmp_path / "compared")
    assert compared.num_shared == 144
    metadata = pq.read_schema(tmp_path / "compared" / "compare.parquet").metadata
    assert metadata[b"harness.table"] == b"results"


def test_earlier_runs_are_tracked_as_they_are(golden: RunFolder) -> None:
    stored = golden.read_plan()
    results = read_table(golden / "results.parquet", "results").table
    found = metrics(results, stored.plan["model"]["name"])
    overall = {
        row["metric"]: row["value"]
        for row in read_parquet(golden / "results.parquet").to_pylist()
        if (row["model"], row["axis"], row["statistic"]) == (stored.plan["model"]["name"], "overall", "level")
    }
    assert found["accuracy"] == overall["accuracy"]
    assert found["uar"] == overall["uar"]
    assert parameters(stored.plan)["measure.resamples"] == str(stored.plan["measure"]["resamples"])
    assert tags(stored.plan, golden.read_run() or {})["harness.plan_sha256"] == stored.sha256


def test_a_run_is_scored_without_what_made_it(tmp_path: Path) -> None:
    shutil.copytree(GOLDEN / "v1" / "faces", tmp_path / "run")
    program = (
        "import sys; from pathlib import Path; from harness.evidence.run_folder import RunFolder\n"
        "from harness.scoring.score_run import score\n"
        f"score(RunFolder(Path({str(tmp_path / 'run')!r})), Path({str(tmp_path / 'out')!r}))\n"
        "print(*sys.modules, sep=chr(10))"
    )
    (tmp_path / "out").mkdir()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    unwanted = ("harness.signals", "harness.models", "harness.datasets", "torch", "librosa", "cv2", "mlflow")
    assert [name for name in done.stdout.split() if name.startswith(unwanted)] == []
