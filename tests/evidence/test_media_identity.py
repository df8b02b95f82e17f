from __future__ import annotations

import hashlib
from typing import Any

import pytest

from harness.evidence.media_identity import FileDifferences, file_differences, media_identity, read_again
from harness.tables.file_table import FileRead

A, B = "a" * 64, "b" * 64


def test_counts_bytes_and_root() -> None:
    files = [FileRead("x.wav", 10, A), FileRead("y.wav", None, None, "missing_file"), FileRead("z.wav", 5, B)]
    leaves = [
        f'{{"path":"x.wav","reason":null,"sha256":"{A}","size":10}}',
        '{"path":"y.wav","reason":"missing_file","sha256":null,"size":null}',
        f'{{"path":"z.wav","reason":null,"sha256":"{B}","size":5}}',
    ]
    x, y, z = (hashlib.sha256(b"\x00" + leaf.encode()).digest() for leaf in leaves)
    root = hashlib.sha256(b"\x01" + hashlib.sha256(b"\x01" + x + y).digest() + z).hexdigest()
    assert media_identity(files) == {"files": 2, "bytes": 15, "merkle_root": root, "unread": 1}


def test_simulated_media_have_no_files_and_say_so() -> None:
    said = media_identity([], simulated=True)
    assert said["files"] == said["bytes"] == 0
    assert said["merkle_root"] == hashlib.sha256().hexdigest()
    assert said["note"].startswith("simulated")
    assert "note" not in media_identity([])


@pytest.mark.parametrize(
    "other",
    [FileRead("x", 1, B), FileRead("x", 2, A), FileRead("y", 1, A), FileRead("x", None, None, "missing_file")],
)
def test_any_change_of_a_row_changes_the_root(other: FileRead) -> None:
    def root(file: FileRead) -> Any:
        return media_identity([file])["merkle_root"]

    assert root(other) != root(FileRead("x", 1, A))


def test_what_differs_is_changed_missing_or_added() -> None:
    before = [
        FileRead("changed", 1, A),
        FileRead("gone", 1, A),
        FileRead("new", None, None, "missing_file"),
        FileRead("never", None, None, "missing_file"),
        FileRead("same", 1, A),
        FileRead("unknown", 1, A),
    ]
    now = {
        "changed": FileRead("changed", 1, B),
        "gone": FileRead("gone", None, None, "missing_file"),
        "new": FileRead("new", 1, A),
        "never": FileRead("never", None, None, "unreadable: PermissionError"),
        "same": FileRead("same", 1, A),
        "of the second alone": FileRead("of the second alone", 1, A),
    }
    found = file_differences(before, now)
    assert found == FileDifferences(["changed"], ["gone"], ["new"])
    assert found
    assert found.text == "1 changed (changed), 1 missing (gone), 1 added (new)"
    assert not file_differences(before, {file.path: file for file in before})


def test_up_to_five_files_are_named_of_every_kind_at_least_one() -> None:
    many = [f"c{i}" for i in range(1200)]
    assert FileDifferences(many, [], []).text == "1,200 changed (c0, c1, c2, c3, c4 and 1,195 more)"
    assert FileDifferences(many, ["m0", "m1"], ["a0"]).text == (
        "1,200 changed (c0, c1, c2 and 1,197 more), 2 missing (m0 and 1 more), 1 added (a0)"
    )


def test_files_are_read_again_with_progress() -> None:
    files = [FileRead(f"f{i}", 1, A) for i in range(20)]
    seen: list[tuple[int, int]] = []
    found = read_again(
        files, lambda path: FileRead(path, 1, B if path == "f7" else A), lambda *step: seen.append(step)
    )
    assert found.text == "1 changed (f7)"
    assert seen == [(i, 20) for i in range(1, 21)]
