from __future__ import annotations

import hashlib
import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from sounds_made import folder_of, noise, voice

from harness.conditions import given_files
from harness.errors import HarnessError
from harness.study.assembly import open_condition, open_conditions


@pytest.fixture
def music(tmp_path: Path) -> Path:
    (tmp_path / "music").mkdir()
    (tmp_path / "music" / "README.txt").write_text("no sound")
    return folder_of({"b.wav": noise(2, 1), "a/c.wav": noise(2, 2)}, tmp_path / "music")


def test_the_plan_has_the_hash_of_names_and_contents_and_no_path(music: Path) -> None:
    condition = open_condition("voice/music@1", {"voice/music": music})
    hashes = {name: hashlib.sha256((music / name).read_bytes()).hexdigest() for name in ("a/c.wav", "b.wav")}
    text = json.dumps(hashes, sort_keys=True, separators=(",", ":"))
    expected = {"num_files": 2, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    assert condition.plain()["files"] == {"voice/music": expected}
    assert str(music) not in json.dumps(condition.plain())
    (music / "b.wav").rename(music / "d.wav")
    renamed = open_condition("voice/music@1", {"voice/music": music}).plain()["files"]["voice/music"]
    assert renamed["num_files"] == 2
    assert renamed["sha256"] != expected["sha256"]


def test_files_are_hashed_once_for_all_severities(music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[str] = []

    def counted(path: Path) -> str:
        hashed.append(path.name)
        return "0" * 64

    monkeypatch.setattr(given_files, "sha256_file", counted)
    names = [f"voice/music@{severity}" for severity in range(1, 6)]
    open_conditions(["clean", *names, "voice/gain@1+voice/music@1"], {"voice/music": music})
    assert hashed == ["c.wav", "b.wav"]


def test_joined_conditions_name_the_files_of_their_parts(music: Path, tmp_path: Path) -> None:
    coughs = folder_of({"1.wav": noise(0.3)}, tmp_path / "coughs")
    folders = {"voice/music": music, "voice/coughing": coughs}
    joined = open_condition("voice/music@1+voice/gain@1+voice/coughing@1", folders)
    assert {family: of["num_files"] for family, of in joined.plain()["files"].items()} == {
        "voice/music": 2,
        "voice/coughing": 1,
    }
    assert "files" not in open_condition("voice/gain@1+voice/gain@2", folders).plain()


def test_a_folder_that_is_needed_is_asked_for() -> None:
    with pytest.raises(
        HarnessError, match=r"voice/music needs recordings of music\. .*'condition_files=\{voice/music"
    ):
        open_condition("voice/music@1")


def test_a_folder_for_a_condition_that_takes_none_is_refused(music: Path) -> None:
    with pytest.raises(HarnessError, match="condition voice/gain takes no files"):
        open_conditions(["clean"], {"voice/gain": music})
    with pytest.raises(HarnessError, match="no condition 'voice/noise'"):
        open_conditions(["clean"], {"voice/noise": music})
    assert [each.name for each in open_conditions(["clean"], {"voice/music": music})] == ["clean"]


def opened(folder: Path) -> None:
    open_condition("voice/music@1", {"voice/music": folder})


def test_a_folder_must_hold_sound(tmp_path: Path) -> None:
    with pytest.raises(HarnessError, match="is not a folder"):
        opened(tmp_path / "absent")
    with pytest.raises(HarnessError, match=r"holds 0 files ending in \.aif \.aiff"):
        opened(tmp_path)
    (tmp_path / "song.wav").write_text("not a sound")
    with pytest.raises(
        HarnessError, match=r"song\.wav cannot be used \(unreadable: not audio .*recordings of music"
    ):
        opened(tmp_path)
    (tmp_path / "song.wav").write_bytes(b"")
    with pytest.raises(HarnessError, match=r"song\.wav cannot be used \(empty"):
        opened(tmp_path)


def test_links_out_of_the_folder_pipes_and_huge_files_are_refused(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = folder_of({"secret.wav": noise(1)}, tmp_path / "else") / "secret.wav"
    (music / "link.wav").symlink_to(elsewhere)
    with pytest.raises(HarnessError, match=r"link\.wav leads out of the folder"):
        opened(music)
    (music / "link.wav").unlink()
    (music / "link.wav").symlink_to(music / "b.wav")
    opened(music)
    (music / "link.wav").unlink()
    (music / "link.wav").symlink_to(music / "link.wav")
    with pytest.raises(HarnessError, match=r"link\.wav"):
        opened(music)
    (music / "link.wav").unlink()
    os.mkfifo(music / "pipe.wav")
    with pytest.raises(HarnessError, match=r"pipe\.wav cannot be used \(it is not a regular file\)"):
        opened(music)
    (music / "pipe.wav").unlink()
    with (music / "huge.wav").open("wb") as file:
        file.truncate(given_files.MAX_FILE_BYTES + 1)
    with pytest.raises(HarnessError, match=r"huge\.wav cannot be used \(it is over 4 GiB\)"):
        opened(music)
    (music / "huge.wav").unlink()
    monkeypatch.setattr(given_files, "MAX_FILES", 1)
    with pytest.raises(HarnessError, match=r"holds 2 files .* expected 1 to 1 recordings"):
        opened(music)


def test_a_file_that_changes_during_the_run_stops_it(music: Path) -> None:
    condition = pickle.loads(pickle.dumps(open_condition("voice/music@1", {"voice/music": music})))
    condition.apply(voice(), np.random.default_rng(0))
    for name in ("b.wav", "a/c.wav"):
        folder_of({name: noise(3)}, music)
    with pytest.raises(HarnessError, match="changed during the run"):
        condition.apply(voice(), np.random.default_rng(0))
