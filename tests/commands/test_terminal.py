"""What is shown while something is being done."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from harness.commands import terminal
from harness.commands.terminal import TimeLeft, busy, has_room


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


def test_without_an_end_in_sight_the_time_that_it_took_is_shown() -> None:
    now = 0.0
    progress = Progress(TimeLeft(), get_time=lambda: now, speed_estimate_period=1000, disable=True)
    unknown, known = progress.add_task("measuring", total=None), progress.add_task("predicting", total=10)
    now = 62.0
    column = TimeLeft()
    assert column.render(progress.tasks[unknown]).plain == "0:01:02"
    progress.update(known, completed=4)
    now = 124.0
    progress.update(known, completed=6)
    assert column.render(progress.tasks[known]).plain == "0:02:04"  # 4 are left, of which 2 take 62 s
