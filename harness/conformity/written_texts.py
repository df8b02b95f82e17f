"""For which documents and fields a person can write a text in the dossier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.conformity.exports.field_table import FieldTable, FormField, field_table, table_names
from harness.errors import HarnessError
from harness.plain_yaml import read_yaml
from harness.resources import config_dir
from harness.wording import did_you_mean


@dataclass(frozen=True)
class WrittenFor:
    """One document with the fields that a person can write.

    Attributes:
        title: of the document.
        fields: key → what it is, and what it must keep to.
        from_run: those that a run, its cards and the rest of the dossier fill, if nobody writes them.
    """

    title: str
    fields: Mapping[str, str]
    from_run: frozenset[str] = frozenset()


@cache
def written_texts() -> Mapping[str, WrittenFor]:
    """Every export and document by its name in ``texts`` of a dossier."""
    listed: Mapping[str, Any] = read_yaml(config_dir() / "legal" / "document_texts.yaml")["documents"]
    of_exports = {name: _of_table(field_table(name)) for name in table_names()}
    return of_exports | {name: WrittenFor(each["title"], each["fields"]) for name, each in listed.items()}


def require_known_texts(texts: Mapping[str, Mapping[str, Any]]) -> None:
    """Check that every text is for a field that exists: a misspelt one would vanish.

    Raises:
        HarnessError: there is no such document, or no such field in it.
    """
    known = written_texts()
    for name, fields in texts.items():
        if name not in known:
            raise HarnessError(
                f"dossier: texts has no document {name!r}.{did_you_mean(name, known)} Known: {', '.join(known)}."
            )
        for key in fields:
            if key not in known[name].fields:
                meant, there = did_you_mean(key, known[name].fields), ", ".join(known[name].fields)
                raise HarnessError(f"dossier: texts.{name} has no field {key!r}.{meant} Known: {there}.")


def _of_table(table: FieldTable) -> WrittenFor:
    fields = {field.key: _explained(field) for field in table.fields if not field.built}
    from_run = frozenset(field.key for field in table.fields if field.by == "harness")
    return WrittenFor(f"{table.title}, {table.version}: {table.path}", fields, from_run)


def _explained(field: FormField) -> str:
    parts = [
        field.title,
        "required" if field.required else None,
        f"at least {field.min:,} characters" if field.min else None,
        f"at most {field.max:,} characters" if field.max else None,
        "plain language (B1)" if field.plain_language else None,
        "a list" if field.type == "list" else None,
        f"a list of entries with {', '.join(field.parts)}" if field.type == "entries" else None,
        f"{'each ' if field.type == 'list' else ''}one of {', '.join(field.choices)}" if field.choices else None,
        field.note,
        {"harness": "filled from the run and this file", "both": "what was measured stands beside it"}.get(
            field.by
        ),
    ]
    return "; ".join(part for part in parts if part)
