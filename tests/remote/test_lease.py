from __future__ import annotations

import json
import time

import pytest

from harness.errors import HarnessError
from harness.remote import lease as module
from harness.remote.lease import LeaseLostError, give_back, last_lease, renewed, take_lease
from harness.remote.store import Store

STORE = "memory://run"


def tell(text: str) -> None:
    TOLD.append(text)


TOLD: list[str] = []


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LASTS_S", 0.4)
    monkeypatch.setattr(module, "_LOOKS_S", 0.02)
    TOLD.clear()


def test_one_writes_after_another() -> None:
    store = Store(STORE)
    first, before = take_lease(store, "a", tell)
    assert (first.number, before) == (1, None)
    give_back(store, first)
    second, before = take_lease(store, "b", tell)
    assert (second.number, before and before.owner) == (2, "a")
    assert list(store.found()) == [second.name]
    assert TOLD == []


def test_a_killed_process_of_the_same_copy_is_followed_at_once() -> None:
    store = Store(STORE)
    take_lease(store, "a", tell)
    start = time.monotonic()
    assert take_lease(store, "a", tell)[0].number == 2
    assert time.monotonic() - start < 0.3


def test_a_machine_that_is_not_heard_of_is_followed_and_stops_if_it_comes_back() -> None:
    store = Store(STORE)
    first, _ = take_lease(store, "a", tell)
    second, _ = take_lease(store, "b", tell)
    assert second.number == 2
    assert "If nothing is heard of it" in TOLD[0]
    assert len(TOLD) == 1
    for act in (renewed, give_back):
        with pytest.raises(LeaseLostError, match="another process has taken this run over"):
            act(store, first)
    assert renewed(store, second).until > second.started


def test_a_machine_whose_clock_is_ahead_is_not_waited_for_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(STORE)
    monkeypatch.setattr(module, "LASTS_S", 10_000.0)
    take_lease(store, "a", tell)
    monkeypatch.setattr(module, "LASTS_S", 0.2)
    start = time.monotonic()
    take_lease(store, "b", tell)
    assert time.monotonic() - start < 5


def test_a_machine_that_writes_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(STORE)
    first, _ = take_lease(store, "a", tell)
    monkeypatch.setattr(module.time, "sleep", lambda _: renewed(store, first))
    with pytest.raises(HarnessError, match=r"process \d+ on .* writes here. Let it go on"):
        take_lease(store, "b", tell)


def test_of_two_who_begin_at_once_one_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(STORE)
    first, _ = take_lease(store, "a", tell)
    give_back(store, first)
    before = last_lease(store)
    take_lease(store, "b", tell)
    monkeypatch.setattr(module, "_last_at_rest", lambda *_: before)
    with pytest.raises(HarnessError, match="another process has just begun to write here"):
        take_lease(store, "c", tell)


def test_a_machine_whose_clock_is_behind_is_not_taken_for_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(STORE)
    now = time.time
    monkeypatch.setattr(module.time, "time", lambda: now() - 900)
    first, _ = take_lease(store, "a", tell)
    monkeypatch.setattr(module.time, "time", now)
    assert not first.is_held()
    monkeypatch.setattr(module.time, "sleep", lambda _: renewed(store, first))
    with pytest.raises(HarnessError, match=r"process \d+ on .* writes here. Let it go on"):
        take_lease(store, "b", tell)


def test_a_lease_of_hours_ago_is_followed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(STORE)
    now = time.time
    monkeypatch.setattr(module.time, "time", lambda: now() - 7_200)
    take_lease(store, "a", tell)
    monkeypatch.setattr(module.time, "time", now)
    assert take_lease(store, "b", tell)[0].number == 2
    assert TOLD == []


def test_a_lease_whose_answer_was_lost_is_had(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package that speaks to the store repeats the request, and hears that there is such an object."""
    create = Store.create

    def repeated(self: Store, name: str, data: bytes) -> bool:
        create(self, name, data)
        return create(self, name, data)

    monkeypatch.setattr(Store, "create", repeated)
    assert take_lease(Store(STORE), "a", tell)[0].number == 1


def test_a_store_that_makes_an_object_twice_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def pretended(self: Store, name: str, data: bytes) -> bool:
        self.write(name, data)
        return True

    monkeypatch.setattr(Store, "create", pretended)
    with pytest.raises(
        HarnessError, match="memory://run: this store does not refuse to make an object where there"
    ):
        take_lease(Store(STORE), "a", tell)


def test_a_lease_that_is_followed_while_it_is_read_is_not_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(STORE)
    take_lease(store, "a", tell)
    read = Store.read

    def late(self: Store, name: str, most: int) -> bytes:
        monkeypatch.setattr(Store, "read", read)
        take_lease(store, "a", tell)
        return self.read(name, most)

    monkeypatch.setattr(Store, "read", late)
    last = last_lease(store)
    assert last is not None
    assert last.number == 2


@pytest.mark.parametrize("damaged", [b"", b"{}", b"[1]", b"\xff", json.dumps({"number": 1}).encode()])
def test_a_damaged_lease_is_named(damaged: bytes) -> None:
    store = Store(STORE)
    store.write(".leases/00000001.json", damaged)
    with pytest.raises(HarnessError, match=r"\.leases/00000001.json: damaged. If nobody writes there, delete it"):
        last_lease(store)
