"""What the columns of a user's table mean: by their names in any spelling, by common synonyms, or by a mapping."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import BeforeValidator

from harness.errors import HarnessError
from harness.user_tables.column_guesses import Contents, alike, guesses, one_of_each
from harness.user_tables.known_columns import KnownColumns, joined, samples_columns
from harness.user_tables.mapping_lines import mapping_line, read_mapping
from harness.user_tables.table_formats import UserTable
from harness.wording import did_you_mean, listed

Mapped = Mapping[str, str | None]
"""A user's choice: a column of the file → what it is to us, or None to leave it out."""

ColumnChoices = Annotated[dict[str, str | None] | None, BeforeValidator(read_mapping)]
"""The same as an option of a reader or a model."""

_MAX_SHOWN = 12


class UnknownColumnsError(HarnessError):
    """Columns are not known, or could be several of ours.

    Attributes:
        likely: the table as the mapping in the message reads it, to look for what else is to be mended.
        mapping: that mapping.
    """

    def __init__(self, message: str, likely: UserTable, mapping: Mapped) -> None:
        super().__init__(message)
        self.likely = likely
        self.mapping = mapping


def with_known_columns(
    table: UserTable,
    known: KnownColumns,
    chosen: Mapped | None = None,
    needed: Sequence[Sequence[str]] = (),
    contents: Contents | None = None,
) -> UserTable:
    """The table with our names of its columns.

    Args:
        table: as it is in the file.
        known: the columns of this kind of table.
        chosen: the user's mapping, which wins.
        needed: of each of these names of ours the table needs one, see `require_column`; a message about other
            columns says so, too. ``score.LABEL`` is any of that prefix.
        contents: how the mapping to paste recognises columns whose names say nothing.

    Raises:
        UnknownColumnsError: a column is not known, or two could be the same; the message has a mapping to paste.
        HarnessError: the user's mapping does not fit the table.
    """
    names = table.cells.column_names
    chosen = dict(chosen or {})
    _require_there(table, known, chosen)
    meant = {name: chosen[name] if name in chosen else _meaning(name, known) for name in names}
    own = {name for name in names if meant[name] == name or name in chosen}
    taken = {meant[name] for name in own}
    for name in names:  # a synonym of what is there under our own name is something else
        if name not in own and meant[name] in taken and not _is_doubtful(meant[name], known, chosen):
            meant[name] = ""
    _require_known(table, known, meant, chosen, needed, contents or {})
    return _renamed(table, meant, chosen)


def columns_like(ours: str, names: Sequence[str]) -> list[str]:
    """The columns of samples, among these, whose names are spellings or synonyms of one of ours."""
    return [name for name in names if _meaning(name, samples_columns()) == ours]


def require_column(table: UserTable, name: str, known: KnownColumns, meaning: str) -> None:
    """Check that a table has a column.

    Args:
        table: with our names.
        name: ours.
        known: the columns of this kind of table.
        meaning: what the column says, for the message.

    Raises:
        HarnessError: it has none; the message names those that look alike.
    """
    found = table.cells.column_names
    if name in found:
        return
    near = alike(name, known, found)
    hint = f" Is it {listed(near)}?" if near else ""
    paste = mapping_line(known.option, {near[0] if near else "COLUMN": name})
    raise HarnessError(
        f"{table.path}: there is no column {name} ({meaning}). There are {_shown(found)}.{hint} If another column "
        f"has it, say so: {paste}"
    )


def _meaning(name: str, known: KnownColumns) -> str:
    """Our name of a column, or nothing."""
    if name in known.names:
        return name
    for prefix in known.prefixes:
        if name.startswith(prefix) and len(name) > len(prefix):
            return name
    plain = joined(name)
    for ours, synonyms in known.names.items():
        if plain in (joined(ours), *map(joined, synonyms)):
            return ours
    for prefix, synonyms in known.prefixes.items():
        for synonym in synonyms:
            match = re.match(
                rf"{re.escape(synonym)}[\s._:/-]+(?=\S)|{re.escape(synonym)}\s*\[", name, re.IGNORECASE
            )
            if match:
                return prefix + name[match.end() :].removesuffix("]").strip()
    return ""


def _require_there(table: UserTable, known: KnownColumns, chosen: Mapping[str, str | None]) -> None:
    names = table.cells.column_names
    for name, ours in chosen.items():
        if name not in names:
            hint = did_you_mean(name, names)
            raise HarnessError(
                f"{known.option}: {table.path} has no column {name!r}.{hint} There are {_shown(names)}."
            )
        if ours is not None and _meaning(ours, known) != ours:
            expected = ", ".join([*known.names, *(f"{prefix}NAME" for prefix in known.prefixes)])
            raise HarnessError(f"{known.option}: {ours!r} is no column of ours. Known: {expected}.")


def _is_doubtful(ours: str | None, known: KnownColumns, chosen: Mapped) -> bool:
    return ours in known.doubtful and ours not in chosen.values()


def _require_known(
    table: UserTable,
    known: KnownColumns,
    meant: Mapping[str, str | None],
    chosen: Mapped,
    needed: Sequence[Sequence[str]],
    contents: Contents,
) -> None:
    """Check that every column is known, and none twice; one message has one mapping for all that are not."""
    rivals = _rivals(meant)
    unknown = [name for name, ours in meant.items() if ours == ""]
    if not rivals and not unknown:
        return
    taken = {ours for ours in meant.values() if ours}
    guessed = guesses(table, unknown, known, taken, contents)
    problems = [_could_be(ours, names) for ours, names in rivals.items()]
    remedy = "Say which"
    if unknown:
        problems.append(_unknown(guessed, known))
        remedy = "Say what each is" if rivals or unknown[1:] else "Say what it is"
        remedy += ", or null to leave it out"
    there = {*taken, *(ours for ours in guessed.values() if ours)}
    absent = [ours for ours in needed if not any(_has(there, one) for one in ours)]
    if absent:
        remedy = f"None is {' and none is '.join(map(' or '.join, absent))}, which the table needs. {remedy}"
    mapping = {**one_of_each(table, rivals, known, contents), **guessed}
    mapped = {**chosen, **mapping}
    likely = _renamed(table, {**meant, **mapping}, chosen)
    message = f"{table.path}: {'; '.join(problems)}. {remedy}: {mapping_line(known.option, mapped)}"
    raise UnknownColumnsError(message, likely, mapped)


def _has(there: Collection[str], ours: str) -> bool:
    prefix = ours.removesuffix("LABEL")
    return ours in there or (prefix != ours and any(name.startswith(prefix) for name in there))


def _rivals(meant: Mapping[str, str | None]) -> dict[str, list[str]]:
    """Our name → the columns that could be it, where there are several."""
    columns: dict[str, list[str]] = {}
    for name, ours in meant.items():
        if ours:
            columns.setdefault(ours, []).append(name)
    return {ours: names for ours, names in columns.items() if len(names) > 1}


def _could_be(ours: str, names: Sequence[str]) -> str:
    return f"{'both ' if len(names) == 2 else ''}{listed([repr(name) for name in names])} could be {ours}"


def _unknown(guessed: Mapping[str, str | None], known: KnownColumns) -> str:
    sure = [f"{name!r} (did you mean {ours}?)" for name, ours in guessed.items() if ours in known.names]
    found = sure[0] if len(guessed) == 1 and sure else _shown([repr(name) for name in guessed])
    return (
        f"unknown column{'' if len(guessed) == 1 else 's'} {found}. Further columns start with {known.further} "
        f"Known: {', '.join(known.names)}"
    )


def _renamed(table: UserTable, meant: Mapping[str, str | None], chosen: Mapped) -> UserTable:
    kept = [name for name, ours in meant.items() if ours is not None]
    told = [f"{name} is {meant[name]}" for name in kept if meant[name] != name and name not in chosen]
    cells = table.cells.select(kept).rename_columns([str(meant[name]) for name in kept])
    return replace(table, cells=cells, remarks=(*table.remarks, *_in_short(told)))


def _shown(names: Sequence[str]) -> str:
    return listed(list(names), _MAX_SHOWN)


def _in_short(renamed: Sequence[str]) -> list[str]:
    return [listed(list(renamed), _MAX_SHOWN)] if renamed else []
