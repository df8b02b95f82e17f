"""What a comparison says of runs that read other contents under the same names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from harness.comparison.answered_samples import AnsweredSamples
from harness.comparison.differing_files import other_files
from harness.comparison.finished_runs import FinishedRun
from harness.files import canonical_hash
from harness.measurement.measure_settings import MeasureSettings
from harness.tables.file_table import FileRead

NO_ANSWERS = AnsweredSamples(0, pa.schema([]), [], True, lambda _: iter(()))
A, B = "a" * 64, "b" * 64


def run(*files: FileRead, **plan: Any) -> FinishedRun:
    made = {"model": {"name": "voice"}, "dataset": {"name": "table"}, "seed": 0} | plan
    return FinishedRun(
        Path("x"), made, canonical_hash(made), MeasureSettings(), {}, NO_ANSWERS, media=files, media_root="r"
    )


def test_the_pair_is_noted_without_names_and_told_with_them() -> None:
    one = run(FileRead("x", 1, A), FileRead("y", 1, A), FileRead("only one", 1, A))
    other = run(FileRead("x", 1, B), FileRead("y", 1, A), seed=1)
    (found,) = other_files([one, other], ["first", "second"])
    assert found.note == (
        "first and second: not the same files. 1 of the 2 files that both read have other contents, so a "
        "difference may come from the recordings."
    )
    assert found.text == "Different files, first to second: 1 changed (x)"
    (same_plan,) = other_files([one, run(FileRead("x", 1, B))], ["first", "second"])
    assert "same plan, different files" in same_plan.note


@pytest.mark.parametrize(
    "other",
    [
        run(FileRead("x", 1, A), FileRead("z", 1, B)),
        run(FileRead("x", 1, B), dataset={"name": "another"}),
        replace(run(), media=None, media_root=None),
    ],
)
def test_the_same_files_another_dataset_and_an_old_run_are_passed_over(other: FinishedRun) -> None:
    assert list(other_files([run(FileRead("x", 1, A)), other], ["first", "second"])) == []
