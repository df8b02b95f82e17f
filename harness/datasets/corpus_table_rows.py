"""The rows of a corpus' own tables, with our names of their columns, as its card describes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import Field

from harness.cards.facts import Facts
from harness.errors import HarnessError
from harness.user_tables.cells import as_text
from harness.user_tables.csv_tables import unlike_name
from harness.user_tables.table_formats import read_user_table

Rows = list[dict[str, str | None]]


class JoinedTable(Facts):
    """A table with more facts about something that the samples name."""

    file: str
    key: str = Field(description="its column, such as username")
    by: str = Field(description="the column of samples that holds the same, such as subject_id")
    columns: dict[str, str] = Field(description="its column: the column of samples")


class CorpusTables(Facts):
    """What the tables of a corpus are."""

    tables: dict[str, str] = Field(
        min_length=1, description="split: its file, all of one form; a split that starts with - is none"
    )
    columns: dict[str, str] = Field(
        description="column of the tables: column of samples. Of several for one, that which is there"
    )
    folder: str = Field(
        default="", description="where the files lie that the column for uri names, with / at its end"
    )
    suffix: str = Field(default="", description="what the column for uri leaves out of their names")
    codes: dict[str, dict[str, str | None]] = Field(
        default={},
        description="column of samples: what its values mean; null: unknown. Others stand for themselves",
    )
    joined: tuple[JoinedTable, ...] = ()
    scale: tuple[float, float] = Field(default=(-1.0, 1.0), description="least and greatest rating of a dimension")


def listed_rows(form: CorpusTables, file: Callable[[str], Path], *, rows_independent: bool) -> dict[str, Rows]:
    """The rows of each table that is there, with our names of their columns and their split.

    Args:
        form: what the tables are.
        file: the path of one of them; see `harness.datasets.reader.Reader.file`.
        rows_independent: whether rows may have no subject.

    Raises:
        HarnessError: a table lacks a column that is needed, or cannot be read.
    """
    found: dict[str, Rows] = {}
    needed = ("uri",) if rows_independent else ("uri", "subject_id")
    for split, name in form.tables.items():
        if (path := file(name)).is_file():
            part = None if split.startswith("-") else split
            rows = _cells(path, form.columns, needed)
            found[name] = [{"split": part, **cells} for cells in rows if cells["uri"] is not None]
    for table in form.joined:
        if (path := file(table.file)).is_file():
            facts = _cells(path, {table.key: "key", **table.columns}, ("key",))
            of_keys = {key: cells for cells in facts if (key := cells.pop("key")) is not None}
            for rows in found.values():
                for cells in rows:
                    cells.update(of_keys.get(cells.get(table.by) or "", {}))
    return found


def unlike_described(form: CorpusTables, file: Callable[[str], Path]) -> dict[str, list[str]]:
    """How tables that are there differ from what the card says: what differs → where.

    A column of samples that several of theirs may give is absent only where none of these is there.

    Args:
        form: see `listed_rows`.
        file: see `listed_rows`.

    Raises:
        HarnessError: a table cannot be read.
    """
    described = [(name, form.columns) for name in form.tables.values()]
    described += [(table.file, table.columns) for table in form.joined]
    found: dict[str, list[str]] = {"separated otherwise": [], "no such column": []}
    for name, columns in described:
        if not (path := file(name)).is_file():
            continue
        if otherwise := unlike_name(path):
            found["separated otherwise"].append(f"{name} (by {otherwise})")
        there = set(read_user_table(path).cells.column_names)
        given = {ours for theirs, ours in columns.items() if theirs in there}
        absent = (theirs for theirs, ours in columns.items() if ours not in given)
        found["no such column"] += [f"{name} {theirs}" for theirs in absent]
    return found


def _cells(path: Path, columns: Mapping[str, str], needed: tuple[str, ...]) -> Rows:
    """The cells of a table as text, by our names of its columns."""
    table = read_user_table(path).cells
    there = {theirs: ours for theirs, ours in columns.items() if theirs in table.column_names}
    absent = [ours for ours in needed if ours not in there.values()]
    if absent:
        names = [theirs for theirs, ours in columns.items() if ours in absent]
        raise HarnessError(
            f"{path}: no column {' or '.join(names)}. The header is {', '.join(table.column_names)[:300]}."
        )
    texts = {ours: as_text(table[theirs], theirs, path).to_pylist() for theirs, ours in there.items()}
    return [dict(zip(texts, row, strict=True)) for row in zip(*texts.values(), strict=True)]
