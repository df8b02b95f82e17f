from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.user_tables.csv_tables import read_csv_table


def test_a_broken_row_that_is_no_text_is_refused_quietly(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """A table in Parquet that is called CSV, and a broken row in Latin-1."""
    table = tmp_path / "t.csv"
    for data in (b"a,b\n" + b"1,2\n" * 1_000 + b"caf\xe9,1,2\n", b"PAR1\xf0,\n\xfe,1,2,3\n"):
        table.write_bytes(data)
        with pytest.raises(HarnessError, match="not UTF-8 text"):
            read_csv_table(table, None)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "num_rows", [20_000, 400_000]
)  # 80 kB and 1.6 MB: in Arrow's first block, and in its second
def test_a_broken_row_far_below_that_is_no_text_is_named_quietly(
    tmp_path: Path, num_rows: int, capfd: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "t.csv"
    table.write_bytes(b"a,b\n" + b"1,2\n" * num_rows + b"\xf0\xff,1,2,3\n")
    with pytest.raises(HarnessError, match=f"row {num_rows + 1}: 4 cells, but the header has 2"):
        read_csv_table(table, None)
    assert capfd.readouterr() == ("", "")
