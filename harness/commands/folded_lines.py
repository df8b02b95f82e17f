"""Texts in a terminal: lines end between words."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console

from harness.commands import json_answer

_FENCE = "```"
_OWN_LINE = re.compile(r"\s*[|#]|    ")
"""What keeps its line: rows of tables, headings, code."""

_BEGUN = re.compile(r"(\s*(?:- )*)(.*?:(?= |$))?")
"""How a line of YAML begins: with the signs of lists, with a key, or with neither."""

_NO_BREAK = "\x00"
"""Stands for a space at which no line ends."""

_ITEM = re.compile(r"\s*([-*+]|\d+\.) ")


def in_terminal(text: str) -> str:
    """Prose as it is printed: in a terminal folded between words, elsewhere as it is.

    Args:
        text: Markdown or plain; code, tables and headings keep their lines.
    """
    width = folding_width()
    return text if width is None else "\n".join(_folded(text, width))


def yaml_in_terminal(text: str, width: int) -> str:
    """A block of YAML whose lines are folded between words where a terminal is narrower; it says the same.

    Args:
        text: as `yaml.safe_dump` writes it, without literal blocks.
        width: of the terminal, in columns.
    """
    return "\n".join(folded for line in text.splitlines() for folded in _of_yaml(line, width))


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
    return _wrapped(whole, width, indent)


def _of_yaml(line: str, width: int) -> list[str]:
    """A line and what is folded off it: to the right of the key, or below the text that it goes on with."""
    if cell_len(line) <= width:
        return [line]
    begun = _BEGUN.match(line)
    assert begun is not None  # all of it may be absent
    sign, key = begun.groups("")
    whole = (sign + key).replace(" ", _NO_BREAK)
    lines = _wrapped(whole + line[len(whole) :], width, " " * (len(sign) + 2 * bool(key)))
    return [folded.replace(_NO_BREAK, " ") for folded in lines]


def _wrapped(text: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
