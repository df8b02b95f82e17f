"""A run whose tables are sorted otherwise scores to the same results and curves, to the byte."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from harness.attributes.grouping import Grouping
from harness.evidence.pseudonyms import pseudonymise
from harness.evidence.run_folder import RunFolder
from harness.measurement.streaming import measure_files
from harness.scoring.score_run import score
from harness.tables import pieces
from harness.tables.parquet_files import parquet_bytes, read_parquet, write_parquet
from harness.tables.versions import read_table

GOLDEN = Path(__file__).parents[1] / "golden/v1"
BY_MODEL = [("model", "ascending"), ("condition", "ascending"), ("place", "ascending")]


@pytest.mark.parametrize("in_pieces", [False, True])
@pytest.mark.parametrize("name", ["table", "wearable"])
def test_another_order_of_the_rows_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, in_pieces: bool
) -> None:
    """Raters, intersections, the search and the checks included; findings name rows of the table as it stands."""
    folder = RunFolder(Path(shutil.copytree(GOLDEN / name, tmp_path / name)))
    score(folder, tmp_path / "whole")
    for seed in (0, 1):
        shuffle(folder, seed)
        monkeypatch.setattr(measure_files, "STREAMED_ROWS", 10 if in_pieces else 10**9)
        monkeypatch.setattr(pieces, "CHUNK_ROWS", 37)
        score(folder, tmp_path / "shuffled")
        assert results(tmp_path / "shuffled") == results(tmp_path / "whole")
        curves = [(tmp_path / each / "curves.parquet").read_bytes() for each in ("shuffled", "whole")]
        assert curves[0] == curves[1]


def shuffle(folder: RunFolder, seed: int) -> None:
    """The samples in another order, and every model's answers in the same one."""
    samples = read_parquet(folder / "samples.parquet")
    samples = samples.take(np.random.default_rng(seed).permutation(samples.num_rows))
    predictions = read_parquet(folder / "predictions.parquet")
    place = pc.index_in(predictions["sample_id"], value_set=samples["sample_id"].combine_chunks())
    predictions = predictions.append_column("place", place).sort_by(BY_MODEL).drop_columns("place")
    for table, name in ((samples, "samples"), (predictions, "predictions")):
        write_parquet(table, folder / f"{name}.parquet")


def results(folder: Path) -> bytes:
    """The bytes of the results without the numbers of rows that findings name."""
    table = read_parquet(folder / "results.parquet")
    said = [re.sub(r"rows? \d+( and (row )?\d+)*", "row", text or "") for text in table["reason"].to_pylist()]
    return parquet_bytes(table.set_column(table.schema.get_field_index("reason"), "reason", pa.array(said)))


@pytest.mark.parametrize("name", ["table", "wearable"])
def test_pseudonyms_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """What is measured; checks look at the ids themselves and at columns that pseudonymised tables lack."""
    folder = RunFolder(Path(shutil.copytree(GOLDEN / name, tmp_path / name)))
    score(folder, tmp_path / "own")
    shuffle(folder, 2)
    tables = [read_table(folder / f"{each}.parquet", each).table for each in ("samples", "predictions")]
    grouping = Grouping.of(folder.read_plan().plan["attributes"])
    for table, each in zip(pseudonymise(*tables, grouping), ("samples", "predictions"), strict=True):
        write_parquet(table, folder / f"{each}.parquet")
    for each in ("media", "probes"):
        (folder / f"{each}.parquet").unlink(missing_ok=True)
    for rows in (10**9, 10):
        monkeypatch.setattr(measure_files, "STREAMED_ROWS", rows)
        monkeypatch.setattr(pieces, "CHUNK_ROWS", 41)
        score(folder, tmp_path / "public")
        found = [read_parquet(tmp_path / each / "results.parquet") for each in ("public", "own")]
        measured = [table.filter(pc.not_equal(table["kind"], "check")) for table in found]
        assert parquet_bytes(measured[0]) == parquet_bytes(measured[1])
