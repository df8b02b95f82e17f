"""A sweep: a header per study, and an overview of all."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from forked_python import python
from lying_server import lying

from harness.commands.run import run_composed
from harness.commands.sweep import show_overview, sweep_name
from harness.errors import HarnessError
from harness.inference.lock_holder import can_be_known, holder
from harness.study.config import StudyConfig
from harness.study.observer import Observer
from harness.study.run_study import Begun, Study, run
from harness.study.sweep_notes import Ended, read_notes
from harness.tracking.delivery import NotDeliveredError
from harness.tracking.track_run import TrackedRun, track

COMMAND = [
    *("-m", "harness.commands.main", "run", "-m", "dataset=simulated_wearables"),
    *("dataset.subjects=4", "tracking.enabled=false", "measure.resamples=100", "measure.permutations=100"),
]


def _sweep(folder: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
    return python(*COMMAND, *overrides, cwd=folder)


def test_a_sweep_ends_with_an_overview(tmp_path: Path) -> None:
    swept = _sweep(tmp_path, "model=majority,voice_functionals_svm", "attributes.axes=[sex,age]")
    assert swept.returncode == 2
    assert "\nstudy 1: model=majority\n" in swept.stdout
    assert "\nstudy 2: model=voice_functionals_svm\n" in swept.stdout
    assert "[study 2: model=voice_functionals_svm]" in swept.stderr
    assert "1 done, 1 failed" in swept.stdout
    assert "1 failed (model=voice_functionals_svm): model voice_functionals_svm reads voice" in swept.stdout
    (overview,) = (tmp_path / "outputs").rglob("overview.html")
    names = {path.name for path in overview.parent.iterdir()}
    assert names == {"overview.html", "multirun.yaml", "studies", ".lock"}
    page = overview.read_text()
    (link,) = re.findall(r'href="([^"]+)"', page)
    report = overview.parent / link
    assert report.is_file()
    rows = pq.read_table(report.with_name("results.parquet")).to_pylist()
    (uar,) = [
        row["value"]
        for row in rows
        if (row["model"], row["metric"], row["axis"], row["statistic"]) == ("majority", "uar", "overall", "level")
    ]
    assert f'<td class="num" data-label="UAR">{uar:.3f}</td>' in page
    assert f" {uar:.3f} " in swept.stdout.partition("1 done")[2]


def test_studies_whose_config_does_not_compose_fail_alone(tmp_path: Path) -> None:
    swept = _sweep(tmp_path, "model=nonexistent,majority", "seed=0,x")
    assert swept.returncode == 2
    assert "Traceback" not in swept.stderr
    assert re.findall(r"\[study (\d): ([^]]+)\]\n", swept.stderr) == [
        ("1", "model=nonexistent seed=0"),
        ("2", "model=nonexistent seed=x"),
        ("4", "model=majority seed=x"),
    ]
    assert "\nstudy 3: model=majority seed=0\n" in swept.stdout
    end = swept.stdout.partition("1 done, 3 failed")[2]
    assert (
        "2 failed (model=nonexistent seed=0, model=nonexistent seed=x): config: Could not find 'model/nonexistent'"
        in end
    )
    assert "1 failed (model=majority seed=x): config: seed: expected a whole number (found 'x')" in end
    (overview,) = (tmp_path / "outputs").rglob("overview.html")
    page = overview.read_text()
    assert page.count("Could not find") == 2
    assert len(re.findall(r'href="[^"]+report\.html"', page)) == 1
    assert len(list((tmp_path / "outputs").glob("*/run.json"))) == 1


def test_an_unknown_key_fails_in_every_study_and_numbers_go_on_over_batches(tmp_path: Path) -> None:
    swept = _sweep(tmp_path, "model=majority", "nokey=1,2,3", "hydra.sweeper.max_batch_size=2")
    assert swept.returncode == 2
    assert [line for line in swept.stderr.splitlines() if line.strip()] == [
        "Error [choices]: config: there is no key 'nokey'. `harness run … --cfg job` shows all. "
        f"[study {number}: nokey={number}]"
        for number in (1, 2, 3)
    ]
    assert "0 done, 3 failed" in swept.stdout
    assert len(list((tmp_path / "outputs").rglob("overview.html"))) == 1


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:The ..noload.. loader strategy is deprecated:DeprecationWarning")
def test_a_sweep_that_is_repeated_is_one_run_in_mlflow(tmp_path: Path, store: str) -> None:
    """The second time in other processes: finished runs are not repeated, and nothing is sent twice."""
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="the extra sweeps is not installed")
    tracked = ["tracking.enabled=true", f"tracking.uri={store}"]
    choices = ["model=majority,nonexistent", "seed=0,1"]
    swept = [
        _sweep(tmp_path, *tracked, *choices),
        _sweep(tmp_path, *tracked, *choices, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2"),
    ]
    assert [one.returncode for one in swept] == [2, 2]
    logged = [re.findall(r"^logged as MLflow run (\w+)$", one.stdout, re.MULTILINE) for one in swept]
    assert logged[0] == logged[1]
    ((parent,), _) = logged

    from mlflow.tracking import MlflowClient

    client = MlflowClient(store)
    experiment = client.get_experiment_by_name("emotion-harness")
    runs = {run.info.run_id: run for run in client.search_runs([experiment.experiment_id])}
    own = runs.pop(parent)
    assert own.data.metrics == {"studies/done": 2.0, "studies/failed": 2.0}
    assert [run.data.tags["mlflow.parentRunId"] for run in runs.values()] == [parent] * 2


@pytest.mark.slow
def test_a_server_that_does_not_answer_costs_a_sweep_one_message(tmp_path: Path) -> None:
    with lying("too many requests") as server:
        swept = _sweep(
            tmp_path, "tracking.enabled=true", f"tracking.uri={server.uri}", "model=majority", "seed=0,1"
        )
    assert swept.returncode == 0
    assert "2 done, 0 failed" in swept.stdout
    assert "logged as" not in swept.stdout
    told = [line for line in swept.stderr.splitlines() if "did not accept" in line]
    assert len(told) == 3
    assert [line for line in told if "The sweep is whole on disk" in line] == [
        f"MLflow at {server.uri} did not accept the run: the server does not answer. The sweep is whole on disk; "
        "the same command logs it later."
    ]


@pytest.mark.filterwarnings("ignore:The ..noload.. loader strategy is deprecated:DeprecationWarning")
@pytest.mark.usefixtures("forked_sender")
@pytest.mark.parametrize("is_for_good", [False, True], ids=["the server was away", "the run was changed"])
def test_a_study_that_was_not_logged_is_sent_once_more_and_holds_up_no_other(
    is_for_good: bool,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    store: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    attempts: list[Path] = []

    def failing_at_first(out: Path, **where: Any) -> TrackedRun:
        attempts.append(out)
        if out == attempts[0] and is_for_good:
            raise HarnessError("results.csv was changed after the run.")
        if len(attempts) == 1:
            raise NotDeliveredError("MLflow did not accept the run.")
        return track(out, **where)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.tracking.track_run.track", failing_at_first)
    tracked = [f"tracking.uri={store}", "tracking.enabled=true"]
    assert run_composed([*COMMAND[3:], *tracked, "model=majority", "seed=0,1"]) == 0
    assert [attempts.count(one) for one in dict.fromkeys(attempts)] == [2, 1]

    from mlflow.tracking import MlflowClient

    client = MlflowClient(store)
    runs = client.search_runs([client.get_experiment_by_name("emotion-harness").experiment_id])
    children = [run for run in runs if "mlflow.parentRunId" in run.data.tags]
    assert len(children) == (1 if is_for_good else 2)
    assert len(runs) == len(children) + 1
    told = "changed after the run. This study is not logged. [study 1: seed=0]"
    assert (told in capfd.readouterr().err) == is_for_good


def test_the_name_of_a_sweep_is_that_of_its_choices() -> None:
    name = sweep_name(["model", "seed"], ["-m", "model=a,b", "seed=0,1", "limit=5"])
    assert re.fullmatch(r"model-seed-[0-9a-f]{8}", name)
    same = ["seed=0,1", "++limit=5", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "model=a,b", "workers=0"]
    assert sweep_name(["model", "seed"], [*same, "tracking.enabled=false", "--multirun"]) == name
    for other in (["limit=6"], ["limit=5", "hydra.sweeper.params={seed: 3}"], ["limit=5", "--config-dir=x"]):
        assert sweep_name(["model", "seed"], ["-m", "model=a,b", "seed=0,1", *other]) != name
    assert sweep_name(["a.b/c@d"] * 30, []).startswith("a_b_c_d-a_b_c_d-")
    assert len(sweep_name(["a.b/c@d"] * 30, [])) == 69
    assert sweep_name([], []).startswith("sweep-")


@pytest.mark.usefixtures("forked_sender")
def test_whoever_stops_a_sweep_stops_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, store: str) -> None:
    """The study before is kept; the one after is not begun."""
    seeds = []

    def stopped_in_the_second(config: StudyConfig, observer: Observer, begun: Begun | None = None) -> Study:
        seeds.append(config.seed)
        if config.seed == 1:
            raise KeyboardInterrupt
        return run(config, observer, begun)

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("harness.study.run_study.run", stopped_in_the_second)
    tracked = [f"tracking.uri={store}", "tracking.enabled=true"]
    assert run_composed([*COMMAND[3:], *tracked, "model=majority", "seed=0,1,2"]) == 130
    assert seeds == [0, 1]
    (overview,) = (tmp_path / "outputs").rglob("overview.html")
    assert overview.parent.name.startswith("seed-")
    assert "Stopped." in overview.read_text()
    assert len(list((tmp_path / "outputs").glob("*/run.json"))) == 1


@pytest.mark.slow
def test_a_sweep_in_other_processes_can_be_stopped(tmp_path: Path) -> None:
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="the extra sweeps is not installed")
    joblib = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"]
    sweep = subprocess.Popen(
        [sys.executable, *COMMAND, *joblib, "dataset.subjects=40", "model=wearable_stress", "seed=range(50)"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        start_new_session=True,
    )
    assert sweep.stdout is not None
    for line in sweep.stdout:
        if line.startswith("study 1"):
            break
    os.killpg(sweep.pid, signal.SIGINT)
    out, err = sweep.communicate(timeout=120)
    assert sweep.returncode == 130, (out, err)
    assert "study 9:" not in out
    assert "Traceback" not in err


@pytest.mark.slow
def test_a_study_whose_process_is_killed_is_a_failed_one(tmp_path: Path) -> None:
    """The launcher gives all up that it has not finished; the overview says so, and the same command goes on."""
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="the extra sweeps is not installed")
    if not can_be_known():
        pytest.skip("needs /proc/locks")
    joblib = ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2", "checks.enabled=false", "workers=0"]
    sweep = subprocess.Popen(
        [sys.executable, *COMMAND, *joblib, "dataset.subjects=400", "model=wearable_stress", "seed=0,1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        start_new_session=True,
    )
    end = time.monotonic() + 90
    while not (found := [one for path in tmp_path.glob("outputs/sim*") if (one := holder(path))]):
        assert time.monotonic() < end
        time.sleep(0.02)
    assert found[0].pid is not None
    os.kill(found[0].pid, signal.SIGKILL)
    out, err = sweep.communicate(timeout=120)
    assert sweep.returncode == 1, (out, err)
    assert "Traceback" not in err
    assert "0 done, 2 failed" in out
    assert "its process has ended or is out of reach: TerminatedWorkerError" in out
    (overview,) = (tmp_path / "outputs").rglob("overview.html")
    assert "Repeat the command to continue." in overview.read_text()
    assert {one.code for one in read_notes(overview.parent / "studies")} == {None}


def test_a_study_on_its_own_has_neither(tmp_path: Path) -> None:
    alone = python(*COMMAND[:3], *COMMAND[4:], "model=voice_functionals_svm", cwd=tmp_path)
    assert alone.returncode == 2
    assert alone.stdout == ""
    assert "[study" not in alone.stderr
    assert not (tmp_path / "outputs").exists()


def test_the_page_of_a_sweep_escapes_what_it_shows(tmp_path: Path) -> None:
    ended = [
        Ended(1, "seed=<b>", 0, folder=str(tmp_path / 'a b#"c'), metrics={"uar": 0.5}),
        Ended(0, "x=<script>", 2, why="<script>alert(1)</script>"),
    ]
    show_overview(ended, tmp_path)
    page = (tmp_path / "overview.html").read_text()
    assert "<script>" not in page
    assert "seed=&lt;b&gt;" in page
    assert 'href="a%20b%23%22c/report.html"' in page
    assert '<th scope="col" class="num">UAR</th>' in page
    assert '<td class="num" data-label="UAR">0.500</td>' in page


def test_studies_are_listed_in_the_order_of_the_sweep(tmp_path: Path) -> None:
    for number in (10, 0, 9):
        Ended(number, f"seed={number}", 0).write(tmp_path)
    assert [one.number for one in read_notes(tmp_path)] == [0, 9, 10]


def test_studies_of_several_systems_come_with_the_command_that_compares_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    systems = [Ended(i, "", 0, folder=f"runs/{i} x", choices={"model": "m", "model.seed": "1"}) for i in range(2)]
    show_overview(systems, tmp_path)
    assert "to compare them: harness compare 'runs/0 x' 'runs/1 x'" in capsys.readouterr().out
    seeds = [Ended(i, "", 0, folder=f"runs/{i}", choices={"model": "m", "dataset.seed": f"{i}"}) for i in range(2)]
    for other in (seeds, systems[:1], [*systems[:1], Ended(1, "", 2, why="broken", choices={"model": "n"})]):
        show_overview(other, tmp_path)
        assert "harness compare" not in capsys.readouterr().out
