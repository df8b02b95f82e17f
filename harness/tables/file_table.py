"""The files that a run has read: one row per file below the dataset's root, with the SHA-256 of its bytes.

Plan and samples say which recordings are used; this table identifies their contents.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc

from harness.errors import HarnessError
from harness.tables.validation import conform, require_present

FILES = pa.schema(
    [
        pa.field("path", pa.string(), nullable=False),
        pa.field("size", pa.int64()),
        pa.field("sha256", pa.string()),
        pa.field("reason", pa.string()),
    ]
)
"""``path``: relative to the root, POSIX. ``size`` in bytes. A file that could not be read has a ``reason`` instead
of a size and a hash."""

_SHA256 = r"^[0-9a-f]{64}$"


@dataclass(frozen=True, slots=True)
class FileRead:
    """One row; see `FILES`."""

    path: str
    size: int | None
    sha256: str | None
    reason: str | None = None


def files_table(files: Iterable[FileRead]) -> pa.Table:
    """The table (schema `FILES`), sorted by path.

    Args:
        files: one per path.
    """
    rows = [astuple(file) for file in sorted(files, key=lambda file: file.path)]
    columns = zip(*rows, strict=True) if rows else [()] * len(FILES)
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, FILES, strict=True)], schema=FILES
    )


def files_of(table: pa.Table) -> list[FileRead]:
    """The rows of a stored table, validated: the table is not trusted, and its paths are opened.

    Raises:
        HarnessError: it does not match the schema; a path repeats or leads out of the root; a hash is malformed.
    """
    table = conform(table, FILES, "files")
    require_present(table, FILES, "files")
    paths = table["path"].to_pylist()
    if len(set(paths)) < len(paths):
        raise HarnessError("files: a path occurs in two rows.")
    outside = [path for path in paths if not is_below_root(path)]
    if outside:
        raise HarnessError(f"files: {outside[0]!r} is not a path below the dataset's root.")
    is_hash = pc.fill_null(pc.match_substring_regex(table["sha256"], _SHA256), True)
    read = pc.and_(pc.is_valid(table["sha256"]), pc.is_valid(table["size"]))
    if not pc.all(pc.and_(is_hash, pc.xor(read, pc.is_valid(table["reason"]))), min_count=0).as_py():
        raise HarnessError("files: a row has neither size and SHA-256 nor a reason why there are none.")
    return [FileRead(*row.values()) for row in table.to_pylist()]


def is_below_root(path: str) -> bool:
    """Whether a relative POSIX path stays below the folder that it is relative to."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and "\0" not in path
