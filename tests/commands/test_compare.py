"""What the terminal shows of a comparison, through the command line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.commands.compare import MAX_NOTES, show_comparison
from harness.commands.main import app
from harness.comparison.compare_runs import compare_runs

WriteFinishedRun = Callable[..., Path]


@pytest.fixture(autouse=True)
def _plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")


def test_conclusions_tables_and_the_page_are_named(
    write_finished_run: WriteFinishedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [
        write_finished_run("a", skill=0.8),
        write_finished_run("b", model="face", skill=0.6, subjects=range(20)),
    ]
    show_comparison(compare_runs(runs, into=tmp_path / "out"))
    shown = capsys.readouterr().out
    assert "240 shared samples of 20 subjects" in shown
    assert "Left out, as not every run has them: voice 48" in shown
    assert "• face is worse than voice overall: " in shown
    assert "A: voice\nB: face\n" in shown
    for column in ("A - B", "verdict", "subj.", "sex female"):
        assert column in shown
    assert str(tmp_path / "out" / "comparison.html") in shown


def test_conclusions_stand_above_notes_and_only_some_notes_are_shown(
    write_finished_run: WriteFinishedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [write_finished_run("a", skill=0.8), write_finished_run("b", model="face", skill=0.6)]
    compared = compare_runs(runs, into=tmp_path / "out")
    show_comparison(replace(compared, notes=[f"note {i}." for i in range(MAX_NOTES + 2)]))
    shown = capsys.readouterr().out
    assert shown.index("• face is worse than voice overall") < shown.index("Note: note 0.")
    assert f"note {MAX_NOTES - 1}." in shown
    assert f"note {MAX_NOTES}." not in shown
    assert "2 more notes: see comparison.html" in shown


def test_a_difference_is_no_failure(write_finished_run: WriteFinishedRun, tmp_path: Path) -> None:
    runs = [write_finished_run("a", skill=0.9), write_finished_run("b", model="face", skill=0.4)]
    arguments = ["compare", *map(str, runs), "--into", str(tmp_path / "out"), "--tolerance", "0.1", "--seed", "3"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert (tmp_path / "out" / "compare.csv").is_file()


def test_equivalence_is_tested_where_it_is_asked_for(
    write_finished_run: WriteFinishedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [str(write_finished_run(name, model=name)) for name in ("a", "bb", "ccc")]
    arguments = ["compare", *runs, "--equivalence", "--margin", "0.5", "--against-first"]
    shown = CliRunner().invoke(app, [*arguments, "--into", str(tmp_path / "out")]).output
    assert "• a and bb: answers are equal for " in shown
    assert "• a and ccc, uar: equivalent within ±0.5 overall and in each of 2 tested groups." in shown
    assert "bb and ccc" not in shown
    assert "Equivalent within ±0.5? Overall, and groups where it is open" in shown
    assert "90 % intervals, each for itself: two one-sided tests of 5 %" in shown
    assert "--margin" in CliRunner().invoke(app, ["compare", *runs, "--equivalence", "--margin", "0"]).output


@pytest.mark.parametrize("option", [("--tolerance", "0"), ("--tolerance", "nan"), ("--seed", "-1")])
def test_options_out_of_range_are_refused(write_finished_run: WriteFinishedRun, option: tuple[str, str]) -> None:
    runs = [write_finished_run("a"), write_finished_run("b", model="face")]
    assert CliRunner().invoke(app, ["compare", *map(str, runs), *option]).exit_code != 0


def test_names_cannot_steer_the_terminal(
    write_finished_run: WriteFinishedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = [write_finished_run("a", model="\x1b[2Jvoice[bold]"), write_finished_run("b", model="fa\u202ece")]
    show_comparison(compare_runs(runs, into=tmp_path / "out"))
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "voice[bold]" in shown


def test_groups_that_do_not_differ_are_not_among_those_that_differ_most(
    write_finished_run: WriteFinishedRun, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    compared = compare_runs(
        [write_finished_run("a", skill=0.8), write_finished_run("b", model="face", skill=0.6)],
        into=tmp_path / "out",
    )
    alike = [d if d.is_overall else replace(d, value=0.0) for d in compared.comparison.differences]
    show_comparison(compared)
    assert "For whom they differ most" in capsys.readouterr().out
    show_comparison(replace(compared, comparison=replace(compared.comparison, differences=alike)))
    assert "For whom they differ most" not in capsys.readouterr().out
