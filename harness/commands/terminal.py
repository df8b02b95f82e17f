"""Terminal output without control characters: one-line messages, tables, progress with rate and remaining time."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TextIO
from weakref import WeakSet

from rich.console import Console, ConsoleOptions, RenderResult
from rich.logging import RichHandler
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from harness.commands import json_answer
from harness.commands.narrow_tables import fitted
from harness.commands.table_widths import set_widths, whole_width
from harness.progress import UNSEEN, Share
from harness.progress_bar import ProgressBar
from harness.wording import printable

WIDEST_LINE = 10_000

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)

_bars: WeakSet[ProgressBar] = WeakSet()
"""Those that may be shown on standard error; what is printed to the same terminal then stands above them."""


def say(text: str) -> None:
    """Print a line to standard output, without markup."""
    json_answer.note_line(printable(text))
    is_beside_bar = sys.stdout is not None and sys.stdout.isatty() and any(bar.is_shown for bar in _bars)
    (_err if is_beside_bar else _out).print(printable(text), markup=False)


def warn(text: str) -> None:
    """Print a line to standard error, without markup."""
    json_answer.note_warning(printable(text))
    _err.print(printable(text), markup=False)


def note(text: str) -> None:
    """Print to standard error what the user should know, and which is no problem."""
    warn(f"Note: {text}")


def terminal_width() -> int:
    """The columns of standard output."""
    return _out.width


@contextmanager
def busy(text: str) -> Iterator[Share]:
    """Show in a terminal what is being done, and the time left once the share that it yields is told what is done.

    Until then the time that it has taken is shown.
    """
    if not _err.is_terminal:
        yield UNSEEN
        return
    with _bar() as bar:
        bar.stage(text)
        yield Share(bar.share)


def _bar() -> ProgressBar:
    bar = ProgressBar(_err)
    _bars.add(bar)
    return bar


def has_room(table: Table) -> bool:
    """Whether standard output shows a table without broken words; the document of ``--json`` has any table."""
    return json_answer.is_wanted() or whole_width(Console(), table) <= terminal_width()


def show_table(table: Table) -> None:
    """Print a table, with whole numbers and names however narrow the terminal is."""
    _note(table)
    console = Console(highlight=False)
    needed = set_widths(console, table)
    if needed > console.width:
        if console.is_terminal:
            warn(f"The next table is {needed} columns wide, this terminal {console.width}: make it wider.")
        console.width = needed
    console.print(_Printable(table), soft_wrap=not console.is_terminal)  # a terminal gets captions in lines


def show_list(table: Table, about: str) -> None:
    """Print a table of names and sentences: in a terminal folded, elsewhere one line for each row.

    Args:
        table: of texts.
        about: the heading of the column with the sentence, below which others stand where there is no room.
    """
    _note(table)
    console = Console(highlight=False)
    if console.is_terminal:
        table = fitted(console, table, about)
        set_widths(console, table)
    else:
        console.width = WIDEST_LINE
        console.width = console.measure(table).maximum
    console.print(_Printable(table), soft_wrap=True)


def _note(table: Table) -> None:
    """Let the document of ``--json`` have the table."""
    if json_answer.is_wanted():
        columns = [[_text(cell) for cell in column.cells] for column in table.columns]
        headings = [_text(column.header) for column in table.columns]
        json_answer.note_table(_text(table.title or ""), headings, list(zip(*columns, strict=True)))


def _text(cell: object) -> str:
    return printable(cell.plain if isinstance(cell, Text) else str(cell))


class _Printable:
    """A table of which no cell reaches the terminal with control characters."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._table, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)


class PrintableStream:
    """A stream that another library prints to, which shows what it was given: its text becomes `printable`."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Write text without control characters; the number of characters that were given."""
        self.stream.write(printable(text))
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class _PrintableFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


class TerminalObserver:
    """Shows a study's stages and progress on standard error; a context manager around the study."""

    def __init__(self) -> None:
        self._bar = _bar()
        self._log = RichHandler(console=_err, show_time=False, show_path=False)
        self._log.setFormatter(_PrintableFormatter())

    def __enter__(self) -> TerminalObserver:
        logging.getLogger("harness").addHandler(self._log)
        self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.__exit__()
        logging.getLogger("harness").removeHandler(self._log)

    def stage(self, text: str) -> None:
        """Begin a stage: one line, with a bar as soon as its size is known."""
        self._bar.stage(text)
        if not _err.is_terminal:
            warn(text)

    def progress(self, done: int, total: int) -> None:
        """Move the bar."""
        self._bar.count(done, total)

    def share(self, done: float) -> None:
        """Move the bar."""
        self._bar.share(done)

    def note(self, text: str) -> None:
        """Print a note above the bar."""
        note(text)

    def warn(self, text: str) -> None:
        """Print a warning above the bar."""
        warn(f"Warning: {text}")
