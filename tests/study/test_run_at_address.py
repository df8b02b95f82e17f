"""Runs whose folders are at addresses: written, killed, continued elsewhere, read, merged."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import fsspec
import pytest
from s3_server import BUCKET, S3Server, s3_server
from silent import Silent

from harness.errors import HarnessError
from harness.remote import lease as lease_module
from harness.remote.lease import Lease, last_lease, new_owner, take_lease
from harness.remote.store import Store, Stored
from harness.study import run_at_address
from harness.study.compose import compose_study
from harness.study.run_at_address import copy_for_reading, kept_at
from harness.study.run_status import run_status
from harness.study.run_study import Study, run

CHOICES = (
    *("dataset=simulated_wearables", "dataset.subjects=6", "model=wearable_stress", "batch_size=4", "workers=0"),
    *("tracking.enabled=false", "measure.resamples=100", "measure.permutations=100", "baselines=[]"),
)
LONGER = ("dataset.subjects=50", "checks.enabled=false")
EQUAL = ("plan.yaml", "samples.parquet", "predictions.parquet", "results.parquet", "files.parquet", "folds.json")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec.filesystem("memory").store.clear()
    monkeypatch.setattr(run_at_address, "_EVERY_S", 0.1)
    monkeypatch.setattr(lease_module, "LASTS_S", 2.0)


def study(*more: str, observer: Silent | None = None) -> Study:
    return run(compose_study([*CHOICES, *more]), observer or Silent())


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("here") / "run"
    study(f"out={out}")
    return out


def require_equal(folder: Path, here: Path) -> None:
    for name in EQUAL:
        assert (folder / name).read_bytes() == (here / name).read_bytes(), name


@pytest.mark.parametrize("protocol", ["memory", "file"])
def test_a_run_at_an_address_is_that_in_a_folder(
    protocol: str, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "memory://runs/a" if protocol == "memory" else f"file://{tmp_path}/runs/a"
    first = study(f"out={address}")
    require_equal(first.folder.path, here)
    store = Store(address)
    assert {*EQUAL, "run.json"} <= store.found().keys()
    assert not any(name.startswith(".journal") for name in store.found())
    assert not last_lease(store).is_held()  # type: ignore[union-attr]
    assert study(f"out={address}").was_finished
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "another machine"))
    elsewhere = copy_for_reading(Path(address))
    assert str(elsewhere).startswith(str(tmp_path / "another machine"))
    require_equal(elsewhere, here)
    assert run_status(elsewhere).state == "finished"
    assert study(f"out={address}").was_finished


def test_parts_at_addresses_are_merged(here: Path, tmp_path: Path) -> None:
    from harness.commands.merge import merge_and_finish

    for number in (1, 2):
        study(f"shard={number}/2", f"out=memory://runs/part{number}")
    code = merge_and_finish(["memory://runs/part1", "memory://runs/part2", "out=memory://runs/whole"])
    assert code == 0
    require_equal(study("out=memory://runs/whole").folder.path, here)


def test_a_run_that_is_written_elsewhere_is_seen_and_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    study("shard=1/2", "out=memory://runs/a")
    store = Store("memory://runs/a")
    monkeypatch.setattr(lease_module, "LASTS_S", 60.0)
    lease, _ = take_lease(store, new_owner(), lambda _: None)
    status = run_status(copy_for_reading(Path("memory://runs/a")))
    assert (status.state, status.machine, status.samples_done) == ("running", os.uname().nodename, 12)
    with pytest.raises(HarnessError, match=f"process {lease.pid} on .* writes here. Wait for it to end"):
        copy_for_reading(Path("memory://runs/a"), at_rest=True)
    with pytest.raises(HarnessError, match=r"there is no plan.yaml. Is this the address of a run"):
        copy_for_reading(Path("memory://runs/b"))


def test_a_run_is_read_while_its_objects_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    study("shard=1/2", "out=memory://runs/a")
    store = Store("memory://runs/a")
    get, gone = Store.get, [name for name in store.found() if "shard-" in name][:1]

    def late(self: Store, name: str, path: Path, stored: Stored) -> None:
        if name in gone:  # merged after it was listed
            gone.clear()
            store.write(name.replace("shard-", "shard-f"), store.read(name, 10**9))
            store.delete(name)
        get(self, name, path, stored)

    monkeypatch.setattr(Store, "get", late)
    monkeypatch.setattr(run_at_address, "_owner", lambda _: None)
    assert run_status(copy_for_reading(Path("memory://runs/a"))).samples_done == 12
    assert gone == []


def test_whoever_was_taken_for_dead_stops() -> None:
    store = Store("memory://runs/a")
    with pytest.raises(HarnessError, match="another process has taken this run over"):
        _taken_over(store)
    last = last_lease(store)
    assert last is not None
    assert last.owner == "other"


def _taken_over(store: Store) -> None:
    with kept_at(Path("memory://runs/a"), lambda _: None, 0.05):
        first = last_lease(store)
        assert first is not None
        later = Lease(first.number + 1, "other", "there", 1, time.time(), time.time() + 60)
        store.create(later.name, lease_module._json(later))
        time.sleep(20)
        pytest.fail("nobody has stopped it")


def test_a_copy_that_was_fetched_in_part_is_fetched_again(here: Path) -> None:
    first = study("out=memory://runs/a").folder.path
    (first.parent / "fetching").touch()
    for path in first.rglob("*.parquet"):
        path.unlink()
    (first / "plan.yaml").write_text("of another run")
    again = study("out=memory://runs/a")
    assert again.was_finished
    assert not (first.parent / "fetching").exists()
    require_equal(again.folder.path, here)


def test_a_store_that_fails_at_the_end_leaves_a_whole_run_here(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put: Callable[[Store, Path, str], None] = Store.put

    def refused(self: Store, path: Path, name: str) -> None:
        if name == "predictions.parquet":
            raise PermissionError("Access Denied")
        put(self, path, name)

    monkeypatch.setattr(Store, "put", refused)
    with pytest.raises(HarnessError, match=r"Access Denied.* the same command sends it") as raised:
        study("out=memory://runs/a")
    assert "run.json" not in Store("memory://runs/a").found()
    monkeypatch.setattr(Store, "put", put)
    again = study("out=memory://runs/a")
    assert again.was_finished
    assert str(again.folder.path) in str(raised.value)
    assert "run.json" in Store("memory://runs/a").found()


def test_a_protocol_whose_objects_may_appear_in_part_is_refused() -> None:
    with (
        pytest.raises(HarnessError, match=r"out=ftp://host/run: a run can be kept at abfs, .*may appear in part"),
        kept_at(Path("ftp://host/run"), lambda _: None),
    ):
        pass


def begun(address: str) -> subprocess.Popen[bytes]:
    words = [*CHOICES, *LONGER, "workers=1", f"out={address}"]
    command = [sys.executable, "-c", _QUICK, "run", *words]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


_QUICK = """
import sys
from functools import partial
from harness.remote import lease
from harness.study import run_study
run_study.kept_at, lease.LASTS_S = partial(run_study.kept_at, every_s=0.1), 2.0
from harness.commands.main import main
main()
"""


def until_shards(address: str, least: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 120
    while sum("clean/shard-" in name for name in Store(address).found()) < least:
        assert process.poll() is None
        assert time.monotonic() < end, "nothing was sent"
        time.sleep(0.05)


@pytest.mark.slow
def test_killed_and_its_machine_lost_another_one_goes_on(
    tmp_path: Path, harness_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with s3_server(monkeypatch):
        address = f"s3://{BUCKET}/runs/a"
        process = begun(address)
        try:
            until_shards(address, 1, process)
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        assert "run.json" not in Store(address).found()
        assert run_status(copy_for_reading(Path(address))).samples_done > 0
        shutil.rmtree(harness_home / "cache")
        observer = Silent()
        finished = study(*LONGER, f"out={address}", observer=observer)
        assert any("this one goes on in its place" in note for note in observer.notes)
        require_equal(finished.folder.path, study(*LONGER, f"out={tmp_path / 'run'}").folder.path)
        assert not any(name.startswith(".journal") for name in Store(address).found())


@pytest.mark.slow
def test_a_store_that_is_away_for_a_while_holds_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with s3_server(monkeypatch) as server:
        address, observer = f"s3://{BUCKET}/runs/a", Silent()
        end = _away_between(server, monkeypatch)
        finished = study("dataset.subjects=10", f"out={address}", observer=observer)
        end()
        assert any("The run goes on; what is new is sent when it can be" in note for note in observer.notes)
        require_equal(copy_for_reading(Path(address)), finished.folder.path)
        assert "run.json" in Store(address).found()


def _away_between(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Have the server away from the first message of the run until it is measured."""
    from harness.study import ask_system, run_study

    predict, score = ask_system.predict, run_study.score

    def predicted(*args: object, **options: object) -> object:
        server.end()
        return predict(*args, **options)  # type: ignore[arg-type]

    def scored(*args: object, **options: object) -> object:
        time.sleep(12)  # until an attempt has failed
        server.begin()
        return score(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(ask_system, "predict", predicted)
    monkeypatch.setattr(run_study, "score", scored)
    return monkeypatch.undo
