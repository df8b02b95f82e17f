from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from harness.tables.parquet_files import write_parquet
from harness.tables.schemas import ANSWERED_BESIDES, ANSWERS
from harness.tables.versions import read_table


def test_what_version_1_did_not_record_is_null(tmp_path: Path) -> None:
    old = pa.schema([field for field in ANSWERS if field.name not in ANSWERED_BESIDES])
    row = {"sample_id": "a", "model": "acme", "condition": "clean", "attempts": 2, "cost": 0.01, "raw": b"yes"}
    write_parquet(pa.Table.from_pylist([row], old), tmp_path / "answers.parquet")
    found = read_table(tmp_path / "answers.parquet", "answers")
    assert found.steps == ("answers 1→2",)
    assert found.table.to_pylist() == [{**row, **dict.fromkeys(ANSWERED_BESIDES)}]
