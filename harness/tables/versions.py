"""The version of everything that a run stores, and how older ones are read: one step per version.

A table carries its name and version in its schema's metadata, plan and ``run.json`` under the key ``schema``. What
carries none is of version 1. What is newer than this harness knows is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from harness.errors import HarnessError
from harness.tables.parquet_files import parquet_bytes, read_parquet, write_parquet, write_parquet_pieces
from harness.tables.upgrades.folds_1_to_2 import folds_1_to_2
from harness.tables.upgrades.plan_1_to_2 import plan_1_to_2
from harness.tables.upgrades.results_1_to_2 import results_1_to_2

TABLE_KEY = b"harness.table"
SCHEMA_KEY = b"harness.schema"
KEY = "schema"
"""Where plan and ``run.json`` say their version."""

TABLE_STEPS: Mapping[str, Sequence[Callable[[pa.Table], pa.Table]]] = {
    "samples": (),
    "files": (),
    "predictions": (),
    "results": (results_1_to_2,),
    "curves": (),
    "media": (),
    "probes": (),
    "timings": (),
    "answers": (),
}
"""Of every stored table the steps from version 1 on: its version now is one more than it has steps."""

DOCUMENT_STEPS: Mapping[str, Sequence[Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "plan": (plan_1_to_2,),
    "run": (),
    "folds": (folds_1_to_2,),
}
"""The same of plan, ``run.json`` and ``folds.json``."""

MAX_QUOTED = 40

_Stored = TypeVar("_Stored", pa.Table, dict[str, Any])


@dataclass(frozen=True)
class ReadTable:
    """A stored table as this version knows it, and the steps that brought it there, such as ``results 1→2``."""

    table: pa.Table
    steps: tuple[str, ...]


@dataclass(frozen=True)
class ReadDocument:
    """A plan or a record of a run, likewise."""

    document: dict[str, Any]
    steps: tuple[str, ...]


def schema_version(name: str) -> int:
    """The version in which this harness writes a table, the plan or ``run.json``."""
    return 1 + len({**TABLE_STEPS, **DOCUMENT_STEPS}[name])


def stamped(table: pa.Table, name: str) -> pa.Table:
    """The table with its name and version in the metadata; what else stands there is kept."""
    stamp = {TABLE_KEY: name.encode(), SCHEMA_KEY: str(schema_version(name)).encode()}
    return table.replace_schema_metadata({**(table.schema.metadata or {}), **stamp})


def table_bytes(table: pa.Table, name: str) -> bytes:
    """The bytes of the table's file, see `write_table`."""
    return parquet_bytes(stamped(table, name))


def write_pieces(pieces: Iterable[pa.Table], schema: pa.Schema, name: str, path: Path) -> None:
    """Write a table that comes in pieces with its name and version, see `write_parquet_pieces`."""
    whole = stamped(schema.empty_table(), name).schema
    write_parquet_pieces(pieces, whole, path)


def write_table(table: pa.Table, name: str, path: Path) -> None:
    """Write a table that a run stores, whole or not at all, with its name and version."""
    write_parquet(stamped(table, name), path)


def read_table(path: Path, name: str) -> ReadTable:
    """Read a table that a run has stored, of whatever version.

    Args:
        path: of its file.
        name: what it must be, such as ``samples``.

    Raises:
        HarnessError: the file is absent or no table; it is another table; a newer harness wrote it.
    """
    table = read_parquet(path)
    found = require_known(table.schema, name, path)
    return ReadTable(*_upgraded(table, found, name, TABLE_STEPS[name]))


def require_known(schema: pa.Schema, name: str, path: Path) -> int:
    """The version of a stored table, from its schema.

    Args:
        schema: with its metadata.
        name: what the table must be.
        path: of its file, for the message.

    Raises:
        HarnessError: it is another table; its version cannot be told or is newer than this harness knows.
    """
    metadata = schema.metadata or {}
    stated = metadata.get(TABLE_KEY, name.encode()).decode(errors="replace")
    if stated != name:
        raise HarnessError(
            f"{path}: this is a table of {stated[:MAX_QUOTED]!r}, where one of {name!r} is expected."
        )
    text = metadata.get(SCHEMA_KEY, b"1").decode(errors="replace")
    return _known(int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text, name, path)


def upgraded_document(document: dict[str, Any], name: str, path: Path) -> ReadDocument:
    """A plan or the record of a run, brought to the version that this harness knows.

    Args:
        document: as it is stored.
        name: ``plan``, ``run`` or ``folds``.
        path: of its file, for the message.

    Raises:
        HarnessError: its version cannot be told or is newer than this harness knows.
    """
    found = _known(document.get(KEY, 1), name, path)
    return ReadDocument(*_upgraded(document, found, name, DOCUMENT_STEPS[name]))


def _known(stated: object, name: str, path: Path) -> int:
    if isinstance(stated, bool) or not isinstance(stated, int) or stated < 1:
        raise HarnessError(
            f"{path}: its version cannot be told (the schema of {name} is {str(stated)[:MAX_QUOTED]!r}, where a "
            "number from 1 on is expected). The file was damaged or changed: restore it, or run the study again."
        )
    if stated > schema_version(name):
        raise HarnessError(
            f"{path} was written by a newer harness ({name} schema {stated}; this one knows "
            f"{schema_version(name)}). Install a newer harness."
        )
    return stated


def _upgraded(
    stored: _Stored, found: int, name: str, steps: Sequence[Callable[[_Stored], _Stored]]
) -> tuple[_Stored, tuple[str, ...]]:
    for step in steps[found - 1 :]:
        stored = step(stored)
    return stored, tuple(f"{name} {number}→{number + 1}" for number in range(found, 1 + len(steps)))
