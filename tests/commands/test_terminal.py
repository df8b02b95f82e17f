"""What is shown while something is being done."""

from __future__ import annotations

import re
import sys
import time
from io import StringIO

import pytest
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from harness import progress_bar
from harness.commands import terminal
from harness.commands.terminal import busy, has_room, say


@pytest.mark.parametrize("is_terminal", [True, False])
def test_what_is_being_done_is_shown_in_a_terminal_alone(
    is_terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = StringIO()
    monkeypatch.setattr(terminal, "_err", Console(stderr=True, file=written, force_terminal=is_terminal))
    with busy("measuring \x1b[2Jagain [bold]"):
        pass
    assert ("again [bold]" in written.getvalue()) is is_terminal
    assert "\x1b[2J" not in written.getvalue()


@pytest.mark.parametrize(("width", "fits"), [(40, False), (60, True)])
def test_a_table_has_room_if_its_words_do(width: int, fits: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_out", Console(width=width))
    table = Table(box=SIMPLE_HEAD)
    for heading in ("neurodivergence", "standardised", "inconclusive"):
        table.add_column(heading)
    assert has_room(table) is fits


class _Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_of_what_is_being_done_the_time_left_is_shown_and_what_is_said_stands_above(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress_bar, "SECONDS_BEFORE_GUESS", 0.0)
    written = _Terminal()
    monkeypatch.setattr(sys, "stdout", written)
    monkeypatch.setattr(terminal, "_err", Console(file=written, force_terminal=True, width=80))
    with busy("measuring") as progress:
        progress.to(0.25)
        time.sleep(0.2)  # the bar is drawn ten times a second
        say("a line of its own")
    shown = written.getvalue()
    assert re.search(r"measuring .*25 %.*0:00:0", shown)
    assert "\r\x1b[2Ka line of its own\n" in shown  # the bar is wiped out first
    assert shown.endswith("\x1b[?25h\r\x1b[1A\x1b[2K")


def test_what_is_said_beside_a_bar_goes_where_standard_output_goes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = StringIO()
    monkeypatch.setattr(terminal, "_err", Console(file=written, force_terminal=True, width=80))
    with busy("measuring"):
        say("a line of its own")
    assert capsys.readouterr().out == "a line of its own\n"
    assert "a line" not in written.getvalue()
