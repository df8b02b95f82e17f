"""Samples that end or hold up a worker, with real processes."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import toy

from harness.datasets.reader import Sample
from harness.errors import HarnessError
from harness.first_use import first_use
from harness.inference.pool import prepared_batches
from harness.inference.preparation import SampleBatch
from harness.inference.worker import Worker
from harness.inference.worker_server import pickled_job, start_server
from harness.signals.media import Media


@pytest.mark.parametrize("behaviour", ["exit", "kill", "segfault"])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_crash_costs_one_sample(tmp_path: Path, behaviour: str, workers: int) -> None:
    behaviours = ["ok"] * 5 + [behaviour] + ["ok"] * 6
    vectors = toy.run(tmp_path, toy.toy_samples(behaviours), workers=workers).vectors()
    assert vectors.reason == [None] * 5 + ["crashed"] + [None] * 6
    assert vectors.outcome[5] == "failed"
    np.testing.assert_allclose(vectors.values[4], toy.expected_vector(4), rtol=1e-12)


def test_a_hang_costs_one_sample_and_holds_up_no_other_worker(tmp_path: Path) -> None:
    behaviours = ["hang"] + ["ok"] * 11
    done: list[tuple[float, int]] = []
    start = time.monotonic()
    settings = toy.InferenceSettings(batch_size=4, workers=2, timeout_s=1.0)
    vectors = toy.collect(
        toy.toy_samples(behaviours),
        toy.load,
        toy.ToyModel(),
        journal=tmp_path,
        plan_hash=toy.PLAN,
        settings=settings,
        progress=lambda count, _total: done.append((time.monotonic() - start, count)),
    ).vectors()
    assert vectors.reason == ["timeout"] + [None] * 11
    assert next(seconds for seconds, count in done if count == 8) < done[-1][0] - 0.5


def test_the_timer_is_per_sample(tmp_path: Path) -> None:
    vectors = toy.run(
        tmp_path, toy.toy_samples(["slow"] * 400), workers=1, batch_size=400, timeout_s=0.5
    ).vectors()
    assert vectors.outcome == ["scored"] * 400


def test_a_worker_that_waits_for_work_is_not_timed() -> None:
    """The pause between two batches is longer than a sample may take, and the same process answers both."""
    worker = Worker(pickled_job(toy.load, own_process), timeout_s=0.3)
    sample = toy.toy_samples(["ok"]).to_pylist()
    try:
        ((first,), _) = worker.prepare(sample)
        time.sleep(0.6)
        ((second,), _) = worker.prepare(sample)
    finally:
        worker.stop()
    assert first.array is not None
    assert second.array is not None
    assert first.array == second.array != os.getpid()


def test_what_is_set_up_at_first_use_is_not_charged_to_a_sample() -> None:
    """It takes longer than a sample may, and the second sample that takes as long is over its time."""
    worker = Worker(pickled_job(toy.load, slow_at_first_use), timeout_s=0.4)
    samples = toy.toy_samples(["ok"] * 3).to_pylist()
    try:
        (first, second, third), _ = worker.prepare(samples)
    finally:
        worker.stop()
    assert (first.outcome, first.reason, second.outcome) == ("scored", None, "scored")
    assert first.seconds < 0.4
    assert (third.outcome, third.reason) == ("failed", "timeout")


@cache
@first_use()
def slow_set_up() -> None:
    """As an import may be on a busy machine."""
    time.sleep(0.8)


def slow_at_first_use(media: Media) -> npt.NDArray[np.float32]:
    """Needs a set-up, and takes as long itself for the third sample."""
    slow_set_up()
    array = toy.prepare(media)
    if array[1] == np.float32(np.sin(3)):
        time.sleep(0.8)
    return array


class ImportsLate:
    """Reads with a module of its own, which it imports when it is first needed, in one of two ways."""

    def __init__(self, name: str, *, lazily: bool) -> None:
        self.name, self.lazily = name, lazily

    def __call__(self, sample: Sample) -> Media:
        if self.lazily:
            found: Any = importlib.import_module(self.name)
        else:
            exec(f"import {self.name}", vars(sys.modules[__name__]))
            found = sys.modules[self.name]
        time.sleep(found.SECONDS[sample["sample_id"]])
        return toy.load(sample)


@pytest.mark.parametrize("lazily", [False, True])
def test_what_a_reader_imports_is_not_charged_to_a_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lazily: bool
) -> None:
    """The import, with one within it, takes longer than a sample may; time goes on where it left off."""
    name = f"late_for_{lazily}"
    (tmp_path / f"{name}_too.py").write_text("import time\ntime.sleep(0.4)\n")
    seconds = {"s000000": 0.0, "s000001": 0.0, "s000002": 0.8}
    (tmp_path / f"{name}.py").write_text(
        f"import time\ntime.sleep(0.3)\nimport {name}_too\ntime.sleep(0.3)\nSECONDS = {seconds}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    worker = Worker(pickled_job(ImportsLate(name, lazily=lazily), toy.prepare), timeout_s=0.4)
    try:
        (first, second, third), _ = worker.prepare(toy.toy_samples(["ok"] * 3).to_pylist())
    finally:
        worker.stop()
    assert (first.outcome, second.outcome) == ("scored", "scored")
    assert first.seconds < 0.4
    assert (third.outcome, third.reason) == ("failed", "timeout")


def test_what_another_thread_imports_takes_no_time_from_a_sample(tmp_path: Path) -> None:
    """Nor does it give it any: the sample hangs and is found."""
    (tmp_path / "late_in_a_thread.py").write_text("import time\ntime.sleep(0.2)\n")
    worker = Worker(pickled_job(ImportsInThread(tmp_path), toy.prepare), timeout_s=0.6)
    try:
        ((only,), _) = worker.prepare(toy.toy_samples(["ok"]).to_pylist())
    finally:
        worker.stop()
    assert (only.outcome, only.reason) == ("failed", "timeout")


class ImportsInThread:
    """Hangs while another thread imports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, sample: Sample) -> Media:
        sys.path.insert(0, str(self.folder))
        threading.Thread(target=importlib.import_module, args=("late_in_a_thread",)).start()
        time.sleep(5.0)
        return toy.load(sample)


def own_process(media: Media) -> npt.NDArray[np.int64]:
    """The process that prepares."""
    return np.array(os.getpid())


@pytest.mark.parametrize(("kills", "reached"), [(2, True), (3, False)])
def test_a_worker_that_is_killed_while_it_starts_is_started_again(
    tmp_path: Path, kills: int, reached: bool
) -> None:
    worker = Worker(pickled_job(toy.load, KilledWhileLoaded(tmp_path, kills)), timeout_s=10.0)
    try:
        if reached:
            ((sample,), _) = worker.prepare(toy.toy_samples(["ok"]).to_pylist())
            assert sample.outcome == "scored"
        else:
            with pytest.raises(HarnessError, match=r"killed while it started, 3 times\. .*lower workers"):
                worker.prepare(toy.toy_samples(["ok"]).to_pylist())
    finally:
        worker.stop()
    assert len(list(tmp_path.iterdir())) == kills


def test_a_server_of_workers_that_is_killed_is_started_again() -> None:
    """It is stopped, so that a worker asks it for a process, and killed before it gives one."""
    start_server(toy.load, toy.prepare)
    server = forkserver._forkserver._forkserver_pid
    os.kill(server, signal.SIGSTOP)
    killer = threading.Timer(0.5, os.kill, (server, signal.SIGKILL))
    killer.start()
    worker = Worker(pickled_job(toy.load, toy.prepare), timeout_s=30.0)
    try:
        ((sample,), _) = worker.prepare(toy.toy_samples(["ok"]).to_pylist())
    finally:
        worker.stop()
        killer.join()
    assert sample.outcome == "scored"
    assert forkserver._forkserver._forkserver_pid != server


def test_how_a_sample_ends_its_worker_is_known_although_the_server_of_workers_was_killed() -> None:
    worker = Worker(pickled_job(toy.load, toy.prepare), timeout_s=1.5)
    killed = []

    def kill_server() -> None:
        while worker._process is None:
            time.sleep(0.01)
        killed.append(forkserver._forkserver._forkserver_pid)
        os.kill(killed[0], signal.SIGKILL)

    killer = threading.Thread(target=kill_server)
    killer.start()
    try:
        sample = worker._prepare_alone(toy.toy_samples(["hang"]).to_pylist()[0])
    finally:
        worker.stop()
        killer.join()
    assert sample.reason == "timeout"
    assert forkserver._forkserver._forkserver_pid != killed[0]


def test_a_system_that_gives_no_process_is_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(ForkServerProcess, "start", refused)
    worker = Worker(pickled_job(toy.load, toy.prepare), timeout_s=30.0)
    with pytest.raises(HarnessError, match=r"not started \(BlockingIOError.*\), 3 times\. .*lower workers"):
        worker.prepare(toy.toy_samples(["ok"]).to_pylist())


class KilledWhileLoaded:
    """Prepares samples; processes that load it are killed, as many as are said."""

    def __init__(self, folder: Path, kills: int) -> None:
        self.folder, self.kills = folder, kills

    def __call__(self, media: Media) -> npt.NDArray[np.float32]:
        return toy.prepare(media)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        killed = len(list(self.folder.iterdir()))
        if killed < self.kills:
            (self.folder / str(killed)).touch()
            os.kill(os.getpid(), signal.SIGKILL)


def test_crashes_in_a_row(tmp_path: Path) -> None:
    vectors = toy.run(tmp_path, toy.toy_samples(["kill", "exit"] * 4), workers=2).vectors()
    assert vectors.reason == ["crashed"] * 8


def test_a_job_that_a_worker_cannot_import_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("only_here")
    exec("def load(sample): ...", module.__dict__)
    monkeypatch.setitem(sys.modules, "only_here", module)
    with pytest.raises(
        HarnessError, match=r"cannot load its job \(ModuleNotFoundError: No module named 'only_here'"
    ):
        _drain(module.load)


def test_a_reader_that_cannot_be_sent_is_named() -> None:
    with pytest.raises(HarnessError, match=r"cannot be sent to worker processes.*with workers=0"):
        _drain(lambda sample: None)


def test_a_set_up_error_in_a_worker_stops_the_run() -> None:
    with pytest.raises(HarnessError, match="the detector's file is missing"):
        _drain(toy.load_without_detector)


def _drain(load) -> None:
    batches = [SampleBatch(0, np.array([0]), [{"sample_id": "s000000", "modality": "voice"}])]
    with prepared_batches(batches, load, toy.prepare, workers=1, timeout_s=10.0) as prepared:
        list(prepared)


SCRIPT = """
import harness
print("the script runs")
report = harness.run(
    "simulated_wearables", "wearable_stress", out="run", workers=2, device="cpu", baselines=[],
    dataset_options={"subjects": 4, "samples_per_class": 2}, checks={"enabled": False},
    measure={"resamples": 100, "permutations": 100},
)
print(len(report.results) > 0, __file__ if "__file__" in globals() else None)
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", ["file", "module", "stdin"])
def test_a_script_that_calls_the_harness_at_its_top_level_runs_once(tmp_path: Path, how: str) -> None:
    (tmp_path / "measured.py").write_text(SCRIPT)
    arguments = {"file": ["measured.py"], "module": ["-m", "measured"], "stdin": ["-"]}[how]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=tmp_path,
        env=environment,
        input=SCRIPT if how == "stdin" else None,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    first, last = done.stdout.splitlines()
    assert first == "the script runs"
    assert last.startswith("True ")
    assert ("measured.py" in last) is (how != "stdin")


def test_a_script_that_defines_what_the_workers_need_is_run_by_them(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, toy.__file__, tmp_path / "journal", tmp_path / "out", "2", "0", *["ok"] * 8],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out").is_file()
