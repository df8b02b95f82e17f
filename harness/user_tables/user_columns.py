"""What the columns of a user's table mean: by their names in any spelling, by common synonyms, or by a mapping."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator

from harness.cards.taxonomy import spellings
from harness.errors import HarnessError
from harness.plain_yaml import read_yaml
from harness.resources import config_dir
from harness.user_tables.mapping_lines import mapping_line, read_mapping
from harness.user_tables.table_formats import UserTable
from harness.wording import listed

Mapped = Mapping[str, str | None]
"""A user's choice: a column of the file → what it is to us, or None to leave it out."""

ColumnChoices = Annotated[dict[str, str | None] | None, BeforeValidator(read_mapping)]
"""The same as an option of a reader or a model."""

_MAX_SHOWN = 12

_ALIKE = 0.82
"""How alike a word and a slip in it are: ``spekaer`` and ``speaker``, but not ``notes`` and ``votes``."""


@dataclass(frozen=True)
class KnownColumns:
    """The columns of one kind of table.

    Attributes:
        option: the setting that maps columns, such as ``dataset.columns``.
        names: our name → its synonyms.
        prefixes: our prefix, such as ``score.`` → its synonyms.
        further: how a message calls what an unknown column may be.
        others: a word in the name of a column that is none of them → what it may be called, with ``{name}`` or
            ``{word}``; ``*`` for all others.
        doubtful: our names that mean something else where a synonym stands beside them, such as a ``label`` beside
            ``predicted``, which is the truth.
    """

    option: str
    names: Mapping[str, Sequence[str]]
    prefixes: Mapping[str, Sequence[str]]
    further: str
    others: Mapping[str, str]
    doubtful: Sequence[str] = ()


@cache
def samples_columns() -> KnownColumns:
    """The columns of a table of samples."""
    known = _vocabulary()
    kinds = read_yaml(config_dir() / "attributes.yaml")["kinds"].values()
    of_people = [*known["attributes"], *(name for kind in kinds for name in kind["names"])]
    attributes = {_plain(name): "attr.{name}" for name in of_people}
    return KnownColumns(
        "dataset.columns", **known["samples"], further="attr. or ctx.", others={**attributes, "*": "ctx.{name}"}
    )


@cache
def predictions_columns() -> KnownColumns:
    """The columns of a file of predictions."""
    emotions = {_plain(word): "score.{word}" for word in spellings()}
    known = _vocabulary()["predictions"]
    return KnownColumns("model.columns", **known, further="score.LABEL.", others=emotions, doubtful=("label",))


def with_known_columns(
    table: UserTable, known: KnownColumns, chosen: Mapped | None = None, needed: Sequence[Sequence[str]] = ()
) -> UserTable:
    """The table with our names of its columns.

    Args:
        table: as it is in the file.
        known: the columns of this kind of table.
        chosen: the user's mapping, which wins.
        needed: of each of these names of ours the table needs one, see `require_column`; a message about other
            columns says so, too.

    Raises:
        HarnessError: a column is not known, or two could be the same; the message has a mapping to paste.
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
    _require_known(table, known, meant, chosen, needed)
    kept = [name for name in names if meant[name] is not None]
    renamed = [f"{name} is {meant[name]}" for name in kept if meant[name] != name and name not in chosen]
    cells = table.cells.select(kept).rename_columns([str(meant[name]) for name in kept])
    return replace(table, cells=cells, remarks=(*table.remarks, *_in_short(renamed)))


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
    alike = _alike(name, known, found)
    hint = f" Is it {listed(alike)}?" if alike else ""
    paste = mapping_line(known.option, {alike[0] if alike else "COLUMN": name})
    raise HarnessError(
        f"{table.path}: there is no column {name} ({meaning}). There are {_shown(found)}.{hint} If another column "
        f"has it, say so: {paste}"
    )


def _vocabulary() -> Any:
    return read_yaml(config_dir() / "columns.yaml")


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())


def _meaning(name: str, known: KnownColumns) -> str:
    """Our name of a column, or nothing."""
    if name in known.names:
        return name
    for prefix in known.prefixes:
        if name.startswith(prefix) and len(name) > len(prefix):
            return name
    plain = _plain(name)
    for ours, synonyms in known.names.items():
        if plain in (_plain(ours), *map(_plain, synonyms)):
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
            alike = difflib.get_close_matches(name, names)
            hint = f" Did you mean {listed(alike)}?" if alike else ""
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
) -> None:
    """Check that every column is known, and none twice; one message has one mapping for all that are not."""
    rivals = _rivals(meant)
    unknown = [name for name, ours in meant.items() if ours == ""]
    if not rivals and not unknown:
        return
    taken = {ours for ours in meant.values() if ours}
    guesses = {name: _guess(name, known, taken) for name in unknown}
    problems = [_could_be(ours, names) for ours, names in rivals.items()]
    remedy = "Say which"
    if unknown:
        problems.append(_unknown(guesses, known))
        remedy = "Say what each is" if rivals or unknown[1:] else "Say what it is"
        remedy += ", or null to leave it out"
    absent = [ours for ours in needed if not {*taken, *guesses.values()} & {*ours}]
    if absent:
        remedy = f"None is {' and none is '.join(map(' or '.join, absent))}, which the table needs. {remedy}"
    paste = {**chosen, **_one_of_each(rivals, known), **guesses}
    raise HarnessError(f"{table.path}: {'; '.join(problems)}. {remedy}: {mapping_line(known.option, paste)}")


def _rivals(meant: Mapping[str, str | None]) -> dict[str, list[str]]:
    """Our name → the columns that could be it, where there are several."""
    columns: dict[str, list[str]] = {}
    for name, ours in meant.items():
        if ours:
            columns.setdefault(ours, []).append(name)
    return {ours: names for ours, names in columns.items() if len(names) > 1}


def _one_of_each(rivals: Mapping[str, Sequence[str]], known: KnownColumns) -> dict[str, str | None]:
    """Of the columns that could be one of ours the likely one, and null for the others."""
    mapping: dict[str, str | None] = {}
    for ours, names in rivals.items():
        likely = next((name for name in names if name != ours or ours not in known.doubtful), names[0])
        mapping |= {name: ours if name == likely else None for name in names}
    return mapping


def _could_be(ours: str, names: Sequence[str]) -> str:
    return f"{'both ' if len(names) == 2 else ''}{listed([repr(name) for name in names])} could be {ours}"


def _unknown(guesses: Mapping[str, str | None], known: KnownColumns) -> str:
    sure = [f"{name!r} (did you mean {ours}?)" for name, ours in guesses.items() if ours in known.names]
    found = sure[0] if len(guesses) == 1 and sure else _shown([repr(name) for name in guesses])
    return (
        f"unknown column{'' if len(guesses) == 1 else 's'} {found}. Further columns start with {known.further} "
        f"Known: {', '.join(known.names)}"
    )


def _guess(name: str, known: KnownColumns, taken: Collection[str]) -> str | None:
    """What an unknown column probably is, among what is not there yet."""
    words = [name, *re.split(r"[\W_]+", name)]
    word = next((word for word in words if _plain(word) in known.others), None)
    if word is None:
        free = [ours for ours in known.names if ours not in taken]
        spelled = {_plain(word): ours for ours in free for word in (ours, *known.names[ours])}
        alike = difflib.get_close_matches(_plain(name), spelled, n=1, cutoff=_ALIKE)
        if alike:
            return spelled[alike[0]]
    pattern = known.others.get("*" if word is None else _plain(word))
    return pattern and pattern.format(name=re.sub(r"\W+", "_", name).strip("_"), word=word)


def _alike(name: str, known: KnownColumns, found: Sequence[str]) -> list[str]:
    """Columns whose names look like one of ours or its synonyms."""
    wanted = [_plain(name), *map(_plain, known.names[name])]
    return [
        column
        for column in found
        if column not in known.names and any(difflib.get_close_matches(_plain(column), wanted, n=1, cutoff=0.75))
    ]


def _shown(names: Sequence[str]) -> str:
    return listed(list(names), _MAX_SHOWN)


def _in_short(renamed: Sequence[str]) -> list[str]:
    return [listed(list(renamed), _MAX_SHOWN)] if renamed else []
