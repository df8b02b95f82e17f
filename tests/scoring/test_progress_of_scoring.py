"""What is told of measuring and comparing while it is done: a share that grows to all of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import harness
from harness.api.measurement_report import MeasurementReport
from harness.comparison.compare_runs import compare_runs
from harness.evidence.run_folder import RunFolder
from harness.progress import Share
from harness.scoring.score_run import score

WRITTEN = ("results.parquet", "curves.parquet", "report.html")


@pytest.fixture(scope="module")
def reports() -> list[MeasurementReport]:
    """Of two systems that were asked about the same samples."""
    rng = np.random.default_rng(0)
    num = 1_200
    truth = rng.integers(0, 3, num)
    names, subject = np.array(["anger", "joy", "sadness"]), np.arange(num) % 60
    groups = {"sex": np.array(["female", "male"])[subject % 2], "age": np.array([20, 40, 70])[subject % 3]}
    choices = {"resamples": 200, "permutations": 200}
    found = []
    for name, wrong in (("good", 0.2), ("bad", 0.5)):
        scores = rng.dirichlet([1, 1, 1], num) + np.eye(3)[np.where(rng.random(num) < wrong, 0, truth)]
        scores /= scores.sum(1, keepdims=True)
        found.append(
            harness.measure(
                names[truth],
                subject=subject,
                scores=dict(zip(names.tolist(), scores.T, strict=True)),
                groups=groups,
                system=name,
                measure=choices,
            )
        )
    return found


def _require_all_was_told(seen: Sequence[float], least: int) -> None:
    assert list(seen) == sorted(set(seen))
    assert seen[-1] == 1.0
    assert len(seen) >= least
    assert np.diff([0.0, *seen]).max() < 0.4


@pytest.mark.parametrize("in_pieces", [False, True])
def test_scoring_tells_what_is_done_and_gives_the_same(
    in_pieces: bool, reports: list[MeasurementReport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if in_pieces:
        monkeypatch.setattr("harness.measurement.streaming.measure_files.STREAMED_ROWS", 100)
        monkeypatch.setattr("harness.tables.pieces.CHUNK_ROWS", 250)
    run = RunFolder(reports[0].folder)
    seen: list[float] = []
    score(run, tmp_path / "seen", progress=Share(seen.append))
    score(run, tmp_path / "unseen")
    _require_all_was_told(seen, 30)
    for name in WRITTEN:
        made = (tmp_path / "seen" / name).read_bytes()
        assert made == (tmp_path / "unseen" / name).read_bytes() == (run / name).read_bytes()


def test_comparing_tells_what_is_done(reports: list[MeasurementReport], tmp_path: Path) -> None:
    seen: list[float] = []
    folders = [report.folder for report in reports]
    compare_runs(folders, into=tmp_path / "seen", margin=0.1, progress=Share(seen.append))
    compare_runs(folders, into=tmp_path / "unseen", margin=0.1)
    _require_all_was_told(seen, 20)
    for name in ("compare.parquet", "comparison.html"):
        assert (tmp_path / "seen" / name).read_bytes() == (tmp_path / "unseen" / name).read_bytes()
