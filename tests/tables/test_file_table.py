from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from harness.errors import HarnessError
from harness.tables.file_table import FILES, FileRead, files_of, files_table, is_below_root
from harness.tables.versions import read_table, write_table

READ = FileRead("b/x.wav", 3, "0" * 64)
ABSENT = FileRead("a.wav", None, None, "missing_file")


def test_rows_are_sorted_and_come_back_from_disk(tmp_path: Path) -> None:
    write_table(files_table([READ, ABSENT]), "files", tmp_path / "files.parquet")
    stored = read_table(tmp_path / "files.parquet", "files").table
    assert stored.schema.metadata == {b"harness.table": b"files", b"harness.schema": b"1"}
    assert files_of(stored) == [ABSENT, READ]


def test_no_files_are_a_table_too() -> None:
    assert files_table([]).schema.equals(FILES)
    assert files_of(files_table([])) == []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("../x", 1, "0" * 64, None), "not a path below"),
        (("/etc/passwd", 1, "0" * 64, None), "not a path below"),
        (("x/../../y", 1, "0" * 64, None), "not a path below"),
        (("", 1, "0" * 64, None), "not a path below"),
        (("x", 1, "0" * 63, None), "neither size"),
        (("x", 1, "G" * 64, None), "neither size"),
        (("x", None, "0" * 64, None), "neither size"),
        (("x", None, None, None), "neither size"),
        (("x", 1, "0" * 64, "missing_file"), "neither size"),
        ((None, 1, "0" * 64, None), "path is empty"),
    ],
)
def test_rows_from_elsewhere_must_fit(row: tuple[object, ...], message: str) -> None:
    table = pa.table([pa.array([cell], field.type) for cell, field in zip(row, FILES, strict=True)], FILES.names)
    with pytest.raises(HarnessError, match=message):
        files_of(table)


def test_a_path_stands_once() -> None:
    with pytest.raises(HarnessError, match="two rows"):
        files_of(pa.concat_tables([files_table([READ]), files_table([READ])]))


def test_what_is_below_the_root() -> None:
    assert is_below_root("a/b..c/.d")
    assert not any(is_below_root(path) for path in ("", ".", "..", "a/..", "/a", "a\0"))
