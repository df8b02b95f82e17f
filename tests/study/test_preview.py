from __future__ import annotations

from pathlib import Path

import pytest
from fault_server import serving
from served_pictures import reading, write_card, write_pictures
from served_runs import overrides
from silent import Silent

from harness.commands.plan import show_plan
from harness.study.compose import compose_study
from harness.study.preview import preview
from harness.study.run_study import run

MERGE = "labels.merge={fear: disgust}"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARNESS_CARDS", str(tmp_path / "cards"))
    write_pictures(tmp_path / "data", 12)
    return tmp_path


def test_a_plan_says_of_labels_what_the_run_says(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    heard = Silent()
    with serving(reading) as server:
        write_card(place, server.url, labels=["anger", "fear", "joy"])
        config = compose_study(overrides(place, MERGE), place / "configs")
        found = preview(config)
        run(config, heard)
    assert list(found.notes) == heard.notes
    assert found.warnings == heard.warnings[: len(found.warnings)]
    assert "The model cannot answer neutral: these samples count as wrong." in found.notes
    show_plan(overrides(place, MERGE), place / "configs")
    told = " ".join(capsys.readouterr().err.split())
    assert "Note: The model cannot answer neutral: these samples count as wrong." in told


def test_a_plan_says_what_would_stop_the_run(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_card(place, "https://acme.test/v1", labels=["joy", "fear"])
    show_plan(overrides(place), place / "configs")
    printed = capsys.readouterr()
    told = " ".join(printed.err.split())
    assert "Warning: A run would stop here. Dataset and system have no label in common." in told
    assert "12 samples of 10 subjects" in printed.out, "the plan is shown all the same"


def test_without_a_system_nothing_is_said_of_its_labels(place: Path) -> None:
    config = compose_study([*overrides(place, MERGE), "model=majority"])
    found = preview(config)
    assert (found.warnings, list(found.notes)) == ([], [])
