from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from example_comparisons import CLASSES, WriteFinishedRun

from harness.comparison.compare_runs import compare_runs
from harness.comparison.finished_runs import names_of, read_finished_run
from harness.comparison.other_classes import other_classes
from harness.evidence.run_folder import RunFolder
from harness.tables.predictions import predictions_table
from harness.tables.versions import read_table, write_table


def _without(run: Path, label: str) -> Path:
    """The run as if the samples of one class had not been chosen."""
    samples = read_table(run / "samples.parquet", "samples").table
    kept = [row["sample_id"] for row in samples.to_pylist() if row["label"] != label]
    for name in ("samples", "predictions"):
        table = read_table(run / f"{name}.parquet", name).table
        rows = [row in set(kept) for row in table["sample_id"].to_pylist()]
        write_table(table.filter(rows), name, run / f"{name}.parquet")
    (run / "run.json").unlink()
    RunFolder(run).write_run({"status": "complete"})
    return run


def _choosing_among(run: Path, labels: list[str]) -> Path:
    """The run as if its system had known these classes alone."""
    ids = read_table(run / "samples.parquet", "samples").table["sample_id"].to_pylist()
    table = predictions_table(
        model="face",
        labels=labels,
        sample_id=ids,
        outcome=["scored"] * len(ids),
        reason=[None] * len(ids),
        label=[labels[0]] * len(ids),
        scores=[[1.0, *[0.0] * (len(labels) - 1)]] * len(ids),
    )
    write_table(table, "predictions", run / "predictions.parquet")
    (run / "run.json").unlink()
    RunFolder(run).write_run({"status": "complete"})
    return run


def test_runs_with_the_same_classes_need_no_note(write_finished_run: WriteFinishedRun) -> None:
    runs = [read_finished_run(write_finished_run(name, model=name)) for name in ("voice", "face")]
    assert list(other_classes(runs, names_of(runs))) == []


def test_a_run_on_fewer_classes_is_marked(write_finished_run: WriteFinishedRun, tmp_path: Path) -> None:
    whole, part = write_finished_run("whole"), _without(write_finished_run("part", model="face"), CLASSES[2])
    compared = compare_runs([whole, part], into=tmp_path / "compared")
    (note,) = (note for note in compared.notes if "samples of other classes" in note)
    assert "voice 4 classes (anger, happiness, neutral and sadness)" in note
    assert "face 3 classes (anger, happiness and sadness)" in note
    assert note.split(".")[0] in (tmp_path / "compared" / "comparison.html").read_text()


def test_a_system_that_knows_fewer_classes_is_marked(write_finished_run: WriteFinishedRun) -> None:
    narrow = _choosing_among(write_finished_run("narrow", model="face"), ["anger", "sadness"])
    runs = [read_finished_run(write_finished_run("wide")), read_finished_run(narrow)]
    (note,) = other_classes(runs, names_of(runs))
    assert note.startswith("The systems choose among other classes: voice 4 classes")
    assert "face 2 classes (anger and sadness)" in note


@pytest.mark.parametrize(
    ("section", "values", "names"),
    [
        (
            "labels",
            [{"merge": {}, "only": ["anger", "sadness"]}, {"merge": {}, "only": None}],
            ["voice (labels.only=anger+sadness)", "voice"],
        ),
        ("precision", ["float32", "float16"], ["voice (precision=float32)", "voice (precision=float16)"]),
        (
            "conditions",
            [[{"name": "clean"}], [{"name": "clean"}, {"name": "voice/gain@2"}]],
            ["voice (conditions=clean)", "voice (conditions=clean+voice/gain@2)"],
        ),
    ],
)
def test_runs_are_named_by_any_choice_that_differs(
    write_finished_run: WriteFinishedRun, section: str, values: list[Any], names: list[str]
) -> None:
    runs = [write_finished_run(str(number), **{section: value}) for number, value in enumerate(values)]
    assert names_of([read_finished_run(run) for run in runs]) == names
