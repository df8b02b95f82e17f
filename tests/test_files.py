from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.files import (
    atomic,
    canonical_hash,
    is_inside,
    kept_in_place,
    read_bytes,
    read_json,
    read_text,
    regular,
    sha256_bytes,
    sha256_file,
    sha256_sources,
    text_lines,
    write_bytes,
    write_json,
)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    write_bytes(b"whole", path)

    def interrupted() -> None:
        with atomic(path) as partial:
            partial.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert path.read_bytes() == b"whole"
    assert [entry.name for entry in tmp_path.iterdir()] == ["table.parquet"]


def test_json_is_utf_8_and_ends_its_last_line(tmp_path: Path) -> None:
    write_json({"b": "ä", "a": [1]}, tmp_path / "folder" / "note.json")
    text = (tmp_path / "folder" / "note.json").read_bytes().decode()
    assert json.loads(text) == {"b": "ä", "a": [1]}
    assert text.endswith("}\n")
    assert "ä" in text


def test_hashes(tmp_path: Path) -> None:
    """The SHA-256 of ``abc`` is the example of FIPS 180-4."""
    known = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    (tmp_path / "abc").write_bytes(b"abc")
    assert sha256_bytes(b"abc") == sha256_file(tmp_path / "abc") == known


def test_equal_choices_have_equal_hashes_whatever_the_order_of_their_keys() -> None:
    assert canonical_hash({"a": 1, "b": [2, "ä"]}) == canonical_hash({"b": [2, "ä"], "a": 1})
    assert canonical_hash({"a": 1}) != canonical_hash({"a": 1.5})
    with pytest.raises(ValueError, match="Out of range float"):
        canonical_hash(float("nan"))


def test_the_hash_of_a_package_follows_its_code_and_nothing_else(tmp_path: Path) -> None:
    def package(name: str, **sources: str) -> Path:
        for module, source in sources.items():
            write_bytes(source.encode(), tmp_path / name / "room" / f"{module}.py")
        return tmp_path / name

    first = sha256_sources(package("a", one="x = 1", two="y = 2"))
    assert sha256_sources(package("b", two="y = 2", one="x = 1")) == first
    assert sha256_sources(package("c", one="x = 1", two="y = 3")) != first
    assert sha256_sources(package("d", one="x = 1", too="y = 2")) != first
    write_bytes(b"cached", tmp_path / "a" / "room" / "one.pyc")
    assert sha256_sources(tmp_path / "a") == first


def test_only_a_regular_file_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "file").write_text("whole")
    (tmp_path / "link").symlink_to("file")
    for name in ("pipe", "device", "."):
        for read in (regular, read_bytes, read_text, read_json, sha256_file):
            with pytest.raises(ValueError, match="not a regular file"):
                read(tmp_path / name)
    with pytest.raises(FileNotFoundError):
        read_text(tmp_path / "absent")
    assert read_text(tmp_path / "link") == "whole"


def test_no_more_than_the_bound_is_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"12345")
    assert read_bytes(tmp_path / "file", 5) == b"12345"
    with pytest.raises(ValueError, match="over"):
        read_bytes(tmp_path / "file", 4)


def test_text_is_utf_8_with_or_without_its_mark(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\xef\xbb\xbf\xc3\xa4")
    assert read_text(tmp_path / "file") == "ä"
    (tmp_path / "file").write_bytes("ä".encode("utf-16"))
    with pytest.raises(ValueError, match="not UTF-8 text"):
        read_text(tmp_path / "file")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": NaN}', "NaN is no JSON number"),
        ("[-Infinity]", "-Infinity is no JSON number"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "'c' stands twice"),
        ("{" + "".join(f'"{n}": 0, ' for n in range(300_000)) + '"299999": 0}', "'299999' stands twice"),
        ("9223372036854775808", "beyond 64 bits"),
        ("[" + "9" * 5_000 + "]", "beyond 64 bits"),
        ("[" * 200_000, "nested too deep"),
        ('{"a": 1', "Expecting"),
    ],
)
def test_json_of_others_is_plain(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "file").write_text(text)
    with pytest.raises(ValueError, match=message):
        read_json(tmp_path / "file")


def test_the_largest_numbers_of_64_bits_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("[9223372036854775807, -9223372036854775808, 1e308]")
    assert read_json(tmp_path / "file") == [2**63 - 1, -(2**63), 1e308]


def test_nothing_is_written_into_a_folder_that_took_the_place_of_ours(tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    ours.mkdir()
    with kept_in_place(ours):
        write_bytes(b"1", ours / "first")
        ours.rename(tmp_path / "elsewhere")
        with pytest.raises(FileNotFoundError, match="deleted, renamed or replaced"):
            write_bytes(b"2", ours / "inner" / "second")
        assert not ours.exists()
        ours.mkdir()
        with pytest.raises(FileNotFoundError, match="deleted, renamed or replaced"):
            write_bytes(b"2", ours / "second")
        write_bytes(b"3", tmp_path / "beside")
    write_bytes(b"4", ours / "after")
    assert [path.name for path in ours.iterdir()] == ["after"]


def test_an_error_over_a_folder_that_is_gone_says_so(tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    ours.mkdir()

    def read_after_renaming() -> None:
        with kept_in_place(ours):
            ours.rename(tmp_path / "elsewhere")
            raise HarnessError("there is no table in it")

    with pytest.raises(FileNotFoundError, match="deleted, renamed or replaced"):
        read_after_renaming()
    with pytest.raises(HarnessError, match="no table"), kept_in_place(tmp_path):
        raise HarnessError("there is no table in it")


def test_a_folder_that_is_replaced_while_a_file_is_written_does_not_get_it(tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    ours.mkdir()

    def write() -> None:
        with atomic(ours / "file") as partial:
            partial.write_bytes(b"half")
            ours.rename(tmp_path / "elsewhere")
            ours.mkdir()

    with kept_in_place(ours), pytest.raises(FileNotFoundError):
        write()
    assert not (ours / "file").exists()


def test_a_link_lies_where_it_leads_and_a_circle_of_links_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "outside").touch()
    (folder / "inside").touch()
    (folder / "out").symlink_to(tmp_path / "outside")
    (folder / "circle").symlink_to("circle")
    names = ("inside", "absent", "out", "../outside", "circle")
    assert [is_inside(folder / name, folder) for name in names] == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\nb\n", ["a", "b"]),
        ("a\r\nb", ["a", "b"]),
        ("a\rb\r", ["a", "b"]),
        ("a\n\n", ["a", ""]),
        ("", []),
        ("a\u2028\x0b\x0c\x1c\x85b", ["a\u2028\x0b\x0c\x1c\x85b"]),
    ],
)
def test_lines_end_where_files_end_them(text: str, lines: list[str]) -> None:
    assert text_lines(text) == lines


@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_or_a_device_is_not_replaced_by_a_file(tmp_path: Path, linked: bool) -> None:
    """`--into /dev/null` by root would take it from everybody."""
    pipe = path = tmp_path / "pipe"
    os.mkfifo(pipe)
    if linked:
        path = tmp_path / "link"
        path.symlink_to(pipe)
    with pytest.raises(OSError, match="not replaced by a file"), atomic(path):
        pass
    assert pipe.is_fifo()
    assert {one.name for one in tmp_path.iterdir()} == {"pipe", path.name}


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no folder in which nobody may write")
def test_an_error_names_the_file_that_was_to_be_written() -> None:
    with pytest.raises(OSError, match=r"/proc/results\.csv") as caught, atomic(Path("/proc/results.csv")):
        pass
    assert caught.value.filename == "/proc/results.csv"
