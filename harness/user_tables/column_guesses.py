"""What a column of a user's table probably is that is not known by its name: by its words, or by its cells."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping, Sequence

import pyarrow as pa

from harness.user_tables.known_columns import KnownColumns, joined
from harness.user_tables.table_formats import UserTable

Contents = Mapping[str, Callable[[pa.ChunkedArray, Collection[str]], float]]
"""Our name → how well cells fit it beside columns of ours with these names; 0 where they do not."""

_ALIKE = 0.82
"""How alike a word and a slip in it are: ``spekaer`` and ``speaker``, but not ``notes`` and ``votes``."""


def guesses(
    table: UserTable, unknown: Sequence[str], known: KnownColumns, taken: Collection[str], contents: Contents
) -> dict[str, str | None]:
    """What unknown columns probably are, None for nothing.

    Args:
        table: of the user.
        unknown: its columns that are not known.
        known: the columns of this kind of table.
        taken: our names of its other columns.
        contents: how columns are recognised whose names say nothing.
    """
    found: dict[str, str | None] = {}
    for name in unknown:
        guess = _by_name(name, known, taken)
        found[name] = guess if guess not in (*taken, *found.values()) else None
    for ours in contents:
        others = {*taken, *(guess for guess in found.values() if guess)}
        free = [name for name, guess in found.items() if guess not in known.names]
        best = _best(table, free, ours, contents, others) if ours not in others else None
        if best:
            found[best] = ours
    return found


def one_of_each(
    table: UserTable, rivals: Mapping[str, Sequence[str]], known: KnownColumns, contents: Contents
) -> dict[str, str | None]:
    """Of the columns that could be one of ours the likely one, and None for the others."""
    mapping: dict[str, str | None] = {}
    for ours, names in rivals.items():
        others = [name for name in names if name != ours or ours not in known.doubtful] or names
        likely = _best(table, others, ours, contents, ()) or others[0]
        mapping |= {name: ours if name == likely else None for name in names}
    return mapping


def alike(name: str, known: KnownColumns, found: Sequence[str]) -> list[str]:
    """Columns whose names look like one of ours or its synonyms."""
    wanted = [joined(name), *map(joined, known.names[name])]
    return [
        column
        for column in found
        if column not in known.names and any(difflib.get_close_matches(joined(column), wanted, n=1, cutoff=0.75))
    ]


def _by_name(name: str, known: KnownColumns, taken: Collection[str]) -> str | None:
    words = [name, *re.split(r"[\W_]+", name)]
    word = next((word for word in words if joined(word) in known.others), None)
    if word is None:
        free = [ours for ours in known.names if ours not in taken]
        spelled = {joined(word): ours for ours in free for word in (ours, *known.names[ours])}
        near = difflib.get_close_matches(joined(name), spelled, n=1, cutoff=_ALIKE)
        if near:
            return spelled[near[0]]
    pattern = known.others.get("*" if word is None else joined(word))
    return pattern and pattern.format(name=re.sub(r"\W+", "_", name).strip("_"), word=word)


def _best(
    table: UserTable, names: Sequence[str], ours: str, contents: Contents, others: Collection[str]
) -> str | None:
    """The column whose cells fit best; the first of several; None if none fits."""
    if ours not in contents:
        return None
    fits = {name: contents[ours](table.cells[name], others) for name in names}
    best = max(fits, key=lambda name: fits[name], default=None)
    return best if best is not None and fits[best] > 0 else None
