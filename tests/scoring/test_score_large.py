"""A study whose tables are read piece by piece."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.measurement.streaming import measure_files
from harness.scoring.score_run import score
from harness.study.compose import compose_study
from harness.study.run_study import Study, run
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


def test_score_gives_the_same_rows_and_says_what_is_missing(
    finished: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure_files, "STREAMED_ROWS", 10)
    scored = score(finished.folder, tmp_path)
    results = scored.results
    assert results.equals(read_parquet(tmp_path / "results.parquet"))
    assert scored.curves.equals(read_parquet(finished.folder / "curves.parquet"))
    rows, whole = results.to_pylist(), finished.results.to_pylist()
    measured = [row for row in whole if row["kind"] != "check"]
    assert rows[:-1] == measured
    assert (rows[-1]["kind"], rows[-1]["metric"]) == ("check", "size_of_tables")
    page = (tmp_path / "report.html").read_text()
    assert "24 simulated wearable samples of 6 simulated subjects in 2 classes." in " ".join(page.split())
    assert "read piece by piece" in page
    assert "<script" not in page
