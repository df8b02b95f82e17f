"""Datasets at addresses, through their readers: as if they lay on this machine."""

from __future__ import annotations

import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pytest
from s3_server import BUCKET, s3_server

from harness.datasets.reader import Reader, ReaderOptions
from harness.errors import HarnessError, Unscored
from harness.inference.preparation import prepare_samples
from harness.remote import mirror as module
from harness.remote.cached_folder import UNUSED_S
from harness.remote.mirror import Mirror
from harness.remote.store import Store, Stored
from harness.remote.store_errors import StoreError
from harness.study.assembly import open_reader
from tests.datasets.made_folders import made_folders

MADE = made_folders()


def at_memory(folder: Path) -> Path:
    fsspec.filesystem("memory").put(f"{folder}/", "/corpus/", recursive=True)
    return Path("memory://corpus")


def outcome(reader: Reader[ReaderOptions], row: dict[str, Any]) -> str:
    try:
        return type(reader.load(row)).__name__
    except Unscored as unscored:
        return unscored.text


@pytest.mark.parametrize("name", MADE)
def test_every_reader_reads_an_address_as_a_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if package := MADE[name].package:
        pytest.importorskip(package)
    MADE[name].write(tmp_path)
    options = dict(MADE[name].options)
    here = open_reader(name, tmp_path, options)
    there = open_reader(name, at_memory(tmp_path), options)
    assert there.samples().equals(here.samples())
    assert there.check() == here.check()
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path.parent / "another machine"))
    elsewhere = pickle.loads(pickle.dumps(there.recording()))
    for row in here.samples().to_pylist()[:8]:
        assert outcome(elsewhere, row) == outcome(here, row)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    for number in range(3):
        (tmp_path / "corpus" / f"{number}.wav").parent.mkdir(exist_ok=True)
        (tmp_path / "corpus" / f"{number}.wav").write_bytes(bytes([number]) * 100)
    rows = [f"{number}.wav,p{number},anger" for number in range(3)]
    (tmp_path / "corpus" / "table.csv").write_text("\n".join(["uri,subject_id,label", *rows]), encoding="utf-8")
    return tmp_path / "corpus"


def opened(root: Path) -> Reader[ReaderOptions]:
    return open_reader("table", root, {"file": "table.csv", "modality": "voice", "label_source": "acted"})


def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    get: Callable[..., None] = Store.get

    def noted(self: Store, name: str, path: Path, stored: Stored) -> None:
        names.append(name)
        get(self, name, path, stored)

    monkeypatch.setattr(Store, "get", noted)
    return names


def test_a_file_is_fetched_when_it_is_read_and_again_if_it_has_changed(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, names = at_memory(corpus), fetched(monkeypatch)
    reader = opened(root)
    assert names == []
    for _ in range(2):
        assert reader.path("0.wav").read_bytes() == bytes(100)
    assert opened(root).path("0.wav").read_bytes() == bytes(100)
    assert names == ["0.wav"]
    fsspec.filesystem("memory").pipe_file("/corpus/0.wav", b"\7" * 100)
    assert opened(root).path("0.wav").read_bytes() == b"\7" * 100
    assert names == ["0.wav", "0.wav"]
    fsspec.filesystem("memory").rm_file("/corpus/0.wav")
    with pytest.raises(Unscored, match="missing_file"):
        opened(root).path("0.wav")
    assert opened(root).hashed("0.wav").reason == "missing_file"


def test_a_worker_that_lists_nothing_sees_that_a_file_has_changed(corpus: Path) -> None:
    reader = opened(at_memory(corpus))
    reader.path("0.wav")
    fsspec.filesystem("memory").pipe_file("/corpus/0.wav", b"\7" * 50)
    later = opened(Path("memory://corpus"))
    fsspec.filesystem("memory").pipe_file("/corpus/1.wav", b"\7" * 60)
    assert pickle.loads(pickle.dumps(later)).path("1.wav").stat().st_size == 60


def test_a_file_that_nobody_has_fetched_cannot_be_opened_by_mistake(corpus: Path) -> None:
    reader = opened(at_memory(corpus))
    path = reader.root / "0.wav"
    assert (path.stat().st_mode & 0o777, path.stat().st_size) == (0, 100)


def test_a_file_that_changes_while_another_run_reads_it_stays_until_it_is_asked_for(corpus: Path) -> None:
    root = at_memory(corpus)
    path = opened(root).path("0.wav")
    fsspec.filesystem("memory").pipe_file("/corpus/0.wav", b"\7" * 50)
    later = opened(root)
    assert path.read_bytes() == bytes(100)
    assert later.path("0.wav").read_bytes() == b"\7" * 50


def test_names_are_listed_at_the_speed_of_the_disks_memory(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = at_memory(corpus)

    def slow(_: int) -> None:
        pytest.fail("a name was forced onto the disk, which takes milliseconds")

    monkeypatch.setattr(os, "fsync", slow)
    opened(root)
    monkeypatch.undo()
    opened(root).path("0.wav")
    monkeypatch.setattr(os, "fsync", slow)
    opened(root)


def test_a_long_name_and_one_of_another_kind_of_file_are_read() -> None:
    names = ("ä" * 125 + ".wav", "take.part")
    mirror = Mirror("memory://odd", 1_000)
    for name in names:
        Store("memory://odd").write(name, name.encode())
    for _ in range(2):
        mirror.list()
        for name in names:
            mirror.fetch(name)
            assert (mirror.folder / name).read_bytes() == name.encode()


def test_what_killed_processes_left_on_its_way_is_removed_after_a_day(corpus: Path) -> None:
    cached = opened(at_memory(corpus)).root.parent / "coming"
    cached.mkdir(exist_ok=True)
    for name, age_s in (("old", 90_000), ("new", 80_000)):
        (cached / name).touch()
        os.utime(cached / name, (time.time() - age_s,) * 2)
    opened(Path("memory://corpus"))
    assert [path.name for path in cached.iterdir()] == ["new"]


def test_a_file_that_was_given_up_does_not_count_as_held(corpus: Path) -> None:
    reader = opened(at_memory(corpus))
    path = reader.path("0.wav")
    path.chmod(0)  # as if it had been noted by one process while another one gave it up
    path.write_bytes(b"")
    assert opened(Path("memory://corpus")).path("0.wav").read_bytes() == bytes(100)


def test_a_machine_that_is_told_of_another_store_makes_no_rows_of_missing_files(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = opened(at_memory(corpus))
    elsewhere = pickle.loads(pickle.dumps(reader))
    fsspec.filesystem("memory").rm("/corpus", recursive=True)
    monkeypatch.setenv("HARNESS_HOME", str(corpus.parent / "another machine"))
    with pytest.raises(StoreError, match=r"memory://corpus: nothing is there, as .* sees it"):
        elsewhere.path("0.wav")


def test_the_cache_has_a_bound(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, names = at_memory(corpus), fetched(monkeypatch)
    monkeypatch.setenv("HARNESS_CACHE_GIB", str(250 / 2**30))
    reader = opened(root)
    for number in range(3):
        now = time.time() + number * 2 * UNUSED_S
        monkeypatch.setattr(module.time, "time", lambda now=now: now)
        reader.path(f"{number}.wav")
        note = reader.root.parent / "held" / f"{number}.wav"
        os.utime(note, (now, now))
    assert not (reader.root.parent / "held" / "0.wav").exists()
    assert reader.path("0.wav").read_bytes() == bytes(100)
    assert names == ["0.wav", "1.wav", "2.wav", "0.wav"]
    monkeypatch.setenv("HARNESS_CACHE_GIB", "much")
    with pytest.raises(HarnessError, match="HARNESS_CACHE_GIB=much: expected a number of GiB above 0"):
        opened(root).path("1.wav")


def test_a_store_that_is_away_is_no_fact_of_a_sample(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = opened(at_memory(corpus))
    row = reader.samples().to_pylist()[0]

    def away(*_: object, **__: object) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setattr("harness.remote.mirror.patiently", lambda ask: ask())
    monkeypatch.setattr(type(fsspec.filesystem("memory")), "info", away)
    with pytest.raises(StoreError, match=r"memory://corpus: the store does not answer .*no route to host"):
        prepare_samples(reader.load, lambda media: media, [row])


def test_a_full_disk_is_no_fact_of_a_sample(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = opened(at_memory(corpus))
    row = reader.samples().to_pylist()[0]

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("harness.remote.cached_folder.CachedFolder.note", full)
    with pytest.raises(StoreError, match=r"cannot be kept here .*Make room, set HARNESS_CACHE_GIB lower"):
        prepare_samples(reader.load, lambda media: media, [row])


def test_an_address_with_nothing_and_a_path_of_a_file_address(corpus: Path) -> None:
    with pytest.raises(StoreError, match="memory://nothing: nothing is there"):
        opened(Path("memory://nothing"))
    assert opened(Path(f"file://{corpus}")).root == corpus
    with pytest.raises(HarnessError, match="is not a folder"):
        opened(Path(f"file://{corpus}/nothing"))


def test_a_bucket_is_read_as_a_folder(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server(monkeypatch):
        store = Store(f"s3://{BUCKET}/corpus")
        for path in corpus.iterdir():
            store.put(path, path.name)
        reader = opened(Path(f"s3://{BUCKET}/corpus"))
        assert reader.samples().equals(opened(corpus).samples())
        again = pickle.loads(pickle.dumps(reader))
        assert again.path("2.wav").read_bytes() == b"\2" * 100
        with pytest.raises(Unscored, match="missing_file"):
            again.path("3.wav")
        store.write("2.wav/inner", b"")
        with pytest.raises(StoreError, match="must be possible on this machine's disk"):
            opened(Path(f"s3://{BUCKET}/corpus"))
