"""``--json``: one document on standard output about what a command did; what people read goes to standard error.

Every command takes it, before or after its own arguments. Commands add what they found with `answer`; lines and
tables that they print are in the document as they were printed, so that nothing is told to people alone.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TextIO

FLAG = "--json"

_document: TextIO | None = None
_found: dict[str, Any] = {}
_errors: list[str] = []
_lines: list[str] = []
_warnings: list[str] = []
_tables: list[dict[str, Any]] = []


def take_flag(arguments: Sequence[str]) -> list[str]:
    """The arguments without the flag; with it, standard output is kept for the document from now on.

    Whatever else this process, its libraries and the processes that it starts write there goes to standard error.

    Args:
        arguments: of the command line; what follows ``--`` is not looked at.
    """
    global _document
    end = arguments.index("--") if "--" in arguments else len(arguments)
    if FLAG in arguments[:end] and _document is None and sys.stdout is not None:  # None: there is no such output
        sys.stdout.flush()
        _document = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
    return [*(argument for argument in arguments[:end] if argument != FLAG), *arguments[end:]]


def is_wanted() -> bool:
    """Whether somebody asked for a document, and has not got it yet."""
    return _document is not None


def answer(**found: Any) -> None:
    """Add what a command found; paths, dates and enumerations become texts, and no number is rounded."""
    if is_wanted():
        _found.update(found)


def add(key: str, found: Mapping[str, Any]) -> None:
    """Add one of several things that a command found under the same key."""
    if is_wanted():
        _found.setdefault(key, []).append(found)


def note_line(text: str) -> None:
    """Add a line that was printed."""
    if is_wanted() and text.strip():
        _lines.append(text.strip())


def note_warning(text: str) -> None:
    """Add a warning that was printed."""
    if is_wanted() and text.strip():
        _warnings.append(text.strip())


def note_error(text: str) -> None:
    """Add what stopped a part of the command, such as a study of a sweep. The first one stands for the command."""
    if is_wanted():
        _errors.append(text.strip())


def note_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Add a table that was printed: its cells by the heading of their column."""
    if is_wanted():
        keys = [column or f"column_{number}" for number, column in enumerate(columns, 1)]
        _tables.append({"title": title, "rows": [dict(zip(keys, row, strict=True)) for row in rows]})


def print_document(exit_code: int, error: str | None = None) -> None:
    """Print the document, if it is wanted and not printed yet.

    Args:
        exit_code: of the command.
        error: the message of what stopped it; None if it only ended so, because of what was noted (`note_error`).
    """
    global _document
    if _document is None:
        return
    from harness import __version__

    error = error or (_errors[0] if _errors and exit_code else None)
    head = re.match(r"Error \[(\w+)\]", error or "")
    document = {
        "harness": __version__,
        "exit_code": exit_code,
        "error": error,
        "error_code": None if head is None else head[1],
        "found": _found,
        "lines": _lines,
        "warnings": _warnings,
        "tables": _tables,
    }
    with _document as file:
        file.write(f"{json.dumps(_plain(document), ensure_ascii=False, allow_nan=False)}\n")
    _document = None


def _plain(value: Any) -> Any:
    """What JSON can hold; numbers that are not finite are null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, bool | int | None):
        return value
    if isinstance(value, Path | date):
        return str(value)
    return str(value).encode("utf-8", "replace").decode()
