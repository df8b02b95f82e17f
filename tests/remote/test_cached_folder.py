from __future__ import annotations

import os
import time
from pathlib import Path

from harness.remote.cached_folder import UNUSED_S, CachedFolder, Held, Room

HELD = Held("3-abc", "opening")


def hold(cached: CachedFolder, name: str, data: bytes, used_ago_s: float = 0.0) -> None:
    cached.empty(name, len(data))
    (cached.files / name).unlink()
    (cached.files / name).write_bytes(data)
    cached.note(name, HELD)
    moment = time.time() - used_ago_s
    os.utime(next(cached.files.parent.glob("held")) / name, (moment, moment))


def test_a_file_is_held_once_that_is_noted(tmp_path: Path) -> None:
    cached = CachedFolder(tmp_path)
    cached.empty("a/b.wav", 7)
    assert cached.held("a/b.wav") is None
    assert (cached.files / "a/b.wav").stat().st_size == 7
    assert (cached.files / "a/b.wav").stat().st_mode & 0o777 == 0
    hold(cached, "a/b.wav", b"123")
    assert cached.held("a/b.wav") == HELD
    assert (cached.names(), cached.names_held()) == ({"a/b.wav"}, {"a/b.wav"})
    cached.empty("a/b.wav", 3)
    assert cached.held("a/b.wav") is None
    cached.forget("a/b.wav")
    assert not (cached.files / "a").exists()


def test_a_note_without_its_file_or_in_part_counts_for_nothing(tmp_path: Path) -> None:
    cached = CachedFolder(tmp_path)
    hold(cached, "a", b"123")
    (cached.files / "a").unlink()
    assert cached.held("a") is None
    hold(cached, "a", b"123")
    (tmp_path / "held" / "a").write_text("3-abc")
    assert cached.held("a") is None


def test_what_was_not_used_for_longest_makes_room(tmp_path: Path) -> None:
    one, two = CachedFolder(tmp_path / "one"), CachedFolder(tmp_path / "two")
    for cached in (one, two):
        for number in range(4):
            hold(
                cached, f"{number}", bytes(100), used_ago_s=UNUSED_S + 100 * number + (50 if cached is two else 0)
            )
    hold(one, "now", bytes(100))
    room = Room(tmp_path, 500)
    room.make(100, time.time())
    assert one.names_held() == {"now", "0", "1"}
    assert two.names_held() == {"0"}
    assert one.names() == {"0", "1", "2", "3", "now"}
    assert (one.files / "3").stat().st_size == 100
    room.make(100, time.time() - 10_000)
    assert one.names_held() == {"now", "0", "1"}


def test_a_file_that_somebody_has_locked_or_used_meanwhile_stays(tmp_path: Path) -> None:
    cached = CachedFolder(tmp_path / "one")
    hold(cached, "a", bytes(100), used_ago_s=2 * UNUSED_S)
    (used_at, _, name), *_ = cached.of_notes()
    with cached.locked("a"):
        assert not CachedFolder(tmp_path / "one").give_up(name, used_at)
    cached.used("a")
    assert not cached.give_up(name, used_at)
    assert cached.give_up(name, next(cached.of_notes())[0])
