"""A real MLflow server on a real PostgreSQL: many studies at once, and a server that fails, lose nothing.

By default four studies log at once, and the server fails in three ways. With ``HARNESS_LOAD_STUDIES=32`` it is so
many, and the server fails in each way at each moment, and is killed and away for a minute.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from example_studies import build_study
from fault_server import Asked, Behaviour, Handler, dropped, serving
from mlflow_server import forwarded, stored, tracking_server

from harness.errors import HarnessError
from harness.tracking.track_run import TrackedRun, track

IS_WHOLE = "HARNESS_LOAD_STUDIES" in os.environ
NUM_STUDIES = int(os.environ.get("HARNESS_LOAD_STUDIES", "4"))
pytestmark = pytest.mark.usefixtures("forked_sender")
Write = Callable[[Any, Path], Path]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with tracking_server(tmp_path_factory.mktemp("server")) as address:
        yield address


@pytest.fixture(scope="module")
def small_study() -> Any:
    return build_study(num_subjects=8, per_class=1)


def _runs(address: str, experiment: str) -> list[Any]:
    from mlflow.entities import ViewType
    from mlflow.tracking import MlflowClient

    client = MlflowClient(address)
    found = client.get_experiment_by_name(experiment)
    return list(client.search_runs([found.experiment_id], run_view_type=ViewType.ACTIVE_ONLY, max_results=5000))


def _written(study: Any, write_run: Write, folder: Path, num: int) -> list[Path]:
    return [
        write_run(replace(study, plan={**study.plan, "seed": seed}), folder / str(seed)) for seed in range(num)
    ]


def _track(folder: Path, address: str, experiment: str, timeout_s: float = 60) -> TrackedRun:
    return track(folder, uri=address, experiment=experiment, timeout_s=timeout_s)


@pytest.mark.slow
def test_studies_that_log_at_once_lose_nothing(
    small_study: Any, write_run: Write, server: str, tmp_path: Path
) -> None:
    from mlflow.tracking import MlflowClient

    folders = _written(small_study, write_run, tmp_path, NUM_STUDIES)
    with ThreadPoolExecutor(NUM_STUDIES) as pool:
        tracked = list(pool.map(lambda folder: _track(folder, server, "at once", 300), folders))
    runs = {run.info.run_id: run for run in _runs(server, "at once")}
    assert set(runs) == {one.run_id for one in tracked}
    assert len(runs) == NUM_STUDIES
    assert {run.info.status for run in runs.values()} == {"FINISHED"}
    assert {run.data.params["seed"] for run in runs.values()} == {str(seed) for seed in range(NUM_STUDIES)}
    (metrics,) = {tuple(sorted(run.data.metrics.items())) for run in runs.values()}
    assert len(metrics) > 20
    client = MlflowClient(server)
    (experiment,) = {run.info.experiment_id for run in runs.values()}
    assert len(client.search_logged_models([experiment])) == 1, "all are runs of one system"
    for folder, one in zip(folders, tracked, strict=True):
        sent = Path(client.download_artifacts(one.run_id, "results.parquet", str(tmp_path)))
        assert sent.read_bytes() == (folder / "results.parquet").read_bytes()


def _failing(address: str, fails: Callable[[Handler, Asked], None], during: range) -> Behaviour:
    """A server that fails at the requests with these numbers, and is the real one otherwise."""

    def behave(handler: Handler, asked: Asked) -> None:
        if asked.number in during:
            fails(handler, asked)
        else:
            forwarded(handler, asked, address)

    return behave


def _says_500(handler: Handler, asked: Asked) -> None:
    handler.answer({"error_code": "INTERNAL_ERROR", "message": "database is gone"}, 500)


MOMENTS = {"from the start": 0, "after the run was made": 3, "among the artifacts": 7}
FAULTS = {"down": dropped, "answers 500": _says_500}
ALL = [pytest.param(FAULTS[how], MOMENTS[when], id=f"{how} {when}") for when in MOMENTS for how in FAULTS]


@pytest.mark.slow
@pytest.mark.parametrize(("fails", "first"), ALL if IS_WHOLE else [ALL[0], ALL[3], ALL[4]])
def test_a_server_that_fails_for_a_while_loses_nothing(
    fails: Callable[[Handler, Asked], None],
    first: int,
    small_study: Any,
    write_run: Write,
    server: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    (folder,) = _written(small_study, write_run, tmp_path, 1)
    experiment = request.node.name
    with serving(_failing(server, fails, range(first, first + 10_000))) as down:
        with pytest.raises(HarnessError, match="did not accept the run"):
            _track(folder, down.url, experiment, 20)
        assert not (folder / "tracking.json").exists()
    tracked = _track(folder, server, experiment)
    (run,) = _runs(server, experiment)
    assert (run.info.run_id, run.info.status) == (tracked.run_id, "FINISHED")
    assert _track(folder, server, experiment).run_id == tracked.run_id


@pytest.mark.slow
def test_a_slow_server_gets_all_of_it_within_the_time_that_it_is_given(
    small_study: Any, write_run: Write, server: str, tmp_path: Path
) -> None:
    def late(handler: Handler, asked: Asked) -> None:
        time.sleep(0.3)
        forwarded(handler, asked, server)

    (folder,) = _written(small_study, write_run, tmp_path, 1)
    with serving(late) as slow:
        with pytest.raises(HarnessError, match="was not done within 2 s"):
            _track(folder, slow.url, "slow", 2)
        _track(folder, slow.url, "slow", 60)
    (run,) = _runs(server, "slow")
    assert run.info.status == "FINISHED"


AWAY_S = 60.0


@pytest.mark.skipif(not IS_WHOLE, reason="takes minutes: set HARNESS_LOAD_STUDIES")
def test_a_server_that_is_killed_and_away_for_a_minute_loses_nothing(
    small_study: Any, write_run: Write, tmp_path: Path
) -> None:
    """Studies log all the time; each is tried again until it is logged, as the same command or a sweep does."""
    from mlflow.tracking import MlflowClient

    folders = _written(small_study, write_run, tmp_path, NUM_STUDIES)
    refused: list[float] = []
    began = time.monotonic()

    def until_logged(folder: Path) -> str:
        while True:
            try:
                return _track(folder, f"http://127.0.0.1:{behind.port}", "a minute", 120).run_id
            except HarnessError:
                refused.append(time.monotonic() - began)
                time.sleep(1)

    (tmp_path / "server").mkdir()
    with stored(tmp_path / "server") as behind, ThreadPoolExecutor(4) as pool:
        with behind.served():
            first = [pool.submit(until_logged, folder) for folder in folders]
            while sum(future.done() for future in first) < NUM_STUDIES // 4:
                time.sleep(0.2)
        away = time.monotonic() - began
        time.sleep(AWAY_S)
        back = time.monotonic() - began
        with behind.served() as address:
            logged = [future.result(300) for future in first]
            all_s = time.monotonic() - began
            runs = {run.info.run_id: run for run in _runs(address, "a minute")}
            assert sorted(runs) == sorted(logged)
            assert {run.info.status for run in runs.values()} == {"FINISHED"}
            assert {run.data.params["seed"] for run in runs.values()} == {str(seed) for seed in range(NUM_STUDIES)}
            for folder, run_id in zip(folders, logged, strict=True):
                sent = MlflowClient(address).download_artifacts(run_id, "results.parquet", str(tmp_path))
                assert Path(sent).read_bytes() == (folder / "results.parquet").read_bytes()
    assert len([moment for moment in refused if away <= moment <= back]) > 0
    took = f"away from {away:.0f} to {back:.0f} s, {len(refused)} attempts refused, {all_s:.0f} s in all"
    print(f"{NUM_STUDIES} studies: {took}")
