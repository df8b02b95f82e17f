from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.errors import HarnessError
from harness.signals import media_folder


def test_find_files_is_sorted_and_passes_over_what_is_hidden(tmp_path: Path) -> None:
    for name in ("b/2.WAV", "a/1.wav", ".git/3.wav", "__MACOSX/4.wav", "a/._1.wav", "a/notes.txt", "ä/5.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert media_folder.find_files(tmp_path, {".wav"}) == ["a/1.wav", "b/2.WAV", "ä/5.wav"]


def test_find_files_does_not_follow_links_out_of_the_root(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "1.wav").touch()
    (tmp_path / "root" / "link").symlink_to(tmp_path / "else")
    assert media_folder.find_files(tmp_path / "root", {".wav"}) == []


def test_find_files_asks_for_names_that_a_table_can_hold(tmp_path: Path) -> None:
    try:
        (tmp_path / os.fsdecode(b"M\xfcller.wav")).touch()
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    with pytest.raises(HarnessError, match=r"'M\\udcfcller\.wav' is not UTF-8"):
        media_folder.find_files(tmp_path, {".wav"})
