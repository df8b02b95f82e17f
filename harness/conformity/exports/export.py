"""One file of a format, with what it lacks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from harness.conformity.exports.field_table import FieldTable
from harness.conformity.exports.filling import Filled, Missing
from harness.wording import printable


@dataclass(frozen=True)
class Completeness:
    """How much of a format is filled.

    Attributes:
        filled: the fields that hold something complete.
        fields: all fields that it has.
        filled_required: those of the filled that it requires.
        required: all that it requires.
    """

    filled: int
    fields: int
    filled_required: int
    required: int


@dataclass(frozen=True, kw_only=True)
class Export:
    """One file.

    Attributes:
        path: below the folder of exports, with ``/``.
        title: of the format, with its version.
        content: the file.
        completeness: how much of the format is filled.
        missing: what a person must still write, or state elsewhere.
    """

    path: str
    title: str
    content: bytes
    completeness: Completeness
    missing: tuple[Missing, ...]

    @property
    def filled(self) -> int:
        """How many fields are filled."""
        return self.completeness.filled


def export_of(table: FieldTable, filled: Filled, content: bytes, path: str | None = None) -> Export:
    """The file of a format that was filled in by its table."""
    empty = {one.key for one in filled.missing}
    full = [field for field in filled.asked if field.key not in empty]
    return Export(
        path=path or table.path,
        title=f"{table.title} {table.version}".strip(),
        content=content,
        completeness=Completeness(
            filled=len(full),
            fields=len(filled.asked),
            filled_required=sum(field.required for field in full),
            required=sum(field.required for field in filled.asked),
        ),
        missing=filled.missing,
    )


def json_bytes(document: Mapping[str, Any]) -> bytes:
    """An indented JSON document, the same bytes for the same values."""
    return (json.dumps(_printable(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def plain_yaml(document: Mapping[str, Any]) -> str:
    """A YAML document with its keys in their order and nothing by reference, the same text for the same values."""
    text: str = yaml.dump(
        _printable(document),
        Dumper=_Plain,
        sort_keys=False,
        allow_unicode=True,
        width=110,
        default_flow_style=None,
    )
    return text


def _printable(value: Any) -> Any:
    """A document whose names and texts, which may be those of a malicious file, are safe to show."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {printable(key): _printable(inner) for key, inner in value.items()}
    return [_printable(inner) for inner in value] if isinstance(value, list | tuple) else value


class _Plain(yaml.CSafeDumper):
    """Writes a value that occurs twice twice: many readers refuse aliases."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True
