"""What a page of rows is asked for: whose answers, which samples, in which order. Read from an address."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.viewer.answer_columns import STATUSES
from harness.viewer.listing import PAIRS

SORTS = ("row", "sample", "subject", "truth", "answer", "status", "confidence", "distance", "seconds", "pair")
GROUP = "in."
"""Begins the names of parameters that choose groups: ``in.sex=female``."""

MAX_PAGE = 500
MAX_SEARCH = 200
MAX_ROWS = 1000
"""Of single rows that are asked for by their numbers."""


class BadQuery(ValueError):  # noqa: N818 (an answer of the server)
    """A parameter that means nothing; the message names it."""


@dataclass(frozen=True)
class Query:
    """Which rows are wanted.

    Attributes:
        answers: index of the answers, see `harness.viewer.listing.Listing`.
        against: of those that they are compared with.
        groups: axes, each with names of groups, of which one must fit.
        statuses: of `STATUSES`; empty for all, like those below.
        pairs: of `PAIRS`.
        truths: classes.
        answered: classes.
        about: classes that the label or the answer is.
        least: the lowest confidence.
        most: the highest confidence.
        search: text that the id, subject, session or reason contains.
        rows: numbers of rows in ``samples.parquet``.
        behind: number of the row in ``results.parquet`` with a verdict whose samples are wanted, see
            `harness.viewer.verdict_samples`.
        sort: one of `SORTS`.
        descending: whether the highest come first.
    """

    answers: int = 0
    against: int | None = None
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    statuses: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
    truths: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    search: str = ""
    rows: tuple[int, ...] = ()
    behind: int | None = None
    sort: str = "row"
    descending: bool = False


def read_query(parameters: Mapping[str, Sequence[str]], num_sides: int) -> Query:
    """A query from the parameters of an address.

    Args:
        parameters: name → its values.
        num_sides: how many answers there are to choose from.

    Raises:
        BadQuery: a value means nothing.
    """
    against, behind = _last(parameters, "against"), _last(parameters, "behind")
    return Query(
        answers=index(_last(parameters, "answers") or "0", num_sides, "answers"),
        against=None if not against else index(against, num_sides, "against"),
        groups=tuple(
            (name.removeprefix(GROUP), tuple(values))
            for name, values in sorted(parameters.items())
            if name.startswith(GROUP)
        ),
        statuses=_words(parameters, "status", STATUSES),
        pairs=_words(parameters, "pair", PAIRS),
        truths=tuple(parameters.get("truth", ())),
        answered=tuple(parameters.get("answer", ())),
        about=tuple(parameters.get("about", ())),
        least=_number(parameters, "least"),
        most=_number(parameters, "most"),
        search=_last(parameters, "search")[:MAX_SEARCH],
        rows=tuple(index(text, 2**53, "rows") for text in list(parameters.get("rows", ()))[:MAX_ROWS]),
        behind=None if not behind else index(behind, 2**31, "behind"),
        sort=(_words(parameters, "sort", SORTS) or ("pair" if against else "row",))[-1],
        descending=_last(parameters, "down") == "1",
    )


def index(text: str, most: int, name: str) -> int:
    """A number from 0 to below another.

    Raises:
        BadQuery: it is none.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 16 or int(text) >= most:
        raise BadQuery(f"{name} is no number below {most}.")
    return int(text)


def _last(parameters: Mapping[str, Sequence[str]], name: str) -> str:
    values = parameters.get(name)
    return values[-1] if values else ""


def _words(parameters: Mapping[str, Sequence[str]], name: str, known: Sequence[str]) -> tuple[str, ...]:
    values = tuple(parameters.get(name, ()))
    if not set(values) <= set(known):
        raise BadQuery(f"{name} is one of {', '.join(known)}.")
    return values


def _number(parameters: Mapping[str, Sequence[str]], name: str) -> float | None:
    text = _last(parameters, name)
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadQuery(f"{name} is no number.")
    return value
