"""The bar in a terminal."""

from __future__ import annotations

import re
import time
from io import StringIO

import pytest
from rich.console import Console
from rich.progress import Progress

from harness import progress_bar
from harness.progress import Pace
from harness.progress_bar import Amount, ProgressBar, TimeLeft


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
    assert Amount().render(progress.tasks[known]).plain == "6/10 0.0/s"


def test_of_a_share_the_time_left_is_foreseen_after_a_second() -> None:
    now = 0.0
    progress = Progress(get_time=lambda: now, disable=True)
    task = progress.add_task("measuring", total=1.0, pace=Pace(0.0))
    column, (shown,) = TimeLeft(), progress.tasks
    now = 0.5
    shown.fields["pace"].note(0.01, now)
    progress.update(task, completed=0.01)
    assert column.render(shown).plain == "-:--:--"
    now = 36.0
    shown.fields["pace"].note(0.255, now)
    progress.update(task, completed=0.255)
    assert column.render(shown).plain == "0:01:47"  # at 0.70 % a second
    assert Amount().render(shown).plain == "25 %"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_the_bar_is_shown_in_a_terminal_alone_and_leaves_it_clean(
    is_terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_bar, "SECONDS_BEFORE_GUESS", 0.0)
    written = StringIO()
    console = Console(file=written, force_terminal=is_terminal, width=100)
    with pytest.raises(KeyboardInterrupt):
        _interrupted(console)
    shown = written.getvalue()
    if not is_terminal:
        assert shown == ""
        return
    assert "\x1b[2J" not in shown
    assert re.search(r"measuring .*\[bold\].*25 %.*0:00:0", shown)
    assert re.search(r"predicting.*3/4", shown)
    assert shown.endswith("\x1b[?25h\r\x1b[1A\x1b[2K")  # the cursor is there again, the line is empty


def _interrupted(console: Console) -> None:
    with ProgressBar(console) as bar:
        bar.share(0.1)  # before any stage: nothing
        bar.stage("measuring \x1b[2J [bold]")
        bar.share(0.25)
        time.sleep(0.01)
        bar._progress.refresh()
        bar.stage("predicting")
        bar.count(3, 4)
        bar._progress.refresh()
        raise KeyboardInterrupt
