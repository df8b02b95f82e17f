"""How wide the columns of a table in the terminal are: names and numbers stay whole where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

LONGEST_WORD = 24
"""Words up to this length stay whole where the terminal has room for them."""
SHORTEST_PIECE = 6
"""Where it has none, words are broken into pieces of at least so many characters."""

UNBOUNDED = 10_000
"""The width at which cells are measured, whatever that of the terminal."""


@dataclass(frozen=True)
class _Needs:
    """Of one column: its width without any fold, that of its longest word, and the least that it must have."""

    most: int
    word: int
    floor: int

    def least(self, longest: int) -> int:
        """The width with words up to this length whole."""
        return max(min(self.word, longest), self.floor)


def whole_width(console: Console, table: Table) -> int:
    """The width of a table in which no word is broken, with lines folded between words."""
    return sum(one.least(LONGEST_WORD) for one in _needs(console, table)) + _between(table)


def set_widths(console: Console, table: Table) -> int:
    """Set the widths of a table's columns for a console; the width of the whole table, which may be larger.

    What is not printed to a terminal is as wide as whole words need. In a terminal that is narrower, the longest
    words are broken, and cells that may not be folded are kept whole all the same.

    Args:
        console: that it is printed to.
        table: of which every column is set.
    """
    needs, between = _needs(console, table), _between(table)
    room = console.width - between
    for longest in range(LONGEST_WORD, SHORTEST_PIECE - 1, -1):
        least = [one.least(longest) for one in needs]
        if sum(least) <= room or not console.is_terminal:
            break
    widths = _widened(least, [one.most for one in needs], room)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    return sum(widths) + between


def _widened(least: Sequence[int], most: Sequence[int], room: int) -> list[int]:
    """Widths from the least to the most, those first that need little more."""
    widths, spare = list(least), room - sum(least)
    for index in sorted(range(len(widths)), key=lambda index: most[index] - least[index]):
        more = max(0, min(most[index] - least[index], spare))
        widths[index] += more
        spare -= more
    return widths


def _needs(console: Console, table: Table) -> list[_Needs]:
    found, unbounded = [], console.options.update(width=UNBOUNDED)
    for column in table.columns:
        measured = [console.measure(cell, options=unbounded) for cell in (column.header, *column.cells)]
        most = max(one.maximum for one in measured)
        floor = most if column.no_wrap else column.min_width or 0
        most = min(most, column.max_width or most)
        found.append(_Needs(max(most, floor), max(one.minimum for one in measured), floor))
    return found


def _between(table: Table) -> int:
    """The characters beside the cells: padding and lines."""
    _, right, _, left = table.padding
    num = len(table.columns)
    lines = 0 if table.box is None else num - 1 + 2 * table.show_edge
    return num * (left + right) - (0 if table.pad_edge else left + right) + lines
