"""The items of Annex IV: what the run shows, as its export has it, and what only the provider can write."""

from __future__ import annotations

from markupsafe import Markup

from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.documents.stated_items import Entry, Item, known, stated
from harness.conformity.exports.field_table import FieldTable, FormField, field_table
from harness.conformity.exports.filling import Filled, fill
from harness.conformity.exports.run_facts import run_facts

TABLE = "annex_iv"

_DOCUMENTS = {"1(h)": "deployer.html", "2(g)": "test_report.html"}
"""Items that a document beside this one is about."""


def annex_iv_table() -> FieldTable:
    """The items with their date and source."""
    return field_table(TABLE)


def annex_iv_items(facts: DocumentFacts) -> list[Item]:
    """All items in their order."""
    table, run = annex_iv_table(), facts.run
    written = run.dossier.texts.get(TABLE, {})
    filled = fill(table, run_facts(run), written)
    return [
        Item(field.key, field.title, tuple(_entries(field, filled, written.get(field.key))), tuple(field.urns))
        for field in table.fields
    ]


def _entries(field: FormField, filled: Filled, text: object) -> list[Entry]:
    found = []
    measured = filled.measured.get(field.key, ())
    if measured or field.by == "harness":
        where = next((one.where for one in filled.missing if one.key == field.key), "")
        found.append(stated("From the run", measured, where))
    if field.key in _DOCUMENTS:
        name = _DOCUMENTS[field.key]
        found.append(known("Document", Markup('<a href="{0}">{0}</a>').format(name)))
    if field.by != "harness" or text is not None:
        where = f"dossier: texts.{TABLE}.{field.key}"
        found.append(stated("In the provider's words", text, where))
    return found
