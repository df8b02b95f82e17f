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
