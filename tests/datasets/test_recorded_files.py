"""What is noted of the files that readers open: by name, once, with the hash of what was in them."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import harness.datasets.recorded_files as recorded_files
from harness.datasets.reader import Reader
from harness.datasets.recorded_files import noted_files
from harness.errors import Unscored
from harness.first_use import first_use_s
from harness.study.assembly import open_reader
from harness.tables.file_table import FileRead


def plain(root: Path) -> Reader[Any]:
    return open_reader("table", root, {})


def reader(root: Path) -> Reader[Any]:
    return plain(root).recording()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_path_that_is_handed_out_is_noted_with_its_hash(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "b").write_bytes(b"three")
    (tmp_path / "folder" / "other").write_bytes(b"not opened")
    (tmp_path / "table.csv").write_bytes(b"x,y")
    with noted_files() as noted:
        reader(tmp_path).path("./a")
        reader(tmp_path).folder("folder", ("b", "c"))
        reader(tmp_path).file("table.csv")
    assert noted == {
        "a": FileRead("a", 3, sha256(b"one")),
        "folder/b": FileRead("folder/b", 5, sha256(b"three")),
        "folder/c": FileRead("folder/c", None, None, "missing_file"),
        "table.csv": FileRead("table.csv", 3, sha256(b"x,y")),
    }


def test_only_a_recording_reader_hashes_and_only_for_who_collects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").write_bytes(b"one")
    opened: list[str] = []
    monkeypatch.setattr(recorded_files, "hashed", lambda _, name: opened.append(name))
    plain(tmp_path).path("a")
    reader(tmp_path).path("a")
    with noted_files() as noted:
        plain(tmp_path).path("a")
    assert noted == {}
    assert opened == []


def test_a_file_of_many_samples_is_hashed_once_and_again_when_it_was_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where size and time of writing are set back to what they were."""
    real, opened = recorded_files.hashed, []
    monkeypatch.setattr(recorded_files, "hashed", lambda *of: opened.append(of) or real(*of))
    path = tmp_path / "a"
    path.write_bytes(b"one")
    before = path.stat()

    def noted() -> FileRead:
        with noted_files() as files:
            reader(tmp_path).path("a")
        return files["a"]

    assert noted() == noted() == FileRead("a", 3, sha256(b"one"))
    assert len(opened) == 1
    path.write_bytes(b"two")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert noted() == FileRead("a", 3, sha256(b"two"))


def test_what_cannot_be_read_is_noted_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "locked").write_bytes(b"secret")
    (tmp_path / "large").write_bytes(b"12345")
    with noted_files() as noted:
        for uri in ("absent", "folder"):
            with pytest.raises(Unscored):
                reader(tmp_path).path(uri)
        with monkeypatch.context() as patch:
            patch.setattr(hashlib, "file_digest", _refused)
            reader(tmp_path).path("locked")
        monkeypatch.setattr(recorded_files, "MAX_FILE_BYTES", 4)
        reader(tmp_path).path("large")
    assert {file.path: file.reason for file in noted.values()} == {
        "absent": "missing_file",
        "folder": "unreadable: not a file",
        "locked": "unreadable: PermissionError",
        "large": "too_large",
    }
    assert {file.sha256 for file in noted.values()} == {None}


def _refused(*_: object) -> None:
    raise PermissionError


def test_a_file_too_large_to_hash_is_not_handed_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"")
    os.truncate(tmp_path / "a", 17 * 2**30)
    with pytest.raises(Unscored, match="over 16 GiB"):
        reader(tmp_path).path("a")


def test_a_link_is_noted_by_its_own_name_and_never_leads_out_of_the_root(tmp_path: Path) -> None:
    root = tmp_path / "data"
    root.mkdir()
    (tmp_path / "secret").write_bytes(b"secret")
    (root / "out").symlink_to(tmp_path / "secret")
    (root / "a").write_bytes(b"one")
    (root / "b").symlink_to("a")
    with noted_files() as noted:
        reader(root).path("b")
        for uri in ("out", "../secret", "../absent", str(tmp_path / "secret"), ".", "", "a\0b"):
            with pytest.raises(Unscored):
                reader(root).path(uri)
    assert noted == {"b": FileRead("b", 3, sha256(b"one"))}
    (root / "b").unlink()
    (root / "b").symlink_to("data_other")
    (root / "data_other").write_bytes(b"two")
    with noted_files() as noted:
        reader(root).path("b")
    assert noted["b"].sha256 == sha256(b"two")


_watched: list[str] | None = None


def _note_opened(event: str, arguments: tuple[Any, ...]) -> None:
    if _watched is not None and event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        _watched.append(os.fsdecode(arguments[0]))


@contextmanager
def opened_by_python() -> Iterator[list[str]]:
    """Every path that Python itself opens within the block; the decoders' own libraries are not seen."""
    global _watched
    if not hasattr(sys, "_harness_test_audits"):
        sys.addaudithook(_note_opened)
        sys._harness_test_audits = True  # type: ignore[attr-defined]  # a hook stays until Python ends
    _watched = []
    try:
        yield _watched
    finally:
        _watched = None


def _table(data: Path, root: Path) -> tuple[Reader[Any], int]:
    (root / "samples.csv").write_text("uri,subject_id,label\na.jpg,anna,happy\n")
    (root / "a.jpg").write_bytes(next((data / "facial_expressions" / "images").glob("*.jpg")).read_bytes())
    return open_reader("table", root, {"modality": "face", "label_source": "acted"}), 1


REAL: dict[str, Callable[[Path, Path], tuple[Reader[Any], int]]] = {
    "table": _table,
    "ravdess": lambda data, _: (open_reader("ravdess", data / "ravdess", {}), 3),
    "facial_expressions": lambda data, _: (open_reader("facial_expressions", data / "facial_expressions", {}), 3),
    "cremad": lambda data, _: (open_reader("cremad", data / "cremad", {}), 0),
    "stress_predict": lambda data, _: (
        open_reader("stress_predict", data / "stress_predict", {"edges": "button"}),
        2,
    ),
    "wearable_hrv": lambda data, _: (open_reader("wearable_hrv", data / "wearable_hrv", {}), 0),
    "intervals": lambda data, _: (open_reader("wearable_hrv", data / "wearable_hrv", {"source": "intervals"}), 3),
}


@pytest.mark.parametrize("name", REAL)
def test_no_reader_opens_a_file_that_is_not_noted(name: str, shared_data: Path, tmp_path: Path) -> None:
    made, num_loaded = REAL[name](shared_data, tmp_path)
    recording = made.recording()
    with noted_files() as noted, opened_by_python() as opened:
        rows = recording.samples().slice(0, num_loaded).to_pylist()
        for row in rows:
            recording.load(row)
    root = made.root.resolve()
    there = {Path(path).resolve() for path in opened if Path(path).is_file()}
    below = {path for path in there if path.is_relative_to(root)}
    assert below
    assert below <= {(root / path).resolve() for path in noted}
    assert {row["uri"] for row in rows if (root / str(row["uri"])).is_file()} <= set(noted)
    for path, file in noted.items():
        there = root / path
        assert file == (
            FileRead(path, there.stat().st_size, sha256(there.read_bytes()))
            if there.is_file()
            else FileRead(path, None, None, "missing_file")
        )


def test_the_hash_of_a_large_file_is_not_charged_to_the_sample_that_needs_it_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a small one it is: there, waiting for the disk is part of reading the sample."""
    (tmp_path / "recording").write_bytes(b"12345")
    (tmp_path / "clip").write_bytes(b"1234")
    monkeypatch.setattr(recorded_files, "_LARGE_BYTES", 4)
    hashed = recorded_files.hashed

    def slowly(root: Path, name: str) -> FileRead:
        time.sleep(0.05)
        return hashed(root, name)

    monkeypatch.setattr(recorded_files, "hashed", slowly)
    not_charged_s = []
    with noted_files():
        for name in ("recording", "clip"):
            before_s = first_use_s()
            reader(tmp_path).path(name)
            not_charged_s.append(first_use_s() - before_s)
    assert not_charged_s[0] >= 0.05
    assert not_charged_s[1] == 0
