from __future__ import annotations

import importlib.util
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from s3_server import BUCKET, S3Server, s3_server

from harness.remote import store as module
from harness.remote.store import Store, Stored, patiently
from harness.remote.store_errors import StoreError


@pytest.fixture(params=["memory", "file", "s3"])
def address(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if request.param == "s3":
        with s3_server(monkeypatch):
            yield f"s3://{BUCKET}/folder"
        return
    yield "memory://folder" if request.param == "memory" else f"file://{tmp_path}/folder"
    fsspec.filesystem("memory").store.clear()


def test_objects_are_written_listed_read_and_deleted(address: str, tmp_path: Path) -> None:
    store = Store(address)
    assert store.found() == {}
    (tmp_path / "from").write_bytes(b"12345")
    store.put(tmp_path / "from", "a/b.bin")
    store.write("c ä.txt", b"c")
    found = store.found()
    assert {name: one.size for name, one in found.items()} == {"a/b.bin": 5, "c ä.txt": 1}
    assert found["a/b.bin"] == store.one("a/b.bin")
    assert abs(found["a/b.bin"].written - time.time()) < 60
    assert list(store.found("a")) == ["a/b.bin"]
    assert (store.one("a"), store.one("nothing")) == (None, None)
    assert store.read("a/b.bin", 3) == b"123"
    store.get("a/b.bin", tmp_path / "to" / "b", found["a/b.bin"])
    assert (tmp_path / "to" / "b").read_bytes() == b"12345"
    store.write("a/b.bin", b"54321")
    assert found["a/b.bin"].version != store.found()["a/b.bin"].version
    store.delete("a/b.bin")
    store.delete("a/b.bin")
    assert list(store.found()) == ["c ä.txt"]


def test_an_object_is_made_only_where_there_is_none(address: str) -> None:
    stores = [Store(address) for _ in range(8)]
    made: list[bool] = []
    threads = [
        threading.Thread(target=lambda store=store, n=n: made.append(store.create("x/lease", b"%d" % n)))
        for n, store in enumerate(stores)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if not address.startswith("memory"):  # which threads of one process may both write
        assert sorted(made) == [False] * 7 + [True]
    assert not Store(address).create("x/lease", b"9")
    assert list(Store(address).found()) == ["x/lease"]


def test_a_copy_that_came_in_part_is_not_taken(address: str, tmp_path: Path) -> None:
    store = Store(address)
    store.write("a", b"123")
    with pytest.raises(StoreError, match="3 bytes came instead of 4") as raised:
        store.get("a", tmp_path / "a", Stored(4, "", 0.0))
    assert raised.value.may_pass
    assert list(tmp_path.glob("*a*")) == []


def test_an_object_that_was_changed_or_deleted_since_it_was_seen_is_not_taken(
    address: str, tmp_path: Path
) -> None:
    store = Store(address)
    store.write("a", b"123")
    seen = store.found()["a"]
    time.sleep(0.01)  # the clock of files is coarse
    store.write("a", b"321")
    with pytest.raises(StoreError, match="was changed while it was read") as raised:
        store.get("a", tmp_path / "a", seen)
    assert raised.value.may_pass
    store.get("a", tmp_path / "a", store.found()["a"])
    store.delete("a")
    for ask in (lambda: store.get("a", tmp_path / "b", seen), lambda: store.read("a", 3)):
        with pytest.raises(StoreError, match="/a: it was deleted a moment ago") as raised:
            ask()
        assert raised.value.may_pass
    assert not (tmp_path / "b").exists()


def test_an_object_is_no_folder_and_an_empty_one_is_read(address: str) -> None:
    store = Store(address)
    store.write("a", b"")
    assert (store.read("a", 0), store.read("a", 100)) == (b"", b"")
    with pytest.raises(StoreError, match=r"/a: this is an object and no folder. Give the folder that it is in"):
        Store(f"{address}/a").found()
    assert store.found("a") == {}


def test_of_a_store_that_names_no_condition_an_object_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """As those of SeaweedFS answer; only Amazon's answer says which condition was not met."""
    store = Store("memory://x")

    def refused(*_: object, **__: object) -> None:
        raise OSError(22, "a condition did not hold") from RuntimeError("An error occurred (PreconditionFailed)")

    monkeypatch.setattr(store._fs, "pipe_file", refused, raising=False)
    assert not store.create("a", b"")


class _DeniedError(Exception):
    status_code = 403


class _WithoutKeysError(Exception):
    code = "401"


@pytest.mark.parametrize("error", [_DeniedError("no"), _WithoutKeysError("anonymous")])
def test_answers_that_deny_are_known_by_their_status(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store("memory://x")
    monkeypatch.setattr(store._fs, "find", _raising(error), raising=False)
    with pytest.raises(StoreError, match="the store denies this") as raised:
        store.found()
    assert not raised.value.may_pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    with s3_server(monkeypatch) as running:
        yield running


def test_a_bucket_that_is_missing_is_named(server: S3Server) -> None:
    for ask in (
        lambda s: s.found(),
        lambda s: s.one("a"),
        lambda s: s.write("a", b""),
        lambda s: s.create("a", b""),
    ):
        with pytest.raises(StoreError, match=r"s3://no-bucket/x: there is no such bucket") as raised:
            ask(Store("s3://no-bucket/x"))
        assert not raised.value.may_pass


def test_a_store_that_is_away_is_asked_again(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(f"s3://{BUCKET}/x")
    store.write("a", b"1")
    server.end()
    with pytest.raises(StoreError, match="does not answer as it should") as raised:
        patiently(store.found, 0.0)
    assert raised.value.may_pass
    timer = threading.Timer(1.0, server.begin)
    timer.start()
    assert list(patiently(store.found, 60.0)) == ["a"]
    timer.join()


def test_whoever_may_not_do_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store("memory://x")
    monkeypatch.setattr(store._fs, "find", _raising(PermissionError("Access Denied")), raising=False)
    with pytest.raises(StoreError, match=r"memory://x: the store denies this \(PermissionError: Access Denied\)"):
        store.found()


def test_a_protocol_that_is_unknown_and_a_package_that_is_missing_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(StoreError, match=r"nix://a/b: no such protocol. Known are s3"):
        Store("nix://a/b")
    if importlib.util.find_spec("gcsfs") is None:
        with pytest.raises(StoreError, match="gs://a/b: gs:// needs a package: pip install gcsfs"):
            Store("gs://a/b")
    monkeypatch.setitem(sys.modules, "s3fs", None)
    monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, "s3", raising=False)
    with pytest.raises(StoreError, match=r"s3:// needs a package: pip install 'emotion-harness\[cloud\]'"):
        Store("s3://a/b")
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(StoreError, match=r"s3://a/b needs fsspec: pip install 'emotion-harness\[cloud\]'"):
        Store("s3://a/b")


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/x", "a//b"])
def test_an_object_whose_name_leads_elsewhere_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store("memory://x")
    monkeypatch.setattr(store._fs, "find", lambda *_, **__: {f"/x/{name}": {"size": 1}}, raising=False)
    with pytest.raises(StoreError, match="a name that no file can have"):
        store.found()


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_PAUSES_S", (0.01,))
    asked = []

    def away() -> None:
        asked.append(1)
        raise StoreError("away", may_pass=True)

    with pytest.raises(StoreError, match="away"):
        patiently(away, 0.05)
    assert 2 < len(asked) < 10


def _raising(error: Exception) -> Any:
    def raise_it(*_: object, **__: object) -> None:
        raise error

    return raise_it
