"""The schema versions of everything that a run stores, and the upgrade steps by which older ones are read.

A table has its name and version in its schema's metadata, plan and ``run.json`` under the key ``schema``. Without
a version it is version 1. Newer versions than this harness knows are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa

from harness.errors import HarnessError
from harness.tables.file_table import FILES
from harness.tables.film_frames import FRAMES
from harness.tables.parquet_files import parquet_bytes, read_parquet, write_parquet, write_parquet_pieces
from harness.tables.probe_tables import MEDIA, PROBES
from harness.tables.schemas import ANSWERS, CURVES, PREDICTIONS, REPEATS, RESULTS, SAMPLES, TIMINGS
from harness.tables.upgrades.answers_1_to_2 import answers_1_to_2
from harness.tables.upgrades.folds_1_to_2 import folds_1_to_2
from harness.tables.upgrades.plan_1_to_2 import plan_1_to_2
from harness.tables.upgrades.plan_2_to_3 import plan_2_to_3
from harness.tables.upgrades.results_1_to_2 import results_1_to_2
from harness.tables.validation import conform

TABLE_KEY = b"harness.table"
SCHEMA_KEY = b"harness.schema"
KEY = "schema"
"""The key of the version in plan and ``run.json``."""

TABLE_STEPS: Mapping[str, Sequence[Callable[[pa.Table], pa.Table]]] = {
    "samples": (),
    "files": (),
    "predictions": (),
    "repeats": (),
    "results": (results_1_to_2,),
    "curves": (),
    "media": (),
    "probes": (),
    "timings": (),
    "answers": (answers_1_to_2,),
    "frames": (),
}
"""For every stored table the upgrade steps from version 1: the current version is one more than the number of
steps."""

DOCUMENT_STEPS: Mapping[str, Sequence[Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "plan": (plan_1_to_2, plan_2_to_3),
    "run": (),
    "folds": (folds_1_to_2,),
    "compare": (),
}
"""The same for plan, ``run.json``, ``folds.json`` and ``compare.json``."""

SCHEMAS: Mapping[str, pa.Schema] = {
    "samples": SAMPLES,
    "files": FILES,
    "predictions": PREDICTIONS,
    "repeats": REPEATS,
    "results": RESULTS,
    "curves": CURVES,
    "media": MEDIA,
    "probes": PROBES,
    "timings": TIMINGS,
    "answers": ANSWERS,
    "frames": FRAMES,
}
"""The columns that every stored table has in the current version."""

ANY_PREFIX = ("",)
"""Of further columns, which are refused where a table is validated for a use."""

MAX_QUOTED = 40

_Stored = TypeVar("_Stored", pa.Table, dict[str, Any])


@dataclass(frozen=True)
class ReadTable:
    """A stored table in the current version, and the upgrade steps that were applied, such as ``results 1→2``."""

    table: pa.Table
    steps: tuple[str, ...]


@dataclass(frozen=True)
class ReadDocument:
    """A plan or ``run.json`` in the current version, and the upgrade steps that were applied."""

    document: dict[str, Any]
    steps: tuple[str, ...]


def schema_version(name: str) -> int:
    """The current version of a table, the plan or ``run.json``."""
    return 1 + len({**TABLE_STEPS, **DOCUMENT_STEPS}[name])


def stamped(table: pa.Table, name: str) -> pa.Table:
    """The table with its name and version added to the metadata."""
    stamp = {TABLE_KEY: name.encode(), SCHEMA_KEY: str(schema_version(name)).encode()}
    return table.replace_schema_metadata({**(table.schema.metadata or {}), **stamp})


def table_bytes(table: pa.Table, name: str) -> bytes:
    """The bytes of the table's file, see `write_table`."""
    return parquet_bytes(stamped(table, name))


def write_pieces(pieces: Iterable[pa.Table], schema: pa.Schema, name: str, path: Path) -> None:
    """Write a table that is given in pieces with its name and version, see `write_parquet_pieces`."""
    whole = stamped(schema.empty_table(), name).schema
    write_parquet_pieces(pieces, whole, path)


def write_table(table: pa.Table, name: str, path: Path) -> None:
    """Write a table that a run stores, atomically, with its name and version."""
    write_parquet(stamped(table, name), path)


def read_table(path: Path, name: str) -> ReadTable:
    """Read a table that a run has stored, in any known version.

    Args:
        path: of its file.
        name: the expected table, such as ``samples``.

    Raises:
        HarnessError: the file is absent or not a table; it is another table; a newer harness wrote it; a column of
            this table is missing or of another type.
    """
    table = read_parquet(path)
    found = require_known(table.schema, name, path)
    try:
        table, steps = _upgraded(table, found, name, TABLE_STEPS[name])
    except (pa.ArrowException, LookupError, TypeError, ValueError, AttributeError) as error:
        raise HarnessError(f"{path}: not the {name} of a run of version {found} ({error}).") from None
    checked = conform(table, SCHEMAS[name], str(path), extra_prefixes=ANY_PREFIX)
    fields = [of.with_nullable(table.schema.field(of.name).nullable) for of in checked.schema]
    try:
        return ReadTable(checked.cast(pa.schema(fields, table.schema.metadata)), steps)
    except (pa.ArrowException, ValueError) as error:  # it says that a column has no empty cells, and it has
        raise HarnessError(f"{path}: not the {name} that a run has stored ({error}).") from None


def require_known(schema: pa.Schema, name: str, path: Path) -> int:
    """The version of a stored table, from its schema.

    Args:
        schema: with its metadata.
        name: the expected table.
        path: of its file, for the message.

    Raises:
        HarnessError: it is another table; its version is malformed or newer than this harness knows.
    """
    metadata = schema.metadata or {}
    stated = metadata.get(TABLE_KEY, name.encode()).decode(errors="replace")
    if stated != name:
        raise HarnessError(f"{path}: this is the table {stated[:MAX_QUOTED]!r}, but {name!r} is expected.")
    text = metadata.get(SCHEMA_KEY, b"1").decode(errors="replace")
    return _known(int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text, name, path)


def upgraded_document(document: dict[str, Any], name: str, path: Path) -> ReadDocument:
    """A plan or ``run.json``, upgraded to the current version.

    Args:
        document: as it is stored.
        name: ``plan``, ``run`` or ``folds``.
        path: of its file, for the message.

    Raises:
        HarnessError: its version is malformed or newer than this harness knows.
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
