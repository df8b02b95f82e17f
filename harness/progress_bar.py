"""One bar in a terminal for all stages of some work: how much is done, and the time that is left."""

from __future__ import annotations

import math
import sys

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from harness.progress import Pace
from harness.wording import printable

SECONDS_BEFORE_GUESS = 1.0
"""Of a stage, before it is said how long the rest of it takes."""


class Amount(ProgressColumn):
    """How much is done: samples of all, with the samples per second; or a share."""

    def render(self, task: Task) -> Text:
        """Any of these, once the size of the stage is known."""
        if task.total is None:
            return Text("")
        if task.fields.get("pace") is not None:
            return Text(f"{int(100 * task.completed)} %", style="progress.percentage")
        rate = f" {task.speed:,.1f}/s" if task.speed else ""
        return Text.assemble(
            (f"{int(task.completed):,}/{int(task.total):,}", "progress.download"), (rate, "progress.data.speed")
        )


class TimeLeft(TimeRemainingColumn):
    """The time that is left; as long as the end cannot be foreseen, how long it has taken."""

    def render(self, task: Task) -> Text:
        """Either of the two."""
        if task.total is None:
            return TimeElapsedColumn().render(task)
        pace: Pace | None = task.fields.get("pace")
        if pace is None:
            return super().render(task)
        left = pace.left(task.get_time()) if (task.elapsed or 0.0) >= SECONDS_BEFORE_GUESS else None
        if left is None:
            return Text("-:--:--", style="progress.remaining")
        minutes, seconds = divmod(math.ceil(left), 60)
        hours, minutes = divmod(minutes, 60)
        return Text(f"{hours}:{minutes:02}:{seconds:02}", style="progress.remaining")


class ProgressBar:
    """One bar, which vanishes in the end; a context manager around the work.

    What is printed to its console stands above it.

    Args:
        console: where it is shown; nothing is shown where that is no terminal.
    """

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            Amount(),
            TimeLeft(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
            redirect_stdout=sys.stdout is not None and sys.stdout.isatty(),  # what is piped stays out of the bar
        )
        self._task: TaskID | None = None

    def __enter__(self) -> ProgressBar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    @property
    def is_shown(self) -> bool:
        """Whether it is on a screen now."""
        return self._progress.live.is_started

    def stage(self, text: str) -> None:
        """Begin anew; how much there is to do is not known yet."""
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(escape(printable(text)), total=None)

    def count(self, done: int, total: int) -> None:
        """Move the bar to a number of samples; nothing before a stage has begun."""
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total, pace=None)

    def share(self, done: float) -> None:
        """Move the bar to a share of all, 0 … 1; nothing before a stage has begun."""
        if self._task is None:
            return
        task = self._progress.tasks[-1]
        pace: Pace = task.fields.get("pace") or Pace(task.start_time or task.get_time())
        pace.note(done, task.get_time())
        self._progress.update(self._task, completed=done, total=1.0, pace=pace)
