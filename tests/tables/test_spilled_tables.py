"""Rows come back from their buckets as they went in."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from harness.errors import HarnessError
from harness.tables import scratch_file
from harness.tables.spilled_tables import SpilledTables

TABLE = pa.table(
    {
        "id": [f"clip {index % 40}" for index in range(100)],
        "scores": pa.array(
            [None if index % 9 == 0 else [0.5, index] for index in range(100)], pa.list_(pa.float32())
        ),
        "row": list(range(100)),
        "label": [None if index % 7 == 0 else "é" * (index % 3) for index in range(100)],
    }
)


def filled(num_buckets: int) -> SpilledTables:
    spilled = SpilledTables(num_buckets)
    for start in (0, 30, 60):
        spilled.add(TABLE.slice(start, 30), "id")
    spilled.add(TABLE.slice(90), "id")
    return spilled


@pytest.mark.parametrize("num_buckets", [1, 2, 7])
def test_every_row_comes_back_once_and_equal_keys_in_one_bucket(num_buckets: int) -> None:
    spilled = filled(num_buckets)
    buckets = [spilled.bucket(index) for index in range(num_buckets)]
    assert pa.concat_tables(buckets).sort_by("row").equals(TABLE)
    of_key: dict[str, set[int]] = {}
    for index, bucket in enumerate(buckets):
        assert pc.all(pc.greater(pc.pairwise_diff(bucket["row"].combine_chunks()), 0), min_count=0).as_py()
        for key in bucket["id"].to_pylist():
            of_key.setdefault(key, set()).add(index)
    assert len(of_key) == 40
    assert all(len(found) == 1 for found in of_key.values())
    assert len(set.union(*of_key.values())) == num_buckets


@pytest.mark.parametrize("num_buckets", [1, 3])
def test_some_columns_are_those_columns_in_the_order_asked_for(num_buckets: int) -> None:
    spilled = filled(num_buckets)
    for index in range(num_buckets):
        assert spilled.bucket(index, ["row", "id"]).equals(spilled.bucket(index).select(["row", "id"]))


def test_buckets_without_rows_have_the_columns() -> None:
    spilled = SpilledTables(50)
    spilled.add(TABLE.slice(0, 1), "id")
    assert sorted(spilled.bucket(index).num_rows for index in range(50)) == [0] * 49 + [1]
    assert all(spilled.bucket(index).schema.equals(TABLE.schema) for index in range(50))


def test_a_full_disk_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def tell(self) -> int:
            return 0

        def write(self, _: object) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None:
            pass

    monkeypatch.setattr(scratch_file.tempfile, "TemporaryFile", lambda **_: Full())
    with pytest.raises(HarnessError, match=r"cannot be written \(No space left on device\).*TMPDIR"):
        filled(2)
