"""The shares of measuring, by what each part costs."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.shares import measure_shares, measuring_cost, models_without_scores, parts_of_rows
from harness.progress import Share
from harness.tables.schemas import CLEAN


@pytest.mark.parametrize(
    ("num_people", "num_groups", "is_slow"), [(50_000, 3, 0), (4_000, 3, 1), (50_000, 300, 1)]
)
def test_groups_cost_more_where_people_are_permuted(num_people: int, num_groups: int, is_slow: int) -> None:
    *_, gaps, _ = parts_of_rows(num_people, [num_groups], compares=True)
    assert gaps == (3.0 if is_slow else 0.1)
    assert parts_of_rows(num_people, [num_groups], compares=False)[-2:] == [0.0, 0.0]


def test_few_people_cost_little() -> None:
    costs = [measuring_cost(num * 10, num * 30, num, 3) for num in (10, 100, 1_000, 100_000, 10_000_000)]
    assert costs == sorted(costs)


def test_every_model_and_condition_has_its_share() -> None:
    seen: list[float] = []
    asked = [("system", CLEAN), ("system", "noise"), ("majority", CLEAN)]
    shares = measure_shares(
        Share(seen.append),
        asked,
        num_samples=1_000_000,
        num_people=10_000,
        num_groups=[2, 4],
        settings=MeasureSettings(system="system"),
        unscored={"majority"},
    )
    sizes = []
    for block in shares.blocks:
        before = seen[-1] if seen else 0.0
        for share in (block.bounds, block.counting, block.rows):
            share.end()
        sizes.append(seen[-1] - before)
    shares.versus_clean.end()
    assert seen[-1] == 1.0
    assert len(sizes) == len(asked)
    assert sizes[2] < min(sizes[:2]) / 5  # without scores, and its groups are not compared


def test_a_model_without_scores_is_told_by_the_metadata(tmp_path: Path) -> None:
    scores = pa.array([[0.5, 0.5]] * 40 + [None] * 40, pa.list_(pa.float32()))
    path = tmp_path / "predictions.parquet"
    pq.write_table(pa.table({"label": ["joy"] * 80, "scores": scores}), path, row_group_size=20)
    assert models_without_scores(path, {"system": 0, "chance": 40}) == {"chance"}
    pq.write_table(pa.table({"label": ["joy"] * 80}), path)
    assert models_without_scores(path, {"system": 0}) == set()
