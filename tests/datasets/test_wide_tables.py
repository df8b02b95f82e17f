from __future__ import annotations

from pathlib import Path

import pytest

from harness.datasets import wide_tables
from harness.datasets.wide_tables import wide_rows
from harness.errors import HarnessError


def read(path: Path) -> list[dict[str, str]]:
    return wide_rows(path, ["a", "b", "other"], ["a"])


def test_huge_cells_beside_are_not_kept_and_absent_columns_are_empty(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    outline = "[1, 2]\n" * 200_000
    path.write_text(f'outline,b,a\n"{outline}"," x, y ",é\n,,z\n', encoding="utf-8")
    assert read(path) == [{"a": "é", "b": "x, y", "other": ""}, {"a": "z", "b": "", "other": ""}]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a readable CSV table"),
        (b"b,c\n1,2\n", "no column a, or nothing in it"),
        (b"a,b\n,2\n", "no column a, or nothing in it"),
        (b"a,b\n", "no column a, or nothing in it"),
        (b"a;b\n1;2\n", "nothing in it. It is separated by semicolons, not commas"),
        (b"a,b\n1,2,3\n", "not a readable CSV table"),
        (b"a,b\n\xff,2\n", "not a readable CSV table"),
    ],
)
def test_what_is_no_such_table_is_one_message(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(data)
    with pytest.raises(HarnessError, match=message):
        read(path)


def test_a_missing_file_and_too_many_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HarnessError, match="not a readable file"):
        read(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_text("a\n1\n2\n3\n")
    monkeypatch.setattr(wide_tables, "MAX_ROWS", 2)
    with pytest.raises(HarnessError):
        read(tmp_path / "t.csv")
