from __future__ import annotations

import errno
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from harness.errors import HarnessError, error_code
from harness.files import sha256_file
from harness.resources import data_dir
from harness.tracking import track_run
from harness.tracking.delivery import public_uri
from harness.tracking.track_run import track

# MLflow's store uses what SQLAlchemy deprecates. The harness silences it; these tests open the store themselves.
pytestmark = pytest.mark.filterwarnings("ignore:The ..noload.. loader strategy is deprecated:DeprecationWarning")

Write = Callable[[Any, Path], Path]
FORKED = pytest.mark.usefixtures("forked_sender")


@pytest.fixture
def out(study: Any, write_run: Write, tmp_path: Path) -> Path:
    return write_run(study, tmp_path / "run")


def _client(uri: str) -> Any:
    from mlflow.tracking import MlflowClient

    return MlflowClient(uri)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    port = _free_port()
    command = [
        *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{tmp_path}/server.db", "--artifacts-destination", f"{tmp_path}/kept"),
    ]
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment, start_new_session=True)
    try:
        _wait_until_healthy(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, 15)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    pytest.skip("a local MLflow server did not start")


@pytest.mark.slow
def test_default_is_one_database_in_the_data_folder(out: Path, capfd: pytest.CaptureFixture[str]) -> None:
    tracked = track(out)
    assert tracked.url == f"sqlite:///{data_dir()}/mlflow.db"
    assert (data_dir() / "mlflow.db").is_file()
    run = _client(f"sqlite:///{data_dir()}/mlflow.db").get_run(tracked.run_id)
    assert run.info.artifact_uri.startswith((data_dir() / "mlflow-artifacts").as_uri())
    note = json.loads((out / "tracking.json").read_text())
    assert note["run_id"] == tracked.run_id
    printed = capfd.readouterr()
    assert printed.out + printed.err == ""


@pytest.mark.slow
def test_a_server_takes_the_whole_run(
    out: Path, study: Any, server: str, capfd: pytest.CaptureFixture[str]
) -> None:
    tracked = track(out, uri=server, experiment="trial")
    assert capfd.readouterr().out == ""
    client = _client(server)
    _assert_whole(client, tracked.run_id, study, out)
    experiment = client.get_experiment_by_name("trial").experiment_id
    assert tracked.url == f"{server}/#/experiments/{experiment}/runs/{tracked.run_id}"
    assert track(out, uri=server, experiment="trial") == tracked
    assert len(client.search_runs([experiment])) == 1


@FORKED
def test_sqlite_takes_the_whole_run(out: Path, study: Any, database: str) -> None:
    tracked = track(out, uri=database, experiment="whole")
    _assert_whole(_client(database), tracked.run_id, study, out)


def _assert_whole(client: Any, run_id: str, study: Any, out: Path) -> None:
    run = client.get_run(run_id)
    assert run.info.status == "FINISHED"
    plan_sha256 = run.data.tags["harness.plan_sha256"]
    assert run.info.run_name.startswith(f"{plan_sha256[:8]} fer_mini_xception on "), "20 characters are shown"
    assert run.data.params["measure.resamples"] == "200"
    assert run.data.params["model.facts.weights_sha256"] == "c" * 64
    assert run.data.tags["harness.simulated"] == "true"
    assert run.data.tags["harness.git_commit"] == "a" * 40
    of_groups = {name for name in run.data.metrics if name.startswith("group/")}
    assert 20 <= len(run.data.metrics) - len(of_groups) <= 50
    assert 1 <= len(of_groups) <= 100
    assert run.data.metrics["group/skin_tone/monk_05/uar"] == pytest.approx(_of_group(study, "monk_05"), abs=1e-12)
    rows = [row for row in study.results.to_pylist() if row["axis"] == "overall"]
    uar = next(row for row in rows if row["metric"] == "uar" and row["model"] == "fer_mini_xception")
    assert run.data.metrics["uar"] == pytest.approx(uar["value"], abs=1e-12)
    assert run.data.metrics["uar.lo"] == pytest.approx(uar["lo"], abs=1e-12)
    assert run.data.metrics["majority/uar"] == pytest.approx(1 / 7, abs=1e-12)
    assert "recall/anger" in run.data.metrics
    _assert_linked(client, run, sha256_file(out / "samples.parquet"))
    names = {file.path for file in client.list_artifacts(run_id)}
    assert names == {"pseudonymous", "results.parquet", "results.csv", "report.html", "plan.yaml", "run.json"}
    record = json.loads(Path(client.download_artifacts(run_id, "run.json")).read_text())
    assert record["status"] == "complete"
    local = Path(client.download_artifacts(run_id, "pseudonymous"))
    assert {file.name for file in local.iterdir()} == {"samples.parquet", "predictions.parquet", "folds.json"}
    samples = pq.read_table(local / "samples.parquet")
    assert samples.num_rows == study.samples.num_rows
    assert not any("subject_" in text for text in samples["subject_id"].to_pylist())
    assert samples["uri"].null_count == samples.num_rows


def _of_group(study: Any, group: str) -> float:
    """The UAR of the system in one group, from the results."""
    (found,) = [
        row["value"]
        for row in study.results.to_pylist()
        if (row["model"], row["group"], row["metric"], row["statistic"])
        == ("fer_mini_xception", group, "uar", "level")
    ]
    return float(found)


def _assert_linked(client: Any, run: Any, sha256: str) -> None:
    (given,) = run.inputs.dataset_inputs
    assert given.dataset.name == "simulated_faces"
    assert given.dataset.digest == sha256[:36]
    assert {tag.key: tag.value for tag in given.tags}["sha256"] == sha256
    (link,) = run.inputs.model_inputs
    model = client.get_logged_model(link.model_id)
    assert model.name == "fer_mini_xception"
    assert str(model.status) == "READY"
    linked = {metric.key: metric for metric in model.metrics}
    assert linked["uar"].dataset_digest == sha256[:36]
    assert linked["uar"].run_id == run.info.run_id


@FORKED
def test_the_same_folder_twice_is_one_run(out: Path, database: str) -> None:
    first = track(out, uri=database, experiment="twice")
    (out / "tracking.json").unlink()
    assert track(out, uri=database, experiment="twice") == first
    client = _client(database)
    found = client.get_experiment_by_name("twice").experiment_id
    assert [run.info.run_id for run in client.search_runs([found])] == [first.run_id]


@FORKED
def test_a_run_that_broke_off_leaves_nothing_behind_and_is_sent_once(
    out: Path, tmp_path: Path, store: str
) -> None:
    (tmp_path / "mlflow-artifacts").write_text("in the way of the artifacts")
    with pytest.raises(HarnessError, match="mlflow-artifacts"):
        track(out, uri=store)
    client = _client(store)
    found = client.get_experiment_by_name("emotion-harness").experiment_id
    assert client.search_runs([found]) == []
    assert not (out / "tracking.json").exists()
    (tmp_path / "mlflow-artifacts").unlink()
    tracked = track(out, uri=store)
    runs = client.search_runs([found])
    assert [(run.info.run_id, run.info.status) for run in runs] == [(tracked.run_id, "FINISHED")]


@FORKED
def test_a_run_that_a_killed_process_left_is_replaced(out: Path, database: str) -> None:
    client = _client(database)
    found = client.create_experiment("left")
    left = client.create_run(found, tags={"harness.run_sha256": sha256_file(out / "run.json")}).info.run_id
    other = client.create_run(found, tags={"harness.run_sha256": "0" * 64}).info.run_id
    tracked = track(out, uri=database, experiment="left")
    assert {run.info.run_id for run in client.search_runs([found])} == {tracked.run_id, other}
    assert client.get_run(left).info.lifecycle_stage == "deleted"


@FORKED
def test_runs_of_one_system_share_its_logged_model(
    study: Any, write_run: Write, tmp_path: Path, database: str
) -> None:
    client = _client(database)
    linked = set()
    for seed in (0, 1):
        other = replace(study, plan={**study.plan, "seed": seed})
        tracked = track(write_run(other, tmp_path / str(seed)), uri=database, experiment="shared")
        linked |= {model.model_id for model in client.get_run(tracked.run_id).inputs.model_inputs}
    assert len(linked) == 1


@pytest.mark.slow
def test_two_processes_at_once_on_a_new_database(study: Any, write_run: Write, tmp_path: Path) -> None:
    """One waits until the other has logged; on a busy machine that takes longer than the usual 60 s."""
    outs = [write_run(study, tmp_path / name) for name in ("a", "b")]
    (outs[1] / "run.json").write_text((outs[1] / "run.json").read_text() + "\n")
    uri = f"sqlite:///{tmp_path}/new/mlflow.db"
    code = (
        "import sys; from pathlib import Path; from harness.tracking.track_run import track; "
        "track(Path(sys.argv[1]), uri=sys.argv[2], timeout_s=240)"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, str(out), uri]) for out in outs]
    assert [process.wait(300) for process in started] == [0, 0]
    client = _client(uri)
    found = client.get_experiment_by_name("emotion-harness").experiment_id
    assert [run.info.status for run in client.search_runs([found])] == ["FINISHED", "FINISHED"]


@FORKED
def test_a_dead_server_fails_soon(out: Path) -> None:
    begin = time.monotonic()
    with pytest.raises(HarnessError, match="the server does not answer"):
        track(out, uri=f"http://127.0.0.1:{_free_port()}")
    assert time.monotonic() - begin < 10
    assert not (out / "tracking.json").exists()


@pytest.mark.slow
@FORKED
def test_a_silent_server_fails_soon(out: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        begin = time.monotonic()
        with pytest.raises(HarnessError, match="not done within 6 s"):
            track(out, uri=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout_s=6)
        assert time.monotonic() - begin < 10


@FORKED
def test_secrets_in_the_uri_are_not_repeated(out: Path) -> None:
    with pytest.raises(HarnessError) as failure:
        track(out, uri=f"http://anna:secret@127.0.0.1:{_free_port()}")
    assert "secret" not in str(failure.value)
    assert public_uri("https://anna:secret@example.org/x?token=1") == "https://example.org/x"


@pytest.mark.parametrize(
    "uri",
    ["sqlite:///mlflow.db", "mlruns", "file:///tmp/x", "http://", "databricks", "http://[::1", "https://u:p@"],
)
def test_other_places_are_refused(out: Path, uri: str) -> None:
    with pytest.raises(HarnessError, match="absolute"):
        track(out, uri=uri)


@FORKED
def test_a_database_that_cannot_be_written_is_refused(out: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(HarnessError, match="cannot be made here"):
        track(out, uri=f"sqlite:///{tmp_path}/file/mlflow.db")
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(HarnessError, match="cannot be written"):
        track(out, uri=f"sqlite:///{tmp_path}/folder.db")
    (tmp_path / "other.db").write_text("this is no database" * 100)
    with pytest.raises(HarnessError, match="cannot be written"):
        track(out, uri=f"sqlite:///{tmp_path}/other.db")


def test_that_there_is_no_room_for_what_is_sent_is_no_fault_of_the_run(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(track_run, "verified_copy", full)
    with pytest.raises(
        HarnessError, match=f"{re.escape(str(out))}: not sent to MLflow. .*No space left"
    ) as failure:
        track(out, uri="http://127.0.0.1:9")
    assert error_code(failure.value) == "disk"


def test_an_unfinished_or_changed_run_is_not_sent(out: Path) -> None:
    (out / "results.csv").write_text("better numbers")
    with pytest.raises(HarnessError, match=r"changed after.*results\.csv"):
        track(out)
    (out / "run.json").unlink()
    with pytest.raises(HarnessError, match="not finished"):
        track(out)


@pytest.mark.parametrize("media", ["none", [1], 3])
def test_an_error_names_the_folder_that_was_given(out: Path, database: str, media: object) -> None:
    record = json.loads((out / "run.json").read_text())
    (out / "run.json").write_text(json.dumps(record | {"media": media}))
    with pytest.raises(HarnessError) as error:
        track(out, uri=database)
    assert str(error.value).startswith(f"{out / 'run.json'}: not the record of a run.")
