"""Texts in a terminal: lines end between words."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from rich.console import Console

from harness.commands import json_answer

_FENCE = "```"
_OWN_LINE = re.compile(r"\s*[|#]|    ")
"""What keeps its line: rows of tables, headings, code."""

_ITEM = re.compile(r"\s*([-*+]|\d+\.) ")


def in_terminal(text: str) -> str:
    """Prose as it is printed: in a terminal folded between words, elsewhere as it is.

    Args:
        text: Markdown or plain; code, tables and headings keep their lines.
    """
    width = folding_width()
    return text if width is None else "\n".join(_folded(text, width))


def folding_width() -> int | None:
    """The columns of the terminal that is printed to; None where lines are not folded."""
    console = Console()
    return console.width if console.is_terminal and not json_answer.is_wanted() else None


def _folded(text: str, width: int) -> Iterator[str]:
    paragraph: list[str] = []
    is_code = False
    for line in text.splitlines():
        goes_on = bool(paragraph) and not _ITEM.match(line)
        is_fence = line.lstrip().startswith(_FENCE)
        is_prose = bool(line.strip()) and not (is_code or is_fence or (_OWN_LINE.match(line) and not goes_on))
        if not (is_prose and goes_on):
            yield from _lines(paragraph, width)
            paragraph = []
        if is_prose:
            paragraph.append(line)
        else:
            yield line
        is_code ^= is_fence
    yield from _lines(paragraph, width)


def _lines(paragraph: Sequence[str], width: int) -> list[str]:
    """The lines of a paragraph or an item of a list, below whose words its further lines begin."""
    if not paragraph:
        return []
    first = paragraph[0].rstrip()
    sign = _ITEM.match(first)
    indent = " " * (sign.end() if sign else len(first) - len(first.lstrip()))
    whole = " ".join([first, *(line.strip() for line in paragraph[1:])])
    return textwrap.wrap(whole, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
