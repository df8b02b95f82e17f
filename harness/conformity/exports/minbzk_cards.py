"""The cards of the Algorithm Reporting Standard: of the system, of its model, and of its technical documentation.

The system card holds the two others, so that one file is enough. The schema and the tools that read it spell one
key in two ways (``model_index`` and ``model-index``): cards with the second have ``.amt`` in their names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.conformity.exports.export import Completeness, Export, export_of, plain_yaml
from harness.conformity.exports.field_table import FormField, field_table
from harness.conformity.exports.filling import Filled, Missing, RunFacts, fill
from harness.conformity.exports.minbzk_model_index import indexed_model
from harness.conformity.measured_run import MeasuredRun
from harness.wording import FIXED_LINE

SPELLINGS = {"": "model_index", ".amt": "model-index"}
"""Suffix of the file's name → how its key is spelt."""

ANNEX_IV = "urn:nl:aivt:tr:td:1.0"
ASSESSMENT_PATH = "minbzk/assessment_card.yaml"


def minbzk_exports(run: MeasuredRun, facts: RunFacts) -> list[Export]:
    """System card and model card in both spellings, and the assessment card."""
    model = _filled("minbzk_model_card", run, facts, _model_parts(run))
    annex = field_table("annex_iv")
    items = fill(annex, facts, run.dossier.texts.get(annex.name, {}))
    assessment = _assessment(run, items)
    parts = {**_system_parts(run), "models": [], "assessments": [assessment] if assessment else None}
    system = _filled("minbzk_system_card", run, facts, parts)
    exports = []
    for suffix, spelling in SPELLINGS.items():
        card = _spelt(model.values, spelling)
        whole = _nested(system.values) | {"models": [card]}
        exports += [
            _yaml_export("minbzk_system_card", system, whole, suffix),
            _yaml_export("minbzk_model_card", model, card, suffix),
        ]
    return [*exports, *([_assessment_export(assessment, items)] if assessment else [])]


def _filled(name: str, run: MeasuredRun, facts: RunFacts, parts: Mapping[str, Any]) -> Filled:
    return fill(field_table(name), facts, run.dossier.texts.get(name, {}), built=parts)


def _system_parts(run: MeasuredRun) -> dict[str, Any]:
    scope = run.scope
    path = [{"question": step.question, "answer": step.answer} for step in scope.path]
    return {
        "provenance": _provenance(run),
        "instruments": [{"urn": ANNEX_IV, "version": "1.0", "required": True}],
        "owners": _owners(run),
        "labels": [
            {"name": "statement", "value": FIXED_LINE},
            {"name": "scope", "value": scope.heading},
            {"name": "scope_as_of", "value": f"{scope.as_of}: {scope.title}"},
            *({"name": f"scope: {step['question']}", "value": step["answer"]} for step in path),
        ],
        "references": [{"name": f"Evidence pack {run.pack_id}", "link": "../../manifest.json"}],
    }


def _model_parts(run: MeasuredRun) -> dict[str, Any]:
    card = run.model_card
    licence = {"license_name": card.licence.name, "license_link": card.licence.url}
    return {
        "provenance": _provenance(run),
        "license": {key: value for key, value in licence.items() if value is not None},
        "tags": ["emotion-recognition", *map(str, card.modalities)],
        "owners": _owners(run),
        "model_index": [indexed_model(run)],
    }


def _provenance(run: MeasuredRun) -> dict[str, Any]:
    """Where the card comes from: of which code and run, and who answers for it."""
    known = {
        "git_commit_hash": (run.record.get("git") or {}).get("commit"),
        "timestamp": run.record.get("finished"),
        "uri": f"pkg:pypi/emotion-harness@{run.plan['harness']}",
        "author": ", ".join(each.name for each in run.signers) or None,
    }
    return {key: value for key, value in known.items() if value is not None}


def _owners(run: MeasuredRun) -> list[dict[str, str]] | None:
    provider = run.dossier.provider
    if provider.name is None:
        return None
    email = {"email": provider.contact} if provider.contact and "@" in provider.contact else {}
    return [{"organization": provider.name, **email, "role": "provider"}]


def _assessment(run: MeasuredRun, items: Filled) -> dict[str, Any] | None:
    """The items of Annex IV that have an answer; the standard has none without. It must have a date.

    Where the registry asks several questions about one item, each has the answer of the item.
    """
    date = run.issued or str(run.record.get("finished") or "")[:10]
    if not date:
        return None
    return {
        "provenance": _provenance(run),
        "name": "Technische documentatie voor hoog-risico AI-systemen",
        "urn": ANNEX_IV,
        "date": date,
        "contents": [
            {
                "question": field.title,
                "urn": urn,
                "answer": items.values[field.key],
                "remarks": f"Annex IV, item {field.key}, answered as a whole. {FIXED_LINE}",
                "authors": [{"name": each.name} for each in run.signers],
            }
            for field in items.asked
            if field.key in items.values
            for urn in field.urns
        ],
    }


def _assessment_export(assessment: Mapping[str, Any], items: Filled) -> Export:
    """Complete are the items that have a URN and nothing missing."""
    listed = [field for field in items.asked if field.urns]
    empty = {one.key for one in items.missing}
    full = [field for field in listed if field.key not in empty]
    missing: Sequence[Missing] = [one for one in items.missing if one.key in {field.key for field in listed}]
    return Export(
        path=ASSESSMENT_PATH,
        title="MinBZK Algorithm Reporting Standard, assessment card 0.1a14",
        content=_yaml_bytes(assessment),
        completeness=Completeness(len(full), len(listed), _required(full), _required(listed)),
        missing=tuple(missing),
    )


def _required(fields: Sequence[FormField]) -> int:
    return sum(field.required for field in fields)


def _spelt(values: Mapping[str, Any], spelling: str) -> dict[str, Any]:
    return {spelling if key == "model_index" else key: value for key, value in values.items()}


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Keys with a dot as sections."""
    whole: dict[str, Any] = {}
    for key, value in values.items():
        section, _, inner = key.partition(".")
        if inner:
            whole.setdefault(section, {})[inner] = value
        else:
            whole[key] = value
    return whole


def _yaml_export(name: str, filled: Filled, card: Mapping[str, Any], suffix: str) -> Export:
    table = field_table(name)
    path = table.path.replace(".yaml", f"{suffix}.yaml")
    return export_of(table, filled, _yaml_bytes(card), path)


def _yaml_bytes(document: Mapping[str, Any]) -> bytes:
    return f"# {FIXED_LINE}\n{plain_yaml(document)}".encode()
