"""A run whose tables are read piece by piece."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.evidence.run_folder import RunFolder
from harness.measurement.streaming import measure_files
from harness.scoring.score_run import score
from harness.statistics import threads
from harness.tables import drawn_samples, pieces
from harness.tables.parquet_files import read_parquet

GOLDEN = Path(__file__).parents[1] / "golden/v1"
OUTPUTS = ("results.parquet", "results.csv", "curves.parquet", "report.html")


@pytest.mark.parametrize("rows", [10, 1_000_000])
def test_checks_beside_the_measuring_give_the_files_of_one_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    folder = RunFolder(Path(shutil.copytree(GOLDEN / "table", tmp_path / "table")))
    monkeypatch.setattr(measure_files, "STREAMED_ROWS", rows)
    for num in (1, 3):
        monkeypatch.setattr(threads, "num_threads", lambda num=num: num)
        score(folder, tmp_path / str(num))
    for output in OUTPUTS:
        assert (tmp_path / "1" / output).read_bytes() == (tmp_path / "3" / output).read_bytes(), output


@pytest.mark.parametrize("most", [500_000, 20])
@pytest.mark.parametrize("name", ["table", "wearable"])
def test_pieces_give_the_files_of_tables_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, most: int
) -> None:
    """Raters, checks, curves and report included; also where checks look at a part of the samples alone."""
    monkeypatch.setattr(drawn_samples, "MAX_DRAWN", most)
    folder = RunFolder(Path(shutil.copytree(GOLDEN / name, tmp_path / name)))
    score(folder, tmp_path / "whole")
    monkeypatch.setattr(measure_files, "STREAMED_ROWS", 10)
    monkeypatch.setattr(pieces, "CHUNK_ROWS", 37)
    score(folder, tmp_path / "pieces")
    for output in OUTPUTS:
        assert (tmp_path / "pieces" / output).read_bytes() == (tmp_path / "whole" / output).read_bytes(), output
    reasons = read_parquet(tmp_path / "pieces" / "results.parquet")["reason"].to_pylist()
    stated = [reason for reason in reasons if reason and "samples, drawn at random within each subject" in reason]
    # All wearable samples are probed, and probed ones are always among the drawn.
    assert bool(stated) == (most == 20 and name == "table")
