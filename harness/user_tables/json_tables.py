"""JSON and JSON Lines: one object per row, or pandas' one object per column."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from harness.errors import HarnessError
from harness.files import read_bytes
from harness.user_tables.raw_table import (
    MAX_COLUMNS,
    MAX_DOCUMENT_BYTES,
    RawTable,
    require_few_rows,
    require_file_size,
)
from harness.wording import is_encodable, printable

_REMEDY = "Give a list of objects, one per row, or one object per line."


def read_json_table(path: Path, max_rows: int | None) -> RawTable:
    """Read a JSON document or JSON Lines, whichever it is; ``{"score": {"sad": 1}}`` is a column ``score.sad``.

    Raises:
        HarnessError: it is not JSON in UTF-8, UTF-16 or UTF-32, not a table, or too large.
    """
    require_file_size(path, MAX_DOCUMENT_BYTES, " Use CSV or Parquet for tables of this size.")
    text, encoded = _decoded(path)
    try:
        rows, remarks = _rows(text, max_rows, path)
        flat = [_flat(row) for row in rows]
    except (ValueError, RecursionError) as error:
        raise HarnessError(f"{path}: not readable JSON ({str(error)[:200]}). {_REMEDY}") from None
    require_few_rows(len(rows), max_rows, path)
    names = list(dict.fromkeys(name for row in flat for name in row))
    if len(names) > MAX_COLUMNS:
        raise HarnessError(f"{path}: over {MAX_COLUMNS:,} columns.")
    cells = pa.table(
        {name: pa.array([_text(row.get(name), name, path) for row in flat], pa.string()) for name in names}
    )
    return RawTable(cells, (*encoded, *remarks))


def _decoded(path: Path) -> tuple[str, tuple[str, ...]]:
    """The text of a file in one of JSON's encodings, and a remark on one that is not UTF-8."""
    try:
        data = read_bytes(path, MAX_DOCUMENT_BYTES)
        encoding = json.detect_encoding(data)
        text = data.decode(encoding)
    except UnicodeDecodeError:
        found = encoding.removesuffix("-sig").upper()
        raise HarnessError(f"{path}: not readable JSON (it is not {found} text). Save it as UTF-8.") from None
    except ValueError as error:
        raise HarnessError(f"{path}: not readable JSON ({error}).") from None
    return text, () if encoding.startswith("utf-8") else (f"encoded in {encoding.upper()}",)


def _rows(text: str, max_rows: int | None, path: Path) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    lines = [line for line in text.split("\n") if line.strip()]  # JSON may hold other ends of lines as they are
    if len(lines) > 1 and lines[0].lstrip().startswith("{") and lines[0].rstrip().endswith("}"):
        require_few_rows(len(lines), max_rows, path)
        return _objects([_of_line(line, row) for row, line in enumerate(lines, 1)], path), (
            "one JSON object per line",
        )
    document = json.loads(text)
    if isinstance(document, dict) and isinstance(document.get("data"), list) and document["data"]:
        columns = document.get("columns")
        document = document["data"]  # pandas, orient="table" and "split"
        if isinstance(columns, list):
            document = [
                dict(zip(map(str, columns), row, strict=True)) for row in document if isinstance(row, list)
            ]
    if isinstance(document, list):
        return _objects(document, path), ("a list of JSON objects, one per row",)
    if _has_numbered_rows(document):
        return [*document.values()], ("a JSON object with numbered rows",)
    return _of_columns(document, path), ("a JSON object with the columns",)


def _has_numbered_rows(document: Any) -> bool:
    """Whether it is ``{"0": {"label": "sad"}, "1": {"label": "angry"}}``, pandas' orient="index"."""
    return (
        isinstance(document, dict)
        and bool(document)
        and all(name.isdecimal() and isinstance(row, dict) for name, row in document.items())
    )


def _of_line(line: str, row: int) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"row {row}: {error.msg}") from None


def _objects(found: list[Any], path: Path) -> list[dict[str, Any]]:
    for row, each in enumerate(found, start=1):
        if not isinstance(each, dict):
            raise HarnessError(f"{path}, row {row}: found {str(each)[:80]!r}. {_REMEDY}")
    return found


def _of_columns(document: Any, path: Path) -> list[dict[str, Any]]:
    """Rows of ``{"label": ["sad", "angry"]}`` or ``{"label": {"0": "sad", "1": "angry"}}``, of pandas."""
    if isinstance(document, Mapping) and document:
        columns = {
            name: [*cells.values()] if isinstance(cells, dict) else cells for name, cells in document.items()
        }
        lists = [cells for cells in columns.values() if isinstance(cells, list)]
        if len(lists) == len(columns) and len({len(cells) for cells in lists}) == 1:
            return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]
        if not lists:
            return [dict(document)]  # JSON Lines with one line
    raise HarnessError(f"{path}: not a table. {_REMEDY}")


def _flat(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return flat


def _text(value: Any, name: str, path: Path) -> str | None:
    if isinstance(value, list):
        raise HarnessError(f"{path}, column {name[:80]}: a cell is a list. Give one value per column.")
    if isinstance(value, str):
        if not is_encodable(value):
            raise HarnessError(
                f"{path}, column {printable(name[:80])}: a text that is no Unicode: half of a character."
            )
        return value
    if value is None or value != value:  # NaN is how pandas writes a cell that is empty
        return None
    return json.dumps(value)
