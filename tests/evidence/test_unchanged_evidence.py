"""What builds on a finished run checks first that it is finished and unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest
from fused_systems import sample_rows, write_system_run

from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.evidence.unchanged_evidence import record_of_unchanged, require_named

ROWS = sample_rows(2)
SCORES = [[0.7, 0.1, 0.1, 0.1]] * len(ROWS)


def test_the_record_of_a_finished_run_has_the_hashes(tmp_path: Path) -> None:
    run = RunFolder(write_system_run(tmp_path / "a", ROWS, SCORES))
    files = record_of_unchanged(run, ["samples.parquet"])["files"]
    assert files["samples.parquet"] == run.sha256("samples.parquet")


def test_what_is_not_finished_or_changed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match=r"is not finished\. Repeat its command"):
        record_of_unchanged(RunFolder(write_system_run(tmp_path / "a", ROWS, SCORES, finish=False)), [])
    run = RunFolder(write_system_run(tmp_path / "b", ROWS, SCORES))
    with pytest.raises(HarnessError, match=r"run\.json has no hash of folds\.json"):
        record_of_unchanged(run, ["folds.json"])
    (run / "predictions.parquet").write_bytes(b"")
    with pytest.raises(HarnessError, match=r"predictions\.parquet is not what the run wrote"):
        record_of_unchanged(run, [])


@pytest.mark.parametrize("without", ["model", "dataset", "face"])
def test_a_plan_names_system_and_dataset(without: str, tmp_path: Path) -> None:
    plan = RunFolder(write_system_run(tmp_path / "a", ROWS, SCORES)).read_plan().plan
    require_named(plan, tmp_path)
    del plan[without]
    with pytest.raises(HarnessError, match="does not say which system was run on which dataset"):
        require_named(plan, tmp_path)
