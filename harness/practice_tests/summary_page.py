"""The summary of a practice test as one HTML file, without scripts or requests."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup

from harness.practice_tests.practice_interface import Cell, Figure, PracticeResult, Said
from harness.practice_tests.practice_words import PracticeWords
from harness.report.numbers import ABSENT, visible
from harness.report.templating import template
from harness.tables.results import Result
from harness.verdicts.judge import WORST_FIRST

PACKAGE = "harness.practice_tests"
MAX_NOT_TESTED = 6
"""More sentences on what was not tested are folded: the page is one of what was found."""


def summary_page(result: PracticeResult, words: PracticeWords) -> bytes:
    """Render the summary of what a practice test found.

    Args:
        result: what it found.
        words: of the test, in the language of the page.
    """
    lines = {id(row): line for line, row in enumerate(result.rows, 1)}
    judged = sorted(
        (row for row in result.rows if row.judgement is not None),
        key=lambda row: WORST_FIRST.index(row.judgement.verdict) if row.judgement else 0,
    )
    functions: dict[str, Callable[..., Any]] = {
        "text": words.say,
        "said": lambda part, said: words.say(part, said.key, **said.values),
        "name": words.name,
        "heading": words.heading,
        "verdict": words.verdict,
        "line": lambda row: words.number(lines[id(row)]),
        "cell": lambda cell: _cell(cell, words, lines),
        "is_number": lambda cell: not isinstance(cell, str),
    }
    untested = [row for row in judged if row.verdict == "not_tested"]
    folded = untested if len(untested) > MAX_NOT_TESTED else []
    shown = [row for row in judged if not folded or row.verdict != "not_tested"]
    page = template("summary.html.j2", functions, PACKAGE).render(
        {"result": result, "words": words, "shown": shown, "folded": folded, "counted": _counted(judged)}
    )
    return page.encode()


def _counted(judged: Sequence[Result]) -> list[tuple[str, int]]:
    found = [row.verdict for row in judged]
    return [(verdict, found.count(verdict)) for verdict in WORST_FIRST if verdict in found]


def _cell(cell: Cell, words: PracticeWords, lines: dict[int, int]) -> str | Markup:
    if cell is None:
        return ABSENT
    if isinstance(cell, str):
        return words.name(cell)
    if isinstance(cell, Said):
        return words.say("sentences", cell.key, **cell.values)
    if isinstance(cell, Figure):
        return _figure(cell, words, lines)
    return words.number(cell)


def _figure(figure: Figure, words: PracticeWords, lines: dict[int, int]) -> str | Markup:
    """The value of a row, and below it the interval."""
    row = figure.row
    if row.value is None or not math.isfinite(row.value):
        return ABSENT
    has_interval = row.lo is not None and row.hi is not None
    bounds = {"lo": row.lo, "hi": row.hi} if has_interval else {"lo": row.value, "hi": row.value}
    text = words.say("figures", figure.key, value=row.value, **bounds, **figure.values)
    value, _, small = text.partition("|")
    line = words.say("sentences", "line", line=lines[id(row)])
    shown = Markup('<span title="{}">{}</span>').format(line, visible(value))
    return shown + Markup("<small>{}</small>").format(visible(small)) if has_interval and small else shown
