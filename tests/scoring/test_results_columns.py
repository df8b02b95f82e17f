"""Version 2 of the results says in columns what version 1 said in glued names, with the same numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from harness.evidence.run_folder import RunFolder
from harness.scoring.method_changes import CHANGES
from harness.scoring.score_run import score

GOLDEN = Path(__file__).parents[1] / "golden" / "v1"
NUMBERS = (
    "value",
    "lo",
    "hi",
    "level",
    "n_samples",
    "n_subjects",
    "n_unscored",
    "null_lo",
    "null_hi",
    "threshold",
)
PREFIX = {"metric": "", "search": "", "shrunken": "shrunken:", "check": "check:"}
NEW_KINDS = {"standardised", "association", "adjusted"}
"""Kinds of rows that version 1 did not have."""

WITH_MEAN = ("max_min_difference", "max_min_ratio", "between_group_sd", "garbe")
Key = tuple[str, ...]


def in_version_1(row: dict[str, Any]) -> Iterator[tuple[Key, dict[str, Any]]]:
    """The rows of version 1 that said the same: what each was called, and its numbers."""
    model, metric, group = row["model"], PREFIX[row["kind"]] + row["metric"], row["group"]
    if row["versus_model"] is not None:
        model = f"{model} - {row['versus_model']}"
    if row["versus"] is not None:
        group += (" / " if row["statistic"] == "ratio" else " - ") + row["versus"]
    if row["index"] is not None:
        group = row["index"].replace("_corrected", "_holm")
    place = (row["condition"], model, metric, row["statistic"], row["axis"])
    yield (*place, group), {name: row[name] for name in (*NUMBERS, "method")}
    if row["index"] in WITH_MEAN:
        yield (*place, f"{group}:null_mean"), {"value": row["null_mean"]}


def changed(key: Key) -> set[str]:
    """The columns of a row that are measured differently since: `tests/scoring/test_golden.py` has these."""
    _, _, metric, statistic, _, group = key
    base = metric.partition(":")[0] if statistic == "level" else metric
    index = group.replace("_holm", "_corrected").removesuffix(":null_mean")
    found: set[str] = set()
    known = (change for change in CHANGES if change.kind not in NEW_KINDS)
    for change in (change for change in known if not change.of_unsorted):  # their subjects are sorted
        names = {f"{PREFIX[change.kind]}{name}" for name in change.metrics}
        about = not names or metric in names or base in names
        if about and statistic in (change.statistics or (statistic,)) and index in (change.indices or (index,)):
            found.update(change.columns or (*NUMBERS, "method"))
    if statistic in ("difference", "ratio", "index") or "lo" in found:
        found.add("method")  # it names the number of draws, and how bounds are made of them
    return found | {"value"} if group.endswith(":null_mean") else found


@pytest.mark.parametrize("name", ["table", "wearable", "faces"])
def test_every_row_of_version_1_has_its_row_with_the_same_numbers(name: str, tmp_path: Path) -> None:
    new: dict[Key, dict[str, Any]] = {}
    rows = score(RunFolder(GOLDEN / name), into=tmp_path).results.to_pylist()
    for row in (row for row in rows if row["kind"] not in NEW_KINDS):
        for key, numbers in in_version_1(row):
            assert key not in new
            new[key] = numbers
    columns = ("condition", "model", "metric", "statistic", "axis", "group")
    old = {
        tuple(row[c] for c in columns): row for row in pq.read_table(GOLDEN / name / "results.parquet").to_pylist()
    }
    assert old.keys() <= new.keys()
    assert all("value" in changed(key) for key in new.keys() - old.keys())
    compared = {key: numbers.keys() - changed(key) for key, numbers in new.items() if key in old}
    assert sum("value" in columns for columns in compared.values()) > 0.8 * len(old)
    for key, columns in compared.items():
        for column in columns:
            value = new[key][column]
            before = old[key][column]
            alike = math.isclose(value, before, abs_tol=1e-9) if isinstance(value, float) else value == before
            assert alike, (key, column, before, value)


def test_the_table_says_what_it_is_and_which_version(tmp_path: Path) -> None:
    score(RunFolder(GOLDEN / "wearable"), into=tmp_path)
    metadata = pq.read_schema(tmp_path / "results.parquet").metadata
    assert metadata[b"harness.table"] == b"results"
    assert metadata[b"harness.schema"] == b"2"
