"""Datasets and runs at stores of other makers, each of which says in its own way what is not there or is there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from other_stores import running
from silent import Silent

from harness.errors import HarnessError
from harness.remote.lease import take_lease
from harness.remote.mirror import Mirror
from harness.remote.store import Store
from harness.remote.store_errors import StoreError
from harness.study.compose import compose_study
from harness.study.run_at_address import copy_for_reading
from harness.study.run_study import run

pytestmark = pytest.mark.slow

CHOICES = (
    *("dataset=simulated_wearables", "dataset.subjects=6", "model=wearable_stress", "batch_size=4", "workers=0"),
    *("tracking.enabled=false", "measure.resamples=100", "measure.permutations=100", "baselines=[]"),
)


@pytest.fixture(scope="module", params=["SeaweedFS", "Azurite", "fake-gcs-server"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with (
        pytest.MonkeyPatch.context() as monkeypatch,
        running(request.param, tmp_path_factory.mktemp("server"), monkeypatch) as bucket,
    ):
        yield bucket


def test_objects_are_written_listed_read_and_deleted(address: str, tmp_path: Path) -> None:
    store = Store(f"{address}/a")
    names = ("b/c d+%41&=#?.wav", "日本/語.wav", "empty", "star*[x].wav", "n" * 200)
    assert (store.found(), store.one("empty")) == ({}, None)
    for name in names:
        store.write(name, b"" if name == "empty" else name.encode())
    found = store.found()
    assert set(found) == set(names)
    for name, stored in found.items():
        assert store.one(name) == stored
        store.get(name, tmp_path / "to", stored)
        assert (tmp_path / "to").read_bytes() == store.read(name, 4_096)
    store.write("empty", b"1")
    assert store.found()["empty"].version != found["empty"].version
    with pytest.raises(StoreError, match="came instead of"):
        store.get("empty", tmp_path / "to", found["empty"])
    with pytest.raises(StoreError, match="this is an object and no folder"):
        Store(f"{address}/a/empty").found()
    for name in (*names, "empty"):
        store.delete(name)
    assert store.found() == {}


def test_of_many_who_want_an_object_one_makes_it_and_leases_follow_each_other(address: str) -> None:
    store, made = Store(f"{address}/lease"), []
    threads = [threading.Thread(target=lambda: made.append(store.create("x", b"1"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False] * 7 + [True]
    for number in (1, 2):
        assert take_lease(store, "one", lambda _: None)[0].number == number
    assert sorted(store.found()) == [".leases/00000002.json", "x"]


def test_a_dataset_is_read(address: str) -> None:
    store, mirror = Store(f"{address}/corpus"), Mirror(f"{address}/corpus", 1_000)
    store.write("a/1.wav", b"one")
    mirror.list()
    mirror.fetch("a/1.wav")
    mirror.fetch("a/2.wav")
    assert [path.name for path in (mirror.folder / "a").iterdir()] == ["1.wav"]
    assert (mirror.folder / "a/1.wav").read_bytes() == b"one"


def test_a_run_is_that_in_a_folder(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = run(compose_study([*CHOICES, f"out={tmp_path / 'here'}"]), Silent()).folder.path
    run(compose_study([*CHOICES, f"out={address}/runs/a"]), Silent())
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "another machine"))
    there = copy_for_reading(Path(f"{address}/runs/a"))
    for name in ("plan.yaml", "samples.parquet", "predictions.parquet", "results.parquet", "files.parquet"):
        assert (there / name).read_bytes() == (here / name).read_bytes(), name
    assert run(compose_study([*CHOICES, f"out={address}/runs/a"]), Silent()).was_finished


def test_where_an_object_is_made_twice_no_run_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running("gcp-storage-emulator", tmp_path, monkeypatch) as address:
        with pytest.raises(HarnessError, match="this store does not refuse to make an object where there is one"):
            run(compose_study([*CHOICES, f"out={address}/runs/a"]), Silent())
        store, mirror = Store(f"{address}/corpus"), Mirror(f"{address}/corpus", 1_000)
        store.write("a/1.wav", b"one")
        mirror.list()
        mirror.fetch("a/1.wav")
        assert (mirror.folder / "a/1.wav").read_bytes() == b"one"
