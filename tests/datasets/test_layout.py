from __future__ import annotations

from pathlib import Path

import pytest

from harness.datasets import layout
from harness.errors import HarnessError


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "data",
    [
        b"name,age\nAnna,34\nBen,\n",
        b"\xef\xbb\xbfname,age\r\nAnna,34\r\nBen,\r\n",
        b'"name","age"\n"Anna"," 34 "\n\n"Ben",""\n,\n',
        b"name,age\nAnna,34\nBen,",
    ],
    ids=["plain", "byte-order mark and Windows line ends", "quotes, spaces, blank rows", "no last line end"],
)
def test_read_csv(tmp_path: Path, data: bytes) -> None:
    rows = layout.read_csv(write(tmp_path / "t.csv", data), ("name", "age"))
    assert rows == [{"name": "Anna", "age": "34"}, {"name": "Ben", "age": ""}]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"name\nAnna\n", "column age is missing. The header is name."),
        (b"name;age\nAnna;34\n", "separated by semicolons. Separate the columns by commas."),
        (b"", "column name, age is missing"),
        (b"name,age,age\nAnna,1,2\n", "names a column twice"),
        (b"name,age\nAnna,34\nBen,35,male\n", "row 2: 3 cells, but the header has 2"),
        ("name,age\nJürgen,34\n".encode("latin-1"), "not UTF-8"),
        (b"name,age\n" + b"x" * 200_000 + b",1\n", "not a readable CSV table"),
    ],
)
def test_read_csv_says_what_is_wrong(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(HarnessError, match=r"t\.csv") as caught:
        layout.read_csv(write(tmp_path / "t.csv", data), ("name", "age"))
    assert message in str(caught.value)


def test_read_csv_without_a_file(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="no such file"):
        layout.read_csv(tmp_path / "absent.csv", ())


def test_rows_of_other_lengths_where_they_are_allowed(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", b"name,age\nAnna\nBen,35,male\n")
    assert layout.read_csv(path, ("name",), strict=False) == [
        {"name": "Anna", "age": ""},
        {"name": "Ben", "age": "35"},
    ]


def test_number() -> None:
    assert layout.cell_number("34", "") == 34.0
    assert layout.cell_number(" 1e-3 ", "") == 0.001
    assert layout.cell_number("", "") is None
    assert layout.cell_number("NaN", "") is None
    for text in ("inf", "many"):
        with pytest.raises(HarnessError, match=f"row 3, column age: '{text}' is not a "):
            layout.cell_number(text, "row 3, column age")


def test_count() -> None:
    assert layout.vote_count("3", "") == 3
    assert layout.vote_count("3.0", "") == 3
    assert layout.vote_count("", "") == 0
    for text in ("-1", "1.5", "1e300"):
        with pytest.raises(HarnessError, match="not a number of votes"):
            layout.vote_count(text, "row 1")
    with pytest.raises(HarnessError, match=r"'0\.5' is not a number of votes\. Shares of votes .*measure\.shares"):
        layout.vote_count("0.5", "row 1")


def test_copies_are_found_by_name() -> None:
    uris = ["a/1.wav", "a/2.wav", "b/a/1.wav"]
    assert layout.first_by_name(uris) == {"1.wav": "a/1.wav", "2.wav": "a/2.wav"}
    assert layout.copies(uris) == ["1.wav"]


def test_many_things_are_named_briefly() -> None:
    assert layout.listed_files(["a", "b"]) == "a, b"
    assert layout.listed_files([str(i) for i in range(2000)]) == "0, 1, 2 and 1,997 more"
    assert layout.problem_lines({"odd": ["a"], "fine": []}) == ["odd: a"]


def test_a_table_without_a_header_is_read_by_the_order_of_its_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", b"Anna,34,yes\n\nBen,35\n")
    rows = list(layout.headless_csv_rows(path, ("name", "age", "sure"), optional=1))
    assert rows == [{"name": "Anna", "age": "34", "sure": "yes"}, {"name": "Ben", "age": "35", "sure": ""}]
    with pytest.raises(HarnessError, match=r"t\.csv, row 2: 2 cells\. Expected 3"):
        list(layout.headless_csv_rows(path, ("name", "age", "sure")))
    with pytest.raises(HarnessError, match=r"row 1: 3 cells\. Expected 2"):
        list(layout.headless_csv_rows(path, ("name", "age"), optional=1))
