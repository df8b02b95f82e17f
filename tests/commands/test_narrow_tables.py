"""Lists fit into terminals of any usual width without a broken word."""

from __future__ import annotations

import contextlib
import io
import re

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.commands import terminal
from harness.commands.catalogue import Listing
from harness.commands.listing import list_cards, list_conditions, list_kinds, list_metrics, list_registered
from harness.commands.narrow_tables import SENTENCE, fitted
from harness.commands.table_widths import LONGEST_WORD, set_widths

COLUMNS = ("name", "kind", "what it is", "licence")
ROWS = (
    ("first", "opensmile_functionals", "A system that hears something.", "MIT"),
    ("second", "onnx", "Another.", ""),
)


HEADINGS = {"trained", "on", "same", "label", "what", "it", "is"}
"""Words that only stand with a sign in what is not folded."""


def table() -> Table:
    made = Table(box=None, pad_edge=False)
    for heading in COLUMNS:
        made.add_column(heading, overflow="fold", no_wrap=heading == "name")
    for row in ROWS:
        made.add_row(*(Text(cell) for cell in row))
    return made


def headings(width: int) -> list[str]:
    return [str(column.header) for column in fitted(Console(width=width), table(), "what it is").columns]


def test_columns_become_lines_from_the_right_and_name_and_sentence_stay() -> None:
    assert headings(100) == list(COLUMNS)
    assert headings(62) == ["name", "kind", "what it is"]
    assert headings(45) == ["name", "what it is"]
    assert headings(20) == ["name", "what it is"]


def test_what_a_column_said_stands_below_the_sentence_and_nothing_of_an_empty_one() -> None:
    shown = fitted(Console(width=45), table(), "what it is").columns[1]
    assert [str(cell) for cell in shown.cells] == [
        "A system that hears something.\n(kind: opensmile_functionals; licence: MIT)",
        "Another.\n(kind: onnx)",
    ]


def lists(kind: str) -> None:
    if kind == "kinds":
        list_kinds()
    elif kind == "metrics":
        list_metrics()
    elif kind == "of conditions":
        list_conditions()
    elif kind in ("datasets", "models"):
        list_cards(kind)
    else:
        list_registered(kind)


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("kind", ["kinds", "of conditions", *(kind.value for kind in Listing)])
def test_no_list_breaks_a_word(kind: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, narrow = io.StringIO(), io.StringIO()
    for written, is_terminal, columns in ((whole, False, 10_000), (narrow, True, width)):
        with contextlib.redirect_stdout(written), monkeypatch.context() as patch:
            patch.setenv("COLUMNS", str(columns))
            patch.setenv("TERM", "xterm" if is_terminal else "dumb")
            patch.setenv("NO_COLOR", "1")
            if is_terminal:
                patch.setenv("FORCE_COLOR", "1")
                patch.setattr(terminal, "_out", Console(highlight=False, soft_wrap=True))
            else:
                patch.delenv("FORCE_COLOR", raising=False)
            lists(kind)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", narrow.getvalue()).splitlines()
    assert [line for line in lines if cell_len(line.rstrip()) > width] == []
    known = set(whole.getvalue().split())
    too_long = "".join(word for word in known if len(word) > LONGEST_WORD)
    said = {word.strip("();:,") for word in " ".join(lines).split()}
    pieces = said - {word.strip("();:,") for word in known} - HEADINGS
    assert [piece for piece in pieces if piece not in too_long] == []


def test_a_sentence_has_room_to_be_read() -> None:
    made = Table(box=None, pad_edge=False)
    for heading in ("name", "a", "b", "what it is"):
        made.add_column(heading, overflow="fold", no_wrap=heading == "name")
    made.add_row("n", "x" * 15, "y" * 15, "word " * 30)
    console = Console(width=50)
    shown = fitted(console, made, "what it is")
    assert [str(column.header) for column in shown.columns] == ["name", "what it is"]
    set_widths(console, shown)
    assert (shown.columns[1].width or 0) >= SENTENCE
