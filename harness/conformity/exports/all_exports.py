"""All exports that the scope of a run allows, and how complete each of them is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from harness.conformity.exports.croissant import croissant_export
from harness.conformity.exports.export import Export, json_bytes
from harness.conformity.exports.field_table import FieldTable, field_table, table_names
from harness.conformity.exports.filling import RunFacts
from harness.conformity.exports.forms import form_export
from harness.conformity.exports.hugging_face import hugging_face_export
from harness.conformity.exports.minbzk_cards import minbzk_exports
from harness.conformity.exports.run_facts import run_facts
from harness.conformity.measured_run import MeasuredRun
from harness.conformity.written_texts import require_known_texts
from harness.wording import FIXED_LINE

COMPLETENESS = "completeness.json"
"""Where it is said how complete the exports are, beside them."""

_CARDS: Mapping[str, Callable[[MeasuredRun, RunFacts], list[Export]]] = {
    "minbzk_system_card": minbzk_exports,  # the model card and the assessment card with it
    "minbzk_model_card": lambda _run, _facts: [],
    "hugging_face": lambda run, facts: [hugging_face_export(run, facts)],
    "croissant": lambda run, facts: [croissant_export(run, facts)],
}
"""Formats that are made by a module of their own."""


def exports(run: MeasuredRun) -> list[Export]:
    """Every export of a run, in the order of their paths.

    Registers and conformity documents are left out where there is no conformity route. The same run gives the same
    bytes.

    Raises:
        HarnessError: a text of the dossier does not fit the field that it is for.
    """
    require_known_texts(run.dossier.texts)
    facts = run_facts(run)
    found = [each for table in _allowed(run) for each in _made(table, run, facts)]
    return sorted(found, key=lambda export: export.path)


def completeness(run: MeasuredRun, found: list[Export]) -> bytes:
    """How much of each export is filled, and what a person must still write, as JSON."""
    return json_bytes(
        {
            "statement": FIXED_LINE,
            "pack": run.pack_id,
            "scope": run.scope.heading,
            "exports": [
                {
                    "path": each.path,
                    "title": each.title,
                    **asdict(each.completeness),
                    "missing": [asdict(one) for one in each.missing],
                }
                for each in found
            ],
        }
    )


def _allowed(run: MeasuredRun) -> Iterator[FieldTable]:
    for name in table_names():
        table = field_table(name)
        if (run.scope.conformity_route or not table.needs_route) and (run.scope.notice or not table.needs_notice):
            yield table


def _made(table: FieldTable, run: MeasuredRun, facts: RunFacts) -> list[Export]:
    made: Any = _CARDS.get(table.name)
    return made(run, facts) if made else [form_export(table, run, facts)]
