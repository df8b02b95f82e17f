"""Every stored file says its version; older ones are read by steps, newer ones refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.errors import HarnessError
from harness.tables import versions
from harness.tables.predictions import label_orders, predictions_table
from harness.tables.schemas import SAMPLES
from harness.tables.upgrades.plan_1_to_2 import MEASURE, plan_1_to_2
from harness.tables.versions import (
    read_table,
    require_known,
    schema_version,
    stamped,
    upgraded_document,
    write_table,
)

NUMBERS = pa.table({"a": [1, 2]})
PATH = Path("run/plan.yaml")


def renamed(table: pa.Table) -> pa.Table:
    return table.rename_columns(["b"])


def doubled(table: pa.Table) -> pa.Table:
    return pa.table({"b": [2 * value for value in table["b"].to_pylist()]})


@pytest.fixture
def third_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are in their third version: the column was renamed, then its values doubled."""
    monkeypatch.setattr(versions, "TABLE_STEPS", {"numbers": (renamed, doubled)})
    monkeypatch.setattr(versions, "SCHEMAS", {"numbers": pa.schema([("b", pa.int64())])})


def written(path: Path, metadata: dict[bytes, bytes] | None) -> Path:
    pq.write_table(NUMBERS.replace_schema_metadata(metadata), path)
    return path


@pytest.mark.usefixtures("third_version")
def test_what_was_written_says_its_version_and_is_read_without_a_step(tmp_path: Path) -> None:
    path = tmp_path / "numbers.parquet"
    write_table(renamed(NUMBERS), "numbers", path)
    assert pq.read_schema(path).metadata == {b"harness.table": b"numbers", b"harness.schema": b"3"}
    read = read_table(path, "numbers")
    assert read.table.to_pydict() == {"b": [1, 2]}
    assert read.steps == ()


@pytest.mark.usefixtures("third_version")
def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    """With its metadata, further columns, and what may not be null: tables that were read are compared."""
    schema = pa.schema([pa.field("b", pa.int64(), nullable=False), pa.field("c", pa.string())], {b"k": b"v"})
    table = pa.table({"b": [1], "c": ["x"]}, schema=schema)
    write_table(table, "numbers", tmp_path / "numbers.parquet")
    assert read_table(tmp_path / "numbers.parquet", "numbers").table.equals(
        stamped(table, "numbers"), check_metadata=True
    )


@pytest.mark.usefixtures("third_version")
@pytest.mark.parametrize(
    ("table", "version", "message"),
    [
        (pa.table({"a": [1]}), b"3", "column b is missing. It has ['a']"),
        (pa.table({"b": ["x"]}), b"3", "column b is not of type int64"),
        (pa.table({"b": [[1]]}), b"3", "column b is not of type int64"),
        (pa.table([[1], [2]], ["b", "b"]), b"3", "not a readable Parquet file"),
        (pa.table({"a": [1], "b": [2]}), b"1", "not the numbers of a run of version 1"),
        (pa.table({"c": [1]}), b"2", 'not the numbers of a run of version 2 (\'Field "b" does not exist'),
        (pa.table({"b": [None]}), b"2", "not the numbers of a run of version 2 (unsupported operand"),
    ],
)
def test_a_table_with_other_columns_is_refused_by_its_file(
    tmp_path: Path, table: pa.Table, version: bytes, message: str
) -> None:
    path = tmp_path / "numbers.parquet"
    pq.write_table(table.replace_schema_metadata({b"harness.schema": version}), path)
    with pytest.raises(HarnessError) as caught:
        read_table(path, "numbers")
    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


@pytest.mark.usefixtures("third_version")
@pytest.mark.parametrize(
    ("stated", "expected", "steps"),
    [
        (None, [2, 4], ("numbers 1→2", "numbers 2→3")),
        ({b"harness.schema": b"1"}, [2, 4], ("numbers 1→2", "numbers 2→3")),
        ({b"other": b"x"}, [2, 4], ("numbers 1→2", "numbers 2→3")),
    ],
)
def test_an_older_table_is_read_by_one_step_per_version(
    tmp_path: Path, stated: dict[bytes, bytes] | None, expected: list[int], steps: tuple[str, ...]
) -> None:
    read = read_table(written(tmp_path / "n.parquet", stated), "numbers")
    assert read.table.to_pydict() == {"b": expected}
    assert read.steps == steps


@pytest.mark.usefixtures("third_version")
def test_only_the_steps_from_its_own_version_are_taken(tmp_path: Path) -> None:
    path = tmp_path / "n.parquet"
    pq.write_table(NUMBERS.rename_columns(["b"]).replace_schema_metadata({b"harness.schema": b"2"}), path)
    read = read_table(path, "numbers")
    assert (read.table.to_pydict(), read.steps) == ({"b": [2, 4]}, ("numbers 2→3",))


@pytest.mark.usefixtures("third_version")
@pytest.mark.parametrize(
    ("stated", "message"),
    [
        (
            {b"harness.schema": b"4"},
            r"n\.parquet was written by a newer harness \(numbers schema 4; this one knows 3\)",
        ),
        ({b"harness.schema": b"two"}, "its version cannot be told .*'two'"),
        ({b"harness.schema": b""}, "its version cannot be told .*''"),
        ({b"harness.schema": b"0"}, "its version cannot be told .*'0'"),
        ({b"harness.schema": b"-1"}, "its version cannot be told"),
        ({b"harness.schema": "²".encode()}, "its version cannot be told"),
        ({b"harness.schema": b"\xff\xfe"}, "its version cannot be told"),
        ({b"harness.schema": b"9" * 5000}, "its version cannot be told"),
        ({b"harness.table": b"letters"}, "the table 'letters', but 'numbers' is expected"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path, stated: dict[bytes, bytes], message: str) -> None:
    path = written(tmp_path / "n.parquet", stated)
    with pytest.raises(HarnessError, match=message) as refusal:
        read_table(path, "numbers")
    assert len(str(refusal.value)) < 400


def test_a_file_that_was_cut_is_one_message(tmp_path: Path) -> None:
    path = tmp_path / "samples.parquet"
    write_table(NUMBERS, "samples", path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(HarnessError, match="not a readable Parquet file"):
        read_table(path, "samples")


def test_the_stamp_leaves_the_models_labels_where_they_are() -> None:
    table = predictions_table(
        model="m", labels=["a", "b"], sample_id=["s"], outcome=["scored"], reason=[None], label=["a"]
    )
    marked = stamped(table, "predictions")
    assert label_orders(marked) == {"m": ["a", "b"]}
    assert require_known(marked.schema, "predictions", PATH) == schema_version("predictions")


@pytest.mark.parametrize("stated", [4, "2", 2.0, True, 0, None, [2]])
def test_a_plan_of_a_newer_or_of_no_version_is_refused(stated: Any) -> None:
    with pytest.raises(HarnessError, match="newer harness" if stated == 4 else "its version cannot be told"):
        upgraded_document({"schema": stated}, "plan", PATH)


def test_a_plan_without_a_version_gets_the_options_that_were_in_force() -> None:
    read = upgraded_document({"measure": {"level": 0.9}, "seed": 3}, "plan", PATH)
    assert read.steps == ("plan 1→2", "plan 2→3")
    assert read.document["schema"] == schema_version("plan")
    assert read.document["measure"] == {**MEASURE, "level": 0.9, "votes": False, "shares": None}
    assert read.document["seed"] == 3


@pytest.mark.parametrize("measure", [None, [], "x"])
def test_a_malformed_part_is_left_for_the_reader_to_refuse(measure: Any) -> None:
    assert plan_1_to_2({"measure": measure})["measure"] == measure
    assert "measure" not in plan_1_to_2({})


def test_a_table_that_denies_its_empty_cells_is_one_message(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A damaged file may say that a column has no empty cells, and have some."""
    fields = [field.with_nullable(field.name != "split") for field in SAMPLES]
    columns = [pa.nulls(1, field.type) for field in fields]
    damaged = pa.Table.from_arrays(columns, schema=stamped(pa.schema(fields).empty_table(), "samples").schema)
    monkeypatch.setattr(versions, "read_parquet", lambda _: damaged)
    with pytest.raises(HarnessError, match="not the samples that a run has stored"):
        versions.read_table(tmp_path / "samples.parquet", "samples")
