from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the data, the card and the run of a test, whose cards are found."""
    monkeypatch.setenv("HARNESS_CARDS", str(tmp_path / "cards"))
    return tmp_path
