"""A sweep in MLflow: one run, the parent of its studies' runs, however often it is sent."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lying_server import lying

from harness.errors import HarnessError
from harness.tracking.track_run import TrackedRun, track
from harness.tracking.track_sweep import SweptRun, track_sweep

pytestmark = [
    pytest.mark.usefixtures("forked_sender"),
    pytest.mark.filterwarnings("ignore:The ..noload.. loader strategy is deprecated:DeprecationWarning"),
]

PARENT = "mlflow.parentRunId"
FAILED = SweptRun({"seed": "7"}, None, {})


@pytest.fixture
def swept(study: Any, write_run: Callable[[Any, Path], Path], tmp_path: Path) -> list[SweptRun]:
    """Two studies that are done; their plans differ in the seed."""
    return [
        SweptRun(
            {"seed": str(seed)},
            write_run(replace(study, plan={**study.plan, "seed": seed}), tmp_path / str(seed)),
            {"uar": 0.5 + seed / 10, "accuracy": 0.25},
        )
        for seed in (0, 1)
    ]


def _send(swept: list[SweptRun], folder: Path, uri: str, timeout_s: float = 60) -> TrackedRun:
    return track_sweep(swept, folder, started_s=1e9, uri=uri, experiment="swept", timeout_s=timeout_s)


def _runs(uri: str) -> dict[str, Any]:
    from mlflow.tracking import MlflowClient

    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name("swept")
    return {run.info.run_id: run for run in client.search_runs([experiment.experiment_id])}


def test_a_sweep_is_the_parent_of_its_runs(swept: list[SweptRun], tmp_path: Path, store: str) -> None:
    from mlflow.tracking import MlflowClient

    children = [track(run.folder, uri=store, experiment="swept").run_id for run in swept if run.folder]
    parent = _send([swept[0], FAILED, swept[1]], tmp_path / "sweep", store)
    runs = _runs(store)
    assert set(runs) == {parent.run_id, *children}
    assert [runs[child].data.tags[PARENT] for child in children] == [parent.run_id] * 2
    own = runs[parent.run_id]
    assert PARENT not in own.data.tags
    assert own.info.status == "FINISHED"
    assert own.info.start_time == 10**12
    assert own.info.run_name == "sweep over seed"
    assert own.data.metrics == {"studies/done": 2.0, "studies/failed": 1.0}
    assert own.data.tags["mlflow.note.content"].startswith("A sweep: 2 done, 1 failed.\n\nFailed:\n\n- seed=7\n\n")
    client = MlflowClient(store)
    assert {file.path for file in client.list_artifacts(parent.run_id)} == {"overview.html", "studies.csv"}
    with Path(client.download_artifacts(parent.run_id, "studies.csv")).open() as file:
        assert list(csv.reader(file)) == [
            ["study", "choices", "outcome", "accuracy", "uar"],
            ["1", "seed=0", "done", "0.25", "0.5"],
            ["2", "seed=7", "failed", "", ""],
            ["3", "seed=1", "done", "0.25", "0.6"],
        ]
    page = Path(client.download_artifacts(parent.run_id, "overview.html")).read_text()
    assert "2 done, 1 failed" in page
    assert "href" not in page


def test_a_sweep_into_the_same_folder_brings_its_run_up_to_date(
    swept: list[SweptRun], tmp_path: Path, store: str
) -> None:
    assert swept[0].folder
    assert swept[1].folder
    track(swept[0].folder, uri=store, experiment="swept")
    first = _send([swept[0], FAILED], tmp_path / "sweep", store)
    late = track(swept[1].folder, uri=store, experiment="swept")
    (tmp_path / "there").mkdir()
    assert _send(swept, tmp_path / "there" / ".." / "sweep", store) == first
    runs = _runs(store)
    assert len(runs) == 3
    assert runs[late.run_id].data.tags[PARENT] == first.run_id
    own = runs[first.run_id].data
    assert own.metrics == {"studies/done": 2.0, "studies/failed": 0.0}
    assert own.tags["mlflow.note.content"].startswith("A sweep: 2 done, 0 failed.")
    assert _send(swept, tmp_path / "another", store) != first


def test_a_run_that_was_never_logged_is_left_out(swept: list[SweptRun], tmp_path: Path, store: str) -> None:
    assert set(_runs_after(swept, tmp_path, store)) == {_send(swept, tmp_path / "sweep", store).run_id}


def _runs_after(swept: list[SweptRun], tmp_path: Path, uri: str) -> dict[str, Any]:
    _send(swept, tmp_path / "sweep", uri)
    return _runs(uri)


def test_one_that_broke_off_leaves_nothing_behind(swept: list[SweptRun], tmp_path: Path, store: str) -> None:
    (tmp_path / "mlflow-artifacts").write_text("in the way of the artifacts")
    with pytest.raises(HarnessError, match="mlflow-artifacts"):
        _send(swept, tmp_path / "sweep", store)
    assert _runs(store) == {}
    (tmp_path / "mlflow-artifacts").unlink()
    assert set(_runs_after(swept, tmp_path, store)) == {_send(swept, tmp_path / "sweep", store).run_id}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["nothing", "too many requests"])
def test_whatever_a_server_does_the_attempt_ends_in_time(kind: str, swept: list[SweptRun], tmp_path: Path) -> None:
    with lying(kind) as server:
        begin = time.monotonic()
        with pytest.raises(HarnessError, match="did not accept") as failure:
            _send(swept, tmp_path / "sweep", server.uri, timeout_s=6)
        assert time.monotonic() - begin < 16
    assert "\n" not in str(failure.value)
