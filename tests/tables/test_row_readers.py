"""Spans within a row group are read in one pass, also where several are read in turns."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.errors import HarnessError
from harness.tables import row_readers
from harness.tables.pieces import TableFile
from harness.tables.row_readers import RowReader


@pytest.fixture(autouse=True)
def none_left() -> Iterator[None]:
    row_readers._left.clear()
    yield
    row_readers._left.clear()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rows that are read, or passed over, one number for each call."""
    numbers: list[int] = []
    next_rows = RowReader.next_rows

    def noted(self: RowReader, number: int) -> pa.Table:
        numbers.append(number)
        return next_rows(self, number)

    monkeypatch.setattr(RowReader, "next_rows", noted)
    return numbers


def written(folder: Path, group: int = 1_000) -> tuple[TableFile, pa.Table]:
    table = pa.table({"x": range(1_000), "y": [f"text {row // 30}" for row in range(1_000)]})
    pq.write_table(table, folder / "t.parquet", row_group_size=group)
    return TableFile(folder / "t.parquet"), table


def test_consecutive_spans_of_a_row_group_are_read_in_one_pass(tmp_path: Path, decoded: list[int]) -> None:
    file, table = written(tmp_path)
    for first in range(0, 1_000, 100):
        again = TableFile(file.path)  # as where a task arrives in another process
        assert pa.concat_tables(again.pieces([60, 40], first=first)).equals(table.slice(first, 100))
    assert sum(decoded) == 1_000
    assert not row_readers._left, "at the end of the file nothing is kept"


def test_what_is_left_out_is_passed_over_once(tmp_path: Path, decoded: list[int]) -> None:
    """As where other processes read the spans in between."""
    file, table = written(tmp_path)
    for first in range(0, 1_000, 200):
        assert pa.concat_tables(file.pieces([100], ["x"], first=first))["x"].equals(table["x"].slice(first, 100))
    assert sum(decoded) == 900


def test_spans_of_two_places_are_read_in_turns(tmp_path: Path, decoded: list[int]) -> None:
    """Answers under a condition, and those on clean media before them in the same row group."""
    file, table = written(tmp_path)
    for first in range(0, 500, 100):
        pieces = file.pieces([50, 50], first=500 + first), file.pieces([50, 50], first=first)
        for number, pair in enumerate(zip(*pieces, strict=True)):
            for piece, start in zip(pair, (500, 0), strict=True):
                assert piece.equals(table.slice(start + first + 50 * number, 50))
    assert sum(decoded) == 500 + 1_000


def test_other_columns_and_other_row_groups_have_readers_of_their_own(tmp_path: Path, decoded: list[int]) -> None:
    file, table = written(tmp_path, group=400)
    assert pa.concat_tables(file.pieces([100], ["x"])).equals(table.select(["x"]).slice(0, 100))
    assert pa.concat_tables(file.pieces([100], ["y"], first=100)).equals(table.select(["y"]).slice(100, 100))
    assert pa.concat_tables(file.pieces([100], ["x"], first=500)).equals(table.select(["x"]).slice(500, 100))
    assert sum(decoded) == 100 + 200 + 200
    assert pa.concat_tables(file.pieces([400], ["x"], first=400)).equals(table.select(["x"]).slice(400, 400))
    assert [reader.row for reader in row_readers._left] == [100, 200, 600]


def test_no_more_than_a_few_are_kept(tmp_path: Path) -> None:
    file, _ = written(tmp_path)
    for first in range(0, 100, 5):
        list(file.pieces([1], ["x"] if first % 2 else None, first=first))
    for first in range(990, 0, -10):
        list(file.pieces([1], first=first))
    assert len(row_readers._left) == row_readers._MOST_LEFT


def test_a_file_that_was_overwritten_in_between_is_refused(tmp_path: Path) -> None:
    file, table = written(tmp_path)
    list(file.pieces([100]))
    other = tmp_path / "other.parquet"
    pq.write_table(table.slice(1), other)
    with file.path.open("r+b") as stored:
        stored.write(other.read_bytes())
        stored.truncate()
    with pytest.raises(HarnessError, match="is not the table that it was"):
        list(file.pieces([100], first=100))
