from __future__ import annotations

import csv
import errno
import itertools
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.errors import HarnessError
from harness.tables.parquet_files import read_parquet, write_csv, write_parquet, write_parquet_pieces
from harness.tables.predictions import predictions_table
from harness.tables.schemas import LABELS_KEY


def test_equal_tables_give_equal_bytes_and_round_trip(tmp_path: Path) -> None:
    table = predictions_table(
        model="m",
        labels=["joy", "fear"],
        sample_id=["a", "b"],
        outcome=["scored", "failed"],
        reason=[None, "crashed"],
        label=["joy", None],
        scores=[[0.8, 0.2], None],
    )
    write_parquet(table, tmp_path / "one.parquet")
    write_parquet(pa.concat_tables([table.slice(0, 1), table.slice(1)]), tmp_path / "two.parquet")
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
    again = read_parquet(tmp_path / "one.parquet")
    assert again.equals(table)
    assert pd.read_parquet(tmp_path / "one.parquet").attrs == {"labels": {"m": ["joy", "fear"]}}
    assert again.schema.metadata[LABELS_KEY] == b'{"m": ["joy", "fear"]}'


def test_csv_has_a_header_and_empty_cells(tmp_path: Path) -> None:
    write_csv(pa.table({"a": [1, None], "b": ["x", None]}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == '"a","b"\n1,"x"\n,\n'


def test_csv_keeps_any_text_and_holds_lists_as_json(tmp_path: Path) -> None:
    values = [["a,b", 'say "x"'], ["two\nlines", "Zoë"], [], None]
    texts = ["a, b", 'say "x"', "two\nlines", None]
    table = pa.table({"text": pa.array(texts), "list": pa.array(values, pa.list_(pa.string()))})
    write_csv(table, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] or None for row in rows] == texts
    assert [json.loads(row["list"]) if row["list"] else None for row in rows] == values


def test_a_table_that_is_absent_or_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"none\.parquet: no such table"):
        read_parquet(tmp_path / "none.parquet")
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 not parquet")
    with pytest.raises(HarnessError, match=r"bad\.parquet: not a readable Parquet file"):
        read_parquet(tmp_path / "bad.parquet")


def test_a_text_that_a_spreadsheet_would_compute_stays_a_text_and_numbers_stay_numbers(tmp_path: Path) -> None:
    table = pa.table(
        {
            "group": ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "a=b", "\x1b[31mred", None],
            "value": [-1.5, -0.0, 1e-9, None, 2.0, 0.0, 0.0, 0.0],
            "parts": [["=1"], [], None, ["\x07"], ["a"], ["a"], ["a"], ["a"]],
        }
    )
    write_csv(table, tmp_path / "t.csv")
    with (tmp_path / "t.csv").open(newline="") as file:
        _, *rows = csv.reader(file)
    assert [row[0] for row in rows] == ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "a=b", "\ufffd[31mred", ""]
    assert [row[1] for row in rows][:4] == ["-1.5", "-0", "1e-9", ""]
    assert [row[2] for row in rows][:4] == ['["=1"]', "[]", "", '["\\u0007"]']


def test_parquet_with_text_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    write_parquet(pa.table({"name": ["aaaa"], "other": ["bbbb"]}), tmp_path / "t.parquet")
    whole = (tmp_path / "t.parquet").read_bytes()
    for text in (b"aaaa", b"name"):
        assert text in whole
        (tmp_path / "t.parquet").write_bytes(whole.replace(text, b"\xff\xfe\xfd\xfc"))
        with pytest.raises(HarnessError, match="not a readable Parquet file"):
            read_parquet(tmp_path / "t.parquet")


def test_a_small_file_that_would_fill_the_memory_is_refused_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column of nulls takes no room on disk, whatever its length."""
    monkeypatch.setattr("harness.tables.parquet_files.UNPACKED_BYTES", 2**20)
    write_parquet(pa.table({"a": pa.nulls(10_000_000, pa.int8())}), tmp_path / "t.parquet")
    assert (tmp_path / "t.parquet").stat().st_size < 2**17
    with pytest.raises(HarnessError, match="declare 10,000,000 bytes or cells"):
        read_parquet(tmp_path / "t.parquet")
    write_parquet(pa.table({"a": pa.array(range(1_000_000))}), tmp_path / "t.parquet")
    assert read_parquet(tmp_path / "t.parquet").num_rows == 1_000_000


def test_pieces_are_written_in_their_order(tmp_path: Path) -> None:
    table = pa.table({"n": range(10)})
    for path in (tmp_path / "one", tmp_path / "two"):
        write_parquet_pieces((table.slice(start, 3) for start in range(0, 10, 3)), table.schema, path)
    assert read_parquet(tmp_path / "one").equals(table)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    write_parquet_pieces([], table.schema, tmp_path / "none")
    assert read_parquet(tmp_path / "none").num_rows == 0


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_piece_that_cannot_be_written_ends_the_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Of the three, the last one, too: it is written while none is made."""
    numbers, write = itertools.count(), pq.ParquetWriter.write_table

    def fails(self: pq.ParquetWriter, table: pa.Table) -> None:
        if next(numbers) == number:
            raise OSError(errno.ENOSPC, "disk full")
        write(self, table)

    monkeypatch.setattr(pq.ParquetWriter, "write_table", fails)
    pieces = [pa.table({"n": [n]}) for n in range(3)]
    with pytest.raises(OSError, match="disk full"):
        write_parquet_pieces(pieces, pieces[0].schema, tmp_path / "table.parquet")
    assert not list(tmp_path.iterdir())


def test_a_piece_that_cannot_be_made_ends_the_writing(tmp_path: Path) -> None:
    pieces = (pa.table({"n": [1 // n]}) for n in (1, 0))
    with pytest.raises(ZeroDivisionError):
        write_parquet_pieces(pieces, pa.schema([("n", pa.int64())]), tmp_path / "table.parquet")
    assert not list(tmp_path.iterdir())
