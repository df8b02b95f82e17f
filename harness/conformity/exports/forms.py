"""Formats that their table describes as a whole: registers, lists of items, and the notice to exposed people."""

from __future__ import annotations

from typing import Any

from harness.conformity.exports.export import Export, export_of, json_bytes
from harness.conformity.exports.field_table import FieldTable, FormField
from harness.conformity.exports.filling import Filled, RunFacts, fill
from harness.conformity.exports.measured_sentences import sentences
from harness.conformity.measured_run import MeasuredRun
from harness.wording import FIXED_LINE, printable


def form_export(table: FieldTable, run: MeasuredRun, facts: RunFacts) -> Export:
    """The file of a format without a module of its own."""
    public = run.scope.register != "not public"
    filled = fill(table, facts, run.dossier.texts.get(table.name, {}), public=public)
    content = {"flat": _flat, "items": _items, "notice": _notice}[table.form](table, filled, run)
    return export_of(table, filled, content)


def head(table: FieldTable, run: MeasuredRun) -> dict[str, Any]:
    """What stands above the items of a list: what it is, of which run, and what the law says of the system."""
    scope = run.scope
    return {
        "format": table.title,
        "version": table.version,
        "as_of": table.as_of.isoformat(),
        "statement": FIXED_LINE,
        "pack": run.pack_id,
        "plan_sha256": run.plan_sha256,
        "scope": {
            "outcome": scope.outcome,
            "heading": scope.heading,
            "remarks": list(scope.remarks),
            "law": scope.title,
            "as_of": scope.as_of.isoformat(),
            **({"register": scope.register} if scope.register else {}),
        },
    }


def _flat(_table: FieldTable, filled: Filled, _run: MeasuredRun) -> bytes:
    return json_bytes(filled.values)


def _items(table: FieldTable, filled: Filled, run: MeasuredRun) -> bytes:
    written = run.dossier.texts.get(table.name, {})
    where = {one.key: one.where for one in filled.missing}

    def item(field: FormField) -> dict[str, Any]:
        replaced = field.key in written and field.by == "harness"
        return {
            "id": field.key,
            "title": field.title,
            "required": field.required,
            **({"urns": field.urns} if field.urns else {}),
            "stated": written.get(field.key),
            **({} if replaced else {"from_run": list(filled.measured[field.key])}),
            "missing": where.get(field.key),
        }

    return json_bytes(head(table, run) | {"items": [item(field) for field in filled.asked]})


def _notice(table: FieldTable, filled: Filled, run: MeasuredRun) -> bytes:
    parts = [f"# {markdown(table.title)}"]
    parts += [
        f"## {field.title}\n\n{markdown(str(filled.values[field.key]))}"
        for field in filled.asked
        if field.key in filled.values
    ]
    parts.append(f"---\n\n{sentences(table.language).statement} {run.pack_id}")
    return ("\n\n".join(parts) + "\n").encode()


def markdown(text: str) -> str:
    """Text of others in Markdown: nothing in it is markup."""
    shown = printable(text)
    escaped = "".join(f"\\{character}" if character in _SIGNS else character for character in shown)
    return escaped.replace("\n", "\n\n")


_SIGNS = frozenset("\\`*_{}[]<>#|!~")
