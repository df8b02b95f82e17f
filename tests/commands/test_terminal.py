"""What is shown while something is being done."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from harness.commands import terminal
from harness.commands.terminal import busy, has_room


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
