"""A study whose tables are read piece by piece."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.measurement.streaming import measure_files
from harness.scoring.score_run import score
from harness.study.compose import compose_study
from harness.study.run_study import Study, run
from harness.tables import drawn_samples, pieces
from harness.tables.parquet_files import read_parquet


class Silent:
    def stage(self, text: str) -> None:
        pass

    def progress(self, done: int, total: int) -> None:
        pass

    def warn(self, text: str) -> None:
        raise AssertionError(text)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Study:
    out = tmp_path_factory.mktemp("finished")
    choices = ["dataset=simulated_wearables", "dataset.subjects=6", "model=wearable_stress", "workers=0"]
    choices += ["tracking.enabled=false", "measure.resamples=200", f"out={out}"]
    return run(compose_study(choices), Silent())


OUTPUTS = ("results.parquet", "results.csv", "curves.parquet", "report.html")


@pytest.mark.parametrize("most", [1_000_000, 12])
def test_pieces_give_the_files_of_tables_in_memory(
    finished: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """Checks, curves and report included; also where checks look at a part of the samples alone."""
    monkeypatch.setattr(drawn_samples, "MAX_DRAWN", most)
    score(finished.folder, tmp_path / "whole")
    monkeypatch.setattr(measure_files, "STREAMED_ROWS", 10)
    monkeypatch.setattr(pieces, "CHUNK_ROWS", 7)
    score(finished.folder, tmp_path / "pieces")
    for name in OUTPUTS:
        assert (tmp_path / "pieces" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    reasons = read_parquet(tmp_path / "pieces" / "results.parquet")["reason"].to_pylist()
    told = [reason for reason in reasons if reason and "of 24 samples, drawn at random" in reason]
    assert bool(told) == (most == 12)
