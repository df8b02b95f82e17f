"""Texts for every field of the exports, and validation against our JSON Schemas of their formats."""

from __future__ import annotations

from typing import Any

import jsonschema

from harness.conformity.exports.all_exports import COMPLETENESS, completeness, exports
from harness.conformity.exports.field_table import FormField, field_table, table_names
from harness.conformity.measured_run import MeasuredRun
from harness.plain_yaml import read_yaml
from harness.resources import config_dir

SAMPLES = {
    r"https?://\S+": "https://example.org/x",
    r"\d{4}-\d{2}": "2026-11",
    r"\d{4}-\d{2}-\d{2}": "2026-11-27",
    r"\d{4}(-\d{2}(-\d{2})?)?": "2026",
    r"\S+@\S+": "info@example.org",
    r"\w+://\S+": "https://example.org/x",
}
"""What fits each pattern."""
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def written(field: FormField) -> Any:
    """Something that a person could write for a field."""
    if field.type == "entries":
        return [
            {part: of.choices[0] if of.choices else "https://example.org/x" for part, of in field.parts.items()}
        ]
    if field.type == "list":
        return field.choices[:1] or ["One", "Two"]
    if field.choices:
        return field.choices[-1]
    if field.pattern:
        return SAMPLES.get(field.pattern, UUID)
    return "A text of a person. " * (1 + (field.min or 0) // 20)


def everything() -> dict[str, dict[str, Any]]:
    """A text for every field that a person writes."""
    by_person = ("person", "both", "outside")
    return {
        name: {field.key: written(field) for field in field_table(name).fields if field.by in by_person}
        for name in table_names()
    }


def problems(document: Any, schema: str, part: str | None = None) -> list[str]:
    """What a document breaks of one of our JSON Schemas, or of a definition in it."""
    found = read_yaml(config_dir() / "legal" / "schemas" / f"{schema}.yaml")
    if part is not None:
        found = {"$schema": found["$schema"], "$defs": found["$defs"], "$ref": f"#/$defs/{part}"}
    jsonschema.Draft202012Validator.check_schema(found)
    validator = jsonschema.Draft202012Validator(found)
    return sorted(error.message for error in validator.iter_errors(document))


def export_files(run: MeasuredRun) -> dict[str, bytes]:
    """Path → contents of all exports, and of what says how complete they are."""
    found = exports(run)
    return {each.path: each.content for each in found} | {COMPLETENESS: completeness(run, found)}
