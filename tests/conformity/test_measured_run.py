from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from example_studies import Study
from measured_runs import PURPOSE, measured_run

from harness.conformity.dossier import Dossier
from harness.conformity.measured_run import measured_run_of, pack_id
from harness.errors import HarnessError
from harness.evidence.run_folder import RunFolder
from harness.tables.parquet_files import write_parquet

DOSSIER = Dossier.model_validate({"purpose": PURPOSE})


@pytest.fixture
def folder(study: Study, tmp_path: Path, write_run: Callable[[Study, Path], Path]) -> RunFolder:
    path = write_run(study, tmp_path / "run")
    write_parquet(measured_run(study).curves, path / "curves.parquet")
    return RunFolder(path)


def test_a_finished_run_is_read_with_its_scope(folder: RunFolder, study: Study) -> None:
    run = measured_run_of(folder, DOSSIER, issued="2026-11-27")
    assert run.results["value"].equals(study.results["value"])
    assert run.plan_sha256 == folder.read_plan().sha256
    assert (run.system, run.min_subjects) == ("fer_mini_xception", 4)
    assert (run.model_card.title, run.dataset_card.title) == (
        "mini-XCEPTION, trained on FER2013",
        "Simulated faces",
    )
    assert run.record["git"]["commit"] == "a" * 40
    assert run.scope.outcome == "high_risk"
    assert (run.issued, run.signers) == ("2026-11-27", ())


def test_names_of_people_are_rows(study: Study, tmp_path: Path, write_run: Callable[[Study, Path], Path]) -> None:
    model = study.plan["model"] | {"options": {"left_out": ["subject_003"]}}
    named = Study(study.samples, study.predictions, study.results, study.plan | {"model": model})
    path = write_run(named, tmp_path / "run")
    write_parquet(measured_run(study).curves, path / "curves.parquet")
    run = measured_run_of(RunFolder(path), DOSSIER)
    row = study.samples["subject_id"].to_pylist().index("subject_003")
    assert run.plan["model"]["options"] == {"left_out": [f"(subject_id of row {row})"]}


def test_an_unfinished_run_is_refused(folder: RunFolder) -> None:
    (folder / "run.json").unlink()
    with pytest.raises(HarnessError, match="not finished"):
        measured_run_of(folder, DOSSIER)


def test_a_run_of_a_version_without_curves_is_refused(folder: RunFolder) -> None:
    (folder / "curves.parquet").unlink()
    with pytest.raises(HarnessError, match=r"measured it kept none\. Run the study again"):
        measured_run_of(folder, DOSSIER)


def test_the_id_follows_from_plan_and_results_alone(study: Study) -> None:
    one = pack_id("a" * 64, study.results)
    assert len(one) == 16
    assert int(one, 16) >= 0
    assert pack_id("a" * 64, study.results.replace_schema_metadata({"x": "y"})) == one
    assert pack_id("b" * 64, study.results) != one
    assert pack_id("a" * 64, study.results.slice(1)) != one
