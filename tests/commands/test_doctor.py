"""The doctor finds what is broken, and says what to do."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import cv2
import pytest

from harness.commands import doctor


def test_a_healthy_machine_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.diagnose()
    shown = capsys.readouterr()
    assert "broken" not in shown.out + shown.err
    assert f"torch {version('torch')}" in shown.out


def test_what_is_broken_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delattr(cv2, "CascadeClassifier")
    assert not doctor.diagnose()
    assert "has no Haar cascades; install opencv-python-headless<5." in capsys.readouterr().err


def test_a_data_folder_that_cannot_be_written_is_broken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HARNESS_HOME", str(tmp_path / "file"))
    assert not doctor.diagnose()
    assert "broken  data folder" in capsys.readouterr().err
