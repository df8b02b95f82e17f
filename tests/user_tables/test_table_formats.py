"""One table in every format, and what is wrong with files that are none."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.errors import HarnessError
from harness.user_tables import json_tables, workbook_tables
from harness.user_tables.cells import as_numbers, as_text
from harness.user_tables.raw_table import TooManyRowsError
from harness.user_tables.table_formats import FORMATS, UserTable, read_user_table

FRAME = pd.DataFrame(
    {"sample_id": ["007", "NA", "ü, x"], "score": [0.5, None, 1.25], "take": [1, 2, 3]}, index=[0, 1, 2]
)
INDEX = "without the column that numbers the rows"


@pytest.mark.parametrize(
    ("name", "write", "remarks"),
    [
        ("plain.csv", lambda path: FRAME.to_csv(path, index=False), ()),
        ("bom.csv", lambda path: FRAME.to_csv(path, index=False, encoding="utf-8-sig"), ()),
        ("mac.csv", lambda path: FRAME.to_csv(path, index=False, lineterminator="\r"), ()),
        ("index.csv", lambda path: FRAME.to_csv(path), (INDEX,)),
        ("twice.csv", lambda path: FRAME.rename_axis("Unnamed: 0").reset_index().to_csv(path), (INDEX,)),
        ("tabs.tsv", lambda path: FRAME.to_csv(path, sep="\t", index=False), ("separated by tabs",)),
        ("bars.txt", lambda path: FRAME.to_csv(path, sep="|", index=False), ("separated by vertical bars",)),
        (
            "german.csv",
            lambda path: FRAME.to_csv(path, sep=";", decimal=",", index=False),
            ("separated by semicolons", "decimal commas in score"),
        ),
        (
            "excel.csv",
            lambda path: path.write_bytes(
                ("\ufeffsep=;\r\n" + FRAME.to_csv(sep=";", index=False, lineterminator="\r\n") + ";;\r\n").encode()
            ),
            ("separated by semicolons",),
        ),
        ("utf16.csv", lambda path: FRAME.to_csv(path, index=False, encoding="utf-16"), ("encoded in UTF-16",)),
        (
            "nomark.csv",
            lambda path: FRAME.to_csv(path, index=False, encoding="utf-16-le"),
            ("encoded in UTF-16-LE",),
        ),
        ("book.xlsx", lambda path: FRAME.to_excel(path, index=False), ()),
        ("index.xlsx", lambda path: FRAME.to_excel(path), (INDEX,)),
        (
            "records.json",
            lambda path: FRAME.to_json(path, orient="records"),
            ("a list of JSON objects, one per row",),
        ),
        (
            "utf16.json",
            lambda path: path.write_bytes(FRAME.to_json(orient="records", force_ascii=False).encode("utf-16")),
            ("encoded in UTF-16", "a list of JSON objects, one per row"),
        ),
        (
            "nomark.jsonl",
            lambda path: path.write_bytes(FRAME.to_json(orient="records", lines=True).encode("utf-16-be")),
            ("encoded in UTF-16-BE", "one JSON object per line"),
        ),
        ("columns.json", lambda path: FRAME.to_json(path), ("a JSON object with the columns",)),
        (
            "lists.json",
            lambda path: path.write_text(json.dumps(FRAME.to_dict("list"))),
            ("a JSON object with the columns",),
        ),
        ("index.json", lambda path: FRAME.to_json(path, orient="index"), ("a JSON object with numbered rows",)),
        ("split.json", lambda path: FRAME.to_json(path, orient="split"), ("a list of JSON objects, one per row",)),
        (
            "table.json",
            lambda path: FRAME.to_json(path, orient="table"),
            ("a list of JSON objects, one per row", INDEX),
        ),
        (
            "lines.jsonl",
            lambda path: FRAME.to_json(path, orient="records", lines=True),
            ("one JSON object per line",),
        ),
        ("pandas.parquet", lambda path: FRAME.to_parquet(path), (INDEX,)),
        ("filtered.parquet", lambda path: pd.concat([FRAME, FRAME]).iloc[:3].to_parquet(path), (INDEX,)),
        ("PLAIN.CSV", lambda path: FRAME.to_csv(path, index=False), ()),
    ],
)
def test_every_format_gives_the_same_table(
    tmp_path: Path, name: str, write: Callable[[Path], object], remarks: tuple[str, ...]
) -> None:
    write(tmp_path / name)
    found = read_user_table(tmp_path / name)
    assert found.remarks == remarks
    columns = {column: found.cells[column] for column in found.cells.column_names}
    assert sorted(columns) == ["sample_id", "score", "take"]
    assert as_text(columns["sample_id"], "sample_id", name).to_pylist() == ["007", "NA", "ü, x"]
    assert as_text(columns["take"], "take", name).to_pylist() == ["1", "2", "3"]
    assert as_numbers(columns["score"], "score", name).to_pylist() == [0.5, None, 1.25]


def test_what_was_understood_is_one_sentence(tmp_path: Path) -> None:
    table = UserTable(tmp_path / "t.csv", pa.table({}), ("separated by tabs", "encoded in UTF-16"))
    assert table.understood() == ("t.csv was understood as: separated by tabs; encoded in UTF-16.",)
    assert UserTable(tmp_path / "t.csv", pa.table({})).understood() == ()


def test_cells_may_hold_separators_line_ends_and_blanks(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a, b \n"x;y\nz","1,5"\n,\n\n"say ""no""",2\n')
    assert read_user_table(path).cells.to_pydict() == {"a": ["x;y\nz", 'say "no"'], "b": ["1,5", "2"]}


def test_a_column_of_words_keeps_its_commas(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("id;note;x\na;1,5;0,5\nb;two, or so;NA\n")
    found = read_user_table(path)
    assert found.cells.to_pydict() == {"id": ["a", "b"], "note": ["1,5", "two, or so"], "x": ["0.5", "NA"]}


def test_an_index_of_words_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(",a\nx,1\n")
    with pytest.raises(HarnessError, match="column 1 has no name but has cells"):
        read_user_table(tmp_path / "t.csv")


def test_a_first_sheet_without_a_table_is_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Read me"
    book.worksheets[0].append(["see the next sheet"])
    book.create_sheet("Data").append(["a"])
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(HarnessError, match=r"the sheet 'Read me' has no rows under a header\..*put 'Data' first"):
        read_user_table(tmp_path / "t.xlsx")


def test_cells_of_a_workbook_are_text_as_they_are_shown(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        [None],
        ["id", "on", "day", "n"],
        [7, True, pd.Timestamp("2024-05-01"), 2.0],
        ["a", None, None, 0.5],
    ):
        sheet.append(row)
    book.create_sheet("notes")
    book.save(tmp_path / "t.xlsx")
    found = read_user_table(tmp_path / "t.xlsx")
    assert found.cells.to_pydict() == {
        "id": ["7", "a"],
        "on": ["true", ""],
        "day": ["2024-05-01", ""],
        "n": ["2", "0.5"],
    }
    assert found.remarks == ("the sheet 'Sheet' (not 'notes')",)


def test_objects_within_objects_are_columns_with_a_point(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('[{"id": 7.0, "score": {"sad": 0.25}}, {"id": "b", "score": {"sad": NaN}}]')
    assert read_user_table(tmp_path / "t.json").cells.to_pydict() == {
        "id": ["7.0", "b"],
        "score.sad": ["0.25", None],
    }


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "it is empty"),
        ("a.csv", b"\n \n", "it is empty"),
        ("a.csv", b",,\n,,\n", "all cells are empty"),
        ("a.csv", b"a,b\n", "no rows under the header"),
        ("a.csv", b"a,b\n1,2\n\n1,2,3\n", "row 2: 3 cells, but the header has 2"),
        ("a.csv", b"a,b\n1\n", "row 1: 1 cells, but the header has 2"),
        ("a.csv", b"a,b\n1,2\n\xff\n", "not UTF-8 text"),
        ("a.csv", b"a,b\n" + b"1,2\n" * 20_000 + b"\xff\n", "row 20001: 1 cells, but the header has 2"),
        ("a.csv", b"Study 7,,\nid,who,label\n1,a,x\n", "names 1 of 3 columns. It must be the first row"),
        ("a.csv", b"a,a\n1,2\n", "names a column twice: 'a'"),
        ("a.csv", "a\nü\n".encode("latin-1"), "not UTF-8 text"),
        ("a.csv", b"a\n" + b"x" * 5000, "column 'a' has a text of over 4,096 characters"),
        ("a.csv", b"a\n" + b"x" * 3 * 2**20, "a row of over 1 MiB"),
        ("a.csv", b",".join(b"%d" % i for i in range(2002)) + b"\n", "over 2,000 columns"),
        ("a.parquet", b"PAR1", "not a readable Parquet file"),
        ("a.xlsx", b"a,b\n", "not a readable workbook"),
        ("a.xls", b"", "not a format of tables. Give one of .csv"),
        ("a.json", b"[[1]]", "row 1: found '[1]'. Give a list of objects"),
        ("a.json", b"{", "not readable JSON"),
        ("a.json", b'[{"a": "\xff"}]', "it is not UTF-8 text). Save it as UTF-8."),
        ("a.json", b"[" * 100_000, "not readable JSON"),
        ("a.json", b"7", "not a table"),
        ("a.json", b"[]", "no rows"),
        ("a.json", b'[{"a": [1]}]', "column a: a cell is a list"),
        ("a.jsonl", b'{"a": 1}\n{"a": \n', "not readable JSON"),
        ("a.jsonl", b'{"a": 1}\n{"a": "x\n', "not readable JSON (row 2: Unterminated string"),
        ("a.jsonl", b'{"a": 1}\n[2]\n', "row 2: found '[2]'"),
        ("a.json", b"\xff\xfe", "not readable JSON (Expecting value"),
        ("a.json", b"\xff\xfe[", "it is not UTF-16 text). Save it as UTF-8."),
    ],
)
def test_what_is_no_table_is_said(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(HarnessError) as caught:
        read_user_table(tmp_path / name)
    assert message in str(caught.value)
    assert str(tmp_path / name) in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    for name in ("absent.csv", "folder.csv"):
        with pytest.raises(HarnessError, match="no such table"):
            read_user_table(tmp_path / name)


@pytest.mark.parametrize("ending", sorted(FORMATS))
def test_rows_are_bounded_in_every_format(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"t{ending}"
    frame = pd.DataFrame({"sample_id": [f"s{i}" for i in range(100)]})
    if FORMATS[ending] is FORMATS[".csv"]:
        frame.to_csv(path, index=False)
    elif FORMATS[ending] is FORMATS[".parquet"]:
        frame.to_parquet(path)
    elif ending == ".xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_json(path, orient="records", lines=ending != ".json")
    assert read_user_table(path, max_rows=100).cells.num_rows == 100
    with pytest.raises(TooManyRowsError, match="over 99 rows"):
        read_user_table(path, max_rows=99)


def test_the_rest_of_a_table_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"sample_id,label\n" + b"s1,happy\n" * 500_000 + b"\xff\xff,broken,row\n")
    with pytest.raises(TooManyRowsError, match="over 1,000 rows"):
        read_user_table(path, max_rows=1000)


def test_a_long_text_in_every_row_takes_its_place_once(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    once = pa.DictionaryArray.from_arrays(pa.array([0] * 50_000, pa.int32()), pa.array(["x" * 2**20]))
    pq.write_table(pa.table({"label": once}), path)  # as text 50 GB
    with pytest.raises(HarnessError, match="'label' has a text of over 4,096 characters"):
        read_user_table(path)


def test_a_workbook_that_unpacks_to_much_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (workbook_tables.MAX_DOCUMENT_BYTES + 1))
    with pytest.raises(HarnessError, match="unpacks to 128 MiB"):
        read_user_table(path)
    FRAME.to_excel(path)
    monkeypatch.setattr(workbook_tables, "MAX_CELLS", 10)
    with pytest.raises(HarnessError, match="over 10 cells"):
        read_user_table(path)


def test_a_large_json_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    FRAME.to_json(tmp_path / "t.json")
    monkeypatch.setattr(json_tables, "MAX_DOCUMENT_BYTES", 10)
    with pytest.raises(HarnessError, match="Use CSV or Parquet for tables of this size"):
        read_user_table(tmp_path / "t.json")
