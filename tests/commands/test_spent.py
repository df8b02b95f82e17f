"""What the terminal says that the answers of a service used and cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.commands.spent import spent_lines
from harness.tables.schemas import ANSWERS
from harness.tables.versions import write_table

PRICE = {"currency": "EUR", "source": "list of 2026"}
ASKED = "4 requests, 1,200 tokens in and 10 tokens out, without checks that ask again"


def written(folder: Path, **columns: list[Any]) -> Path:
    num = len(columns["attempts"])
    rows = {
        "sample_id": [f"s{i}" for i in range(num)],
        "model": ["acme"] * (num - 1) + ["other"],
        "condition": ["clean"] * num,
        **columns,
    }
    table = pa.table({field.name: pa.array(rows.get(field.name, [None] * num), field.type) for field in ANSWERS})
    write_table(table.cast(ANSWERS), "answers", folder / "answers.parquet")
    return folder / "answers.parquet"


def test_requests_tokens_and_cost_of_one_system_are_added(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        attempts=[1, 3, 0, 50],
        cost=[0.25, 0.5, 0.0, 9.0],
        tokens_in=[1000, 200, None, 7],
        tokens_out=[10, None, None, 7],
    )
    assert list(spent_lines(path, "acme", PRICE)) == [
        f"Cost: 0.75 EUR (list of 2026) for {ASKED}",
        "1 of 3 answers came from the cache of an earlier run, and cost nothing.",
    ]
    used, _ = spent_lines(path, "acme", None)
    assert used == f"Used: {ASKED}"


def test_a_system_that_counts_nothing_and_has_no_price_is_not_spoken_of(tmp_path: Path) -> None:
    path = written(tmp_path, attempts=[1, 2, 1])
    assert list(spent_lines(path, "acme", None)) == []
    assert list(spent_lines(tmp_path / "none.parquet", "acme", PRICE)) == []
