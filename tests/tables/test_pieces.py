from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.errors import HarnessError
from harness.tables import pieces as chunks
from harness.tables.encoded_texts import is_encoded, plain_table
from harness.tables.pieces import TableFile, lengths


@pytest.mark.parametrize("batch", [1, 7, 1000])
@pytest.mark.parametrize("group", [1, 10, 1000])
def test_pieces_are_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, group: int) -> None:
    monkeypatch.setattr(chunks, "CHUNK_ROWS", batch)
    table = pa.table({"x": range(25), "y": [str(index) for index in range(25)]})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=group)
    file = TableFile(tmp_path / "t.parquet")
    assert file.num_rows == 25
    pieces = list(file.pieces([3, 12, 1, 9]))
    assert [piece.num_rows for piece in pieces] == [3, 12, 1, 9]
    assert pa.concat_tables(pieces).equals(table)
    assert pa.concat_tables(file.pieces([25], ["y"])).equals(table.select(["y"]))
    for first in (0, 9, 10, 24):
        rest = pa.concat_tables(file.pieces(lengths(25 - first), first=first))
        assert rest.equals(table.slice(first))


def test_groups_before_the_first_row_are_not_read(tmp_path: Path) -> None:
    """Their bytes are damaged, and nobody notices."""
    path = tmp_path / "t.parquet"
    table = pa.table({"x": [f"text {index}" for index in range(20_000)]})
    pq.write_table(table, path, row_group_size=10_000)
    data = bytearray(path.read_bytes())
    data[100:2000] = bytes(1900)
    path.write_bytes(data)
    assert pa.concat_tables(TableFile(path).pieces([9_000], first=10_500)).equals(table.slice(10_500, 9_000))


def test_fewer_rows_than_were_asked_for(tmp_path: Path) -> None:
    pq.write_table(pa.table({"x": range(25)}), tmp_path / "t.parquet")
    with pytest.raises(HarnessError, match="fewer rows than its metadata say"):
        list(TableFile(tmp_path / "t.parquet").pieces([20, 6]))


def test_a_table_that_has_been_replaced_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"x": range(25)}), path, row_group_size=10)
    file = TableFile(path)
    assert file.group_rows == [10, 10, 5]
    assert file.is_as_it_was()
    pq.write_table(pa.table({"x": range(24)}), path, row_group_size=10)
    assert not file.is_as_it_was()
    with pytest.raises(HarnessError, match="is not the table that it was"):
        next(file.pieces([3]))
    path.unlink()
    assert not file.is_as_it_was()
    with pytest.raises(HarnessError, match="the table is gone, or cannot be seen from this machine"):
        next(file.pieces([3]))


def test_a_table_of_the_same_size_is_another(tmp_path: Path) -> None:
    """Rows and bytes of the row groups are equal; what the columns contain is not."""
    table = pa.table({"x": np.arange(100.0), "label": ["a", "b"] * 50})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=50)
    file = TableFile(tmp_path / "t.parquet")
    assert file.is_as_it_was()
    other = table.set_column(0, "x", pa.array(np.arange(100.0) + 0.5))
    pq.write_table(other, tmp_path / "t.parquet", row_group_size=50)
    assert not file.is_as_it_was()
    with pytest.raises(HarnessError, match="is not the table that it was"):
        list(file.pieces([100]))


def test_lengths_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 10)
    assert lengths(25) == [10, 10, 5]
    assert lengths(7) == [7]
    assert lengths(20) == [10, 10]
    assert lengths(0) == []


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="no such table"):
        TableFile(tmp_path / "absent.parquet")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 nothing PAR1")
    with pytest.raises(HarnessError, match="not a readable Parquet file"):
        TableFile(broken)


def test_a_file_that_is_broken_inside(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"x": [f"text {index}" for index in range(10_000)]}), path)
    data = bytearray(path.read_bytes())
    data[100:2000] = bytes(1900)
    path.write_bytes(data)
    with pytest.raises(HarnessError, match="not a readable Parquet file"):
        list(TableFile(path).pieces([10_000]))


def test_texts_are_read_as_dictionaries_but_for_those_to_compare(tmp_path: Path) -> None:
    """Pieces across row groups, each of which has a dictionary of its own, hold one dictionary per column."""
    texts = [None if row % 7 == 0 else f"label {row // 6}" for row in range(25)]
    table = pa.table({"id": [f"s{row:02}" for row in range(25)], "label": texts, "x": range(25)})
    pq.write_table(table, tmp_path / "t.parquet", row_group_size=4)
    found = list(TableFile(tmp_path / "t.parquet").pieces([3, 12, 1, 9], plain=["id"]))
    assert [piece.num_rows for piece in found] == [3, 12, 1, 9]
    for piece in found:
        assert [is_encoded(kind) for kind in piece.schema.types] == [False, True, False]
        dictionaries = [chunk.dictionary.to_pylist() for chunk in piece["label"].chunks]
        assert all(each == dictionaries[0] for each in dictionaries)
    assert pa.concat_tables(map(plain_table, found)).equals(table)
