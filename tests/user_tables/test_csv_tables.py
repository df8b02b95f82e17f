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
