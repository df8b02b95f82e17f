"""A table for a terminal that has no room for all of its columns: some become lines below a row's sentence."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.commands.table_widths import LONGEST_WORD, set_widths, whole_width

SENTENCE = 32
"""So many columns a sentence needs to be read; less if the longest is shorter."""


def fitted(console: Console, table: Table, about: str) -> Table:
    """The table with as many columns as have room beside each other, without a broken word or a pillar of text.

    Columns are taken from the right; the first, which names the row, and the one with the sentence stay. What a
    column said stands below the sentence, with its heading: ``(licence: MIT; trained on: FER2013)``.

    Args:
        console: that it is printed to.
        table: of texts.
        about: the heading of the column with the sentence.
    """
    headings = [str(column.header) for column in table.columns]
    host = headings.index(about)
    movable = [place for place in range(len(headings) - 1, 0, -1) if place != host]
    for place in movable:  # one long cell takes no room from the sentences of all rows
        table.columns[place].max_width = LONGEST_WORD
    shown, moved = table, list[int]()
    while movable and not _is_readable(console, shown, about):
        moved.insert(0, movable.pop(0))
        shown = _without(table, headings, host, sorted(moved))
    return shown


def _is_readable(console: Console, table: Table, about: str) -> bool:
    if whole_width(console, table) > console.width:
        return False
    set_widths(console, table)
    host = next(column for column in table.columns if column.header == about)
    longest = max((console.measure(cell).maximum for cell in host.cells), default=0)
    return (host.width or 0) >= min(SENTENCE, longest)


def _without(table: Table, headings: Sequence[str], host: int, moved: Sequence[int]) -> Table:
    columns = [[_plain(cell) for cell in column.cells] for column in table.columns]
    narrow = Table(box=table.box, pad_edge=table.pad_edge)
    kept = [place for place in range(len(headings)) if place not in moved]
    for place in kept:
        column = table.columns[place]
        narrow.add_column(headings[place], overflow="fold", no_wrap=column.no_wrap, max_width=column.max_width)
    for row in zip(*columns, strict=True):
        said = "; ".join(f"{headings[place]}: {_in_a_line(row[place])}" for place in moved if row[place])
        narrow.add_row(
            *(Text(f"{row[place]}\n({said})" if place == host and said else row[place]) for place in kept)
        )
    return narrow


def _plain(cell: object) -> str:
    return cell.plain if isinstance(cell, Text) else str(cell)


def _in_a_line(text: str) -> str:
    return ", ".join(text.splitlines())
