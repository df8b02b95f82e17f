from __future__ import annotations

from pathlib import Path

import pytest

from harness.commands.new import new_dataset


def test_names_of_files_cannot_add_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "voices"
    root.mkdir()
    for number in range(3):
        for emotion in ("ha\nppy", "sad"):
            (root / f"s{number}_{emotion}_{number}\x1b[31m.wav").touch()
    new_dataset(root, tmp_path / "drafts", None)
    lines = capsys.readouterr().out.splitlines()
    assert "6 of them are named like s0_ha ppy_0\ufffd[31m.wav:" in lines
    assert "  field1: ha ppy, sad" in lines
    assert not any(line.startswith("ppy") for line in lines)


@pytest.mark.parametrize(("suffix", "is_card"), [("jpg", True), ("mp4", False)])
def test_where_no_field_looks_like_the_emotion_it_says_what_to_call_it(
    suffix: str, is_card: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "photos"
    for word in ("blij", "boos", "bang"):
        (root / word).mkdir(parents=True)
        for number in range(6):
            (root / word / f"P{number:02d}_1.{suffix}").touch()
    new_dataset(root, tmp_path / "drafts", None)
    lines = capsys.readouterr().out.splitlines()
    remedy = " If one of them is, call it label in the pattern of the card." if is_card else ""
    assert f"No field looks like the emotion.{remedy}" in lines
