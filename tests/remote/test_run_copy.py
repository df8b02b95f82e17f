"""What is at the address when a process ends at any moment, or is taken for dead while it still writes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from harness.errors import HarnessError
from harness.files import write_bytes, write_json
from harness.inference import shards as shards_module
from harness.inference.executor import Finished
from harness.inference.file_log import FileLog
from harness.inference.shard_table import shard_table
from harness.inference.shards import Shards
from harness.remote.run_copy import RunCopy
from harness.remote.store import Store
from harness.tables.file_table import FileRead

ADDRESS = "memory://run"
IDS = pa.array([f"s{number}" for number in range(40)])
STEPS = 10
PER_STEP = 4


class Killed(BaseException):
    """The end of a process."""


class MortalStore(Store):
    """Ends its process at its n-th writing."""

    def __init__(self, lives: int) -> None:
        super().__init__(ADDRESS)
        self.lives = lives

    def _live(self) -> None:
        self.lives -= 1
        if self.lives < 0:
            raise Killed

    def put(self, path: Path, name: str) -> None:
        self._live()
        super().put(path, name)

    def write(self, name: str, data: bytes) -> None:
        self._live()
        super().write(name, data)

    def delete(self, name: str) -> None:
        self._live()
        super().delete(name)


@pytest.fixture(autouse=True)
def early_merges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards_module, "_MAX_SMALL_SHARDS", 3)


def shards_in(folder: Path) -> Shards:
    shards = Shards(folder / ".journal" / "model" / "clean", "a" * 64, IDS, PER_STEP, 2)
    shards.recover()
    return shards


def finished(step: int) -> Finished:
    places = np.arange(step * PER_STEP, (step + 1) * PER_STEP)
    return Finished(
        places=places,
        outcome=["scored"] * PER_STEP,
        reason=[None] * PER_STEP,
        vectors=np.stack([places, places], axis=1).astype(float),
        prepare_s=[0.1] * PER_STEP,
        forward_s=[0.1] * PER_STEP,
    )


def work(folder: Path, steps: int = STEPS) -> int:
    """Do what is not done, a step at a time, and say how much that was."""
    write_bytes(b"plan", folder / "plan.yaml")
    files, shards, done = FileLog(folder / ".journal" / "files.jsonl"), shards_in(folder), 0
    for step in sorted({int(place) // PER_STEP for place in shards.missing()})[:steps]:
        files.add([FileRead(f"{step}.wav", step, f"{step:064x}")])
        shards.write(shard_table([finished(step)], IDS))
        done += 1
    return done


def complete(folder: Path) -> None:
    write_bytes(b"predictions", folder / "predictions.parquet")
    write_json({"status": "complete"}, folder / "run.json")


def require_consistent(folder: Path) -> set[int]:
    """That every shard is whole and rests on files that are noted; which steps are there."""
    there = sorted(folder.rglob("shard-*.parquet"))
    shards = shards_in(folder)
    assert sorted(folder.rglob("shard-*.parquet")) == there, "a shard was damaged"
    steps = {step for step in range(STEPS) if step * PER_STEP not in set(shards.missing().tolist())}
    noted = {file.path for file in FileLog(folder / ".journal" / "files.jsonl").files}
    assert {f"{step}.wav" for step in steps} <= noted
    return steps


def pulled(folder: Path) -> Path:
    RunCopy(Store(ADDRESS), folder).pull()
    return folder


@pytest.mark.parametrize("lives", range(0, 64, 3))
def test_killed_at_any_writing_another_machine_goes_on(lives: int, tmp_path: Path) -> None:
    store, folder = MortalStore(lives), tmp_path / "one"
    copy, pushed = RunCopy(store, folder), 0
    try:
        for _ in range(STEPS // 2):
            work(folder, steps=2)
            copy.push(1, lambda: None)
            pushed += 2
        complete(folder)
        copy.push(1, lambda: None)
        copy.push(1, lambda: None)
    except Killed:
        pass
    steps = require_consistent(pulled(tmp_path / "two"))
    if pushed < STEPS or not (tmp_path / "two" / "run.json").exists():
        assert steps >= set(range(pushed)), "what was sent is lost"
        assert work(tmp_path / "two") == STEPS - len(steps)
    assert require_consistent(tmp_path / "two") == set(range(STEPS))


def test_what_was_merged_is_deleted_once_it_was_gone_twice(tmp_path: Path) -> None:
    store, folder = Store(ADDRESS), tmp_path / "one"
    copy = RunCopy(store, folder)
    for _ in range(STEPS):
        work(folder, steps=1)
        copy.push(1, lambda: None)
    copy.push(1, lambda: None)
    here = {path.name for path in folder.rglob("shard-*.parquet")}
    there = {Path(name).name for name in store.found() if "shard-" in name}
    assert len(here) < STEPS
    assert there == here
    pieces = [name for name in store.found() if "files.jsonl" in name]
    assert len(pieces) == STEPS
    assert b"".join(store.read(name, 10_000) for name in pieces) == (folder / ".journal/files.jsonl").read_bytes()


def test_a_listing_that_misses_a_merge_deletes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, folder = Store(ADDRESS), tmp_path / "one"
    work(folder, steps=3)
    copy = RunCopy(store, folder)
    copy.push(1, lambda: None)
    before = set(store.found())
    here = RunCopy._here
    monkeypatch.setattr(RunCopy, "_here", lambda self: {n: s for n, s in here(self).items() if "shard-" not in n})
    copy.push(1, lambda: None)
    assert set(store.found()) == before


def test_a_complete_run_needs_its_journal_no_more(tmp_path: Path) -> None:
    store, folder = Store(ADDRESS), tmp_path / "one"
    work(folder)
    copy = RunCopy(store, folder)
    copy.push(1, lambda: None)
    complete(folder)
    for path in sorted((folder / ".journal").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    copy.push(1, lambda: None)
    copy.push(1, lambda: None)
    assert sorted(store.found()) == ["plan.yaml", "predictions.parquet", "run.json"]


def test_a_run_is_not_complete_for_one_who_was_taken_for_dead(tmp_path: Path) -> None:
    store, folder = Store(ADDRESS), tmp_path / "one"
    work(folder)
    complete(folder)

    def lost() -> None:
        raise HarnessError("taken over")

    with pytest.raises(HarnessError, match="taken over"):
        RunCopy(store, folder).push(1, lost)
    assert "run.json" not in store.found()


def test_two_writers_lose_nothing_of_each_other(tmp_path: Path) -> None:
    """One was taken for dead, and still sends what it has, while another goes on."""
    store = Store(ADDRESS)
    late = RunCopy(store, tmp_path / "late")
    work(tmp_path / "late", steps=2)
    late.push(1, lambda: None)
    other = RunCopy(store, tmp_path / "other")
    other.pull()
    work(tmp_path / "late", steps=2)
    work(tmp_path / "other", steps=4)
    other.push(2, lambda: None)
    late.push(1, lambda: None)
    work(tmp_path / "other")
    other.push(2, lambda: None)
    assert require_consistent(pulled(tmp_path / "third")) == set(range(STEPS))


def test_a_copy_that_lacks_what_a_late_writer_has_sent_is_not_gone_on_with(tmp_path: Path) -> None:
    """Where it goes on to send its log would else be counted from what both have sent, and lines be left out."""
    store = Store(ADDRESS)
    late, other = RunCopy(store, tmp_path / "late"), RunCopy(store, tmp_path / "other")
    work(tmp_path / "late", steps=1)
    late.push(1, lambda: None)
    other.pull()
    work(tmp_path / "late", steps=2)
    late.push(1, lambda: None)
    log = tmp_path / "other" / ".journal" / "files.jsonl"
    with log.open("a") as file:
        file.write('{"another": "one"}\n' * 40)
    assert not RunCopy(store, tmp_path / "other").keep()
    pulled(tmp_path / "other")
    work(tmp_path / "other", steps=2)
    again = RunCopy(store, tmp_path / "other")
    assert again.keep()
    again.push(3, lambda: None)
    assert require_consistent(pulled(tmp_path / "third")) == set(range(5))


def test_the_same_machine_goes_on_with_what_it_has_not_sent(tmp_path: Path) -> None:
    store, folder = Store(ADDRESS), tmp_path / "one"
    work(folder, steps=4)
    RunCopy(store, folder).push(1, lambda: None)
    work(folder, steps=3)
    again = RunCopy(store, folder)
    assert again.keep()
    work(folder, steps=1)
    again.push(2, lambda: None)
    again.push(2, lambda: None)
    assert require_consistent(pulled(tmp_path / "two")) == set(range(8))
    assert sorted(p.name for p in (tmp_path / "two").rglob("shard*")) == sorted(
        p.name for p in folder.rglob("shard*")
    )


def test_what_was_lost_of_a_copy_comes_back(tmp_path: Path) -> None:
    store, folder = Store(ADDRESS), tmp_path / "one"
    work(folder, steps=3)
    write_bytes(b"samples", folder / "samples.parquet")
    RunCopy(store, folder).push(1, lambda: None)
    before = set(store.found())
    for path in [*folder.rglob("shard-*"), folder / "samples.parquet", folder / "plan.yaml"]:
        path.unlink()
    again = RunCopy(store, folder)
    assert again.keep()
    assert require_consistent(folder) == set(range(3))
    assert (folder / "samples.parquet").read_bytes() == b"samples"
    (folder / "samples.parquet").unlink()
    for _ in range(3):
        again.push(2, lambda: None)
    assert set(store.found()) == before


def test_the_journal_of_a_run_that_is_complete_does_not_come_back(tmp_path: Path) -> None:
    store, folder = Store(ADDRESS), tmp_path / "one"
    work(folder)
    RunCopy(store, folder).push(1, lambda: None)
    complete(folder)
    for path in sorted((folder / ".journal").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    again = RunCopy(store, folder)
    assert again.keep()
    again.push(2, lambda: None)
    again.push(2, lambda: None)
    assert sorted(store.found()) == ["plan.yaml", "predictions.parquet", "run.json"]


def test_a_copy_that_is_behind_what_was_sent_is_not_gone_on_with(tmp_path: Path) -> None:
    store, folder = Store(ADDRESS), tmp_path / "one"
    work(folder, steps=4)
    RunCopy(store, folder).push(1, lambda: None)
    (folder / ".journal" / "files.jsonl").write_text("")
    assert not RunCopy(store, folder).keep()
    (folder / ".journal" / "files.jsonl").unlink()
    assert not RunCopy(store, folder).keep()


def test_a_line_that_is_being_written_is_sent_when_it_is_whole(tmp_path: Path) -> None:
    store, log = Store(ADDRESS), tmp_path / "one" / ".journal" / "budget.jsonl"
    copy = RunCopy(store, tmp_path / "one")
    write_bytes(b"[1, 0.5]\n[1, 0", log)
    copy.push(1, lambda: None)
    with log.open("ab") as file:
        file.write(b".5]\n")
    copy.push(1, lambda: None)
    assert (pulled(tmp_path / "two") / ".journal" / "budget.jsonl").read_bytes() == b"[1, 0.5]\n[1, 0.5]\n"


def test_a_log_that_has_served_since_it_was_listed_holds_nothing_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, folder = Store(ADDRESS), tmp_path / "one"
    work(folder)
    write_bytes(b"predictions", folder / "predictions.parquet")
    put = Store.put

    def late(self: Store, path: Path, name: str) -> None:
        (folder / ".journal" / "files.jsonl").unlink(missing_ok=True)
        put(self, path, name)

    monkeypatch.setattr(Store, "put", late)
    RunCopy(store, folder).push(1, lambda: None)
    assert {"plan.yaml", "predictions.parquet"} <= store.found().keys()


def test_a_folder_that_was_copied_by_hand_is_a_run(tmp_path: Path) -> None:
    store = Store(ADDRESS)
    work(tmp_path / "one", steps=4)
    for path in (path for path in (tmp_path / "one").rglob("*") if path.is_file()):
        store.put(path, path.relative_to(tmp_path / "one").as_posix())
    copy = RunCopy(store, tmp_path / "two")
    copy.pull()
    work(tmp_path / "two", steps=2)
    copy.push(1, lambda: None)
    assert require_consistent(pulled(tmp_path / "three")) == set(range(6))


@pytest.mark.parametrize("name", [".lock", "x.part"])
def test_what_no_run_holds_is_refused(name: str, tmp_path: Path) -> None:
    Store(ADDRESS).write(name, b"")
    with pytest.raises(HarnessError, match="no file of a run"):
        pulled(tmp_path / "one")
