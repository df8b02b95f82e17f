"""Columns of tables are as wide as their words, as far as there is room."""

from __future__ import annotations

import pytest
from printed_tables import printed
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from harness.commands.table_widths import LONGEST_WORD, set_widths, whole_width


def table(*cells: str, show_edge: bool = True) -> Table:
    found = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=show_edge)
    found.add_column("group", overflow="fold")
    found.add_column("axis", overflow="fold")
    found.add_column("interval", no_wrap=True)
    found.add_row(*cells)
    return found


CELLS = ("none reported", "neurodivergence", "[-0.012, 0.292]")


def test_lines_fold_between_words_before_words_are_broken() -> None:
    # The longest words have 8, 15 and 15 letters; beside them are 3 columns of padding and 4 of lines.
    assert whole_width(Console(), table(*CELLS)) == 8 + 15 + 15 + 3 + 4
    shown = printed(table(*CELLS), 45, is_terminal=True)
    assert max(map(len, shown.splitlines())) == 45
    assert {"none", "reported", "neurodivergence"} <= set(shown.split())
    assert whole_width(Console(), table(*CELLS, show_edge=False)) == 8 + 15 + 15 + 3 + 2


def test_what_needs_little_more_gets_it_first() -> None:
    shown = printed(table("none reported", "a b c d e f g h i j", "[0, 1]"), 40, is_terminal=True)
    assert "none reported" in shown
    assert max(map(len, shown.splitlines())) <= 40


def test_a_narrow_terminal_breaks_words_and_a_pipe_does_not() -> None:
    in_terminal = printed(table(*CELLS), 38, is_terminal=True)
    assert max(map(len, in_terminal.splitlines())) <= 38
    assert "neurodivergence" not in in_terminal
    assert "[-0.012, 0.292]" in in_terminal
    assert "neurodivergence" in printed(table(*CELLS), 38, is_terminal=False)


@pytest.mark.parametrize("is_terminal", [True, False])
def test_very_long_words_are_broken_and_what_may_not_fold_is_kept(is_terminal: bool) -> None:
    long = table("x" * 4000, "y", "z" * 70)
    console = Console(width=60, force_terminal=is_terminal)
    assert 70 < set_widths(console, long) <= 70 + LONGEST_WORD + 20
    assert long.columns[2].width == 70


def test_there_is_no_more_room_than_is_needed() -> None:
    assert set_widths(Console(width=500), table(*CELLS)) == 13 + 15 + 15 + 3 + 4
