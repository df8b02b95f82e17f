from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.errors import HarnessError
from harness.tables import pieces as chunks
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
