"""Choices as `harness run` takes them, given to commands that have options."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.commands.main import main


def _told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    monkeypatch.setattr("sys.argv", ["harness", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    return capsys.readouterr().err.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        (["compare", "DIR", "DIR", "out=cmp"], "out=cmp is written --into cmp."),
        (["compare", "DIR", "DIR", "tolerance=0.1"], "tolerance=0.1 is written --tolerance 0.1."),
        (["score", "out=x"], "out=x is written --into x."),
        (["score", "DIR", "into=x"], "into=x is written --into x."),
        (["verify", "DIR", "key=jo.key.pub"], "key=jo.key.pub is written --key jo.key.pub."),
        (["history", "DIR", "out=page"], "out=page is written --into page."),
        (["track", "DIR", "tracking.uri=http://h"], "tracking.uri=http://h is written --uri http://h."),
        (["score", "out=my run"], "out=my run is written --into 'my run'."),
        (["status", "DIR", "watch=true"], "watch=true is --watch, given or left out."),
        (["status", "out=x"], "out=x is no choice of this command."),
        (["status", "DIR", "seed=1"], "seed=1 is no choice of this command."),
        (["doctor", "device=cuda"], "device=cuda is no choice of this command."),
    ],
)
def test_a_choice_is_told_as_the_option_that_it_is(
    arguments: list[str],
    written: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = _told(monkeypatch, capsys, *(str(tmp_path) if one == "DIR" else one for one in arguments))
    assert told.endswith(f"{written} ")
    assert "Error [choices]: " in told


def test_a_folder_may_be_called_like_a_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "model=acme").mkdir()
    monkeypatch.chdir(tmp_path)
    assert "no plan.yaml" in _told(monkeypatch, capsys, "score", "model=acme")


def test_what_is_no_choice_is_told_as_before(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _told(monkeypatch, capsys, "doctor", "now").endswith("Got unexpected extra argument(s) (now) ")
