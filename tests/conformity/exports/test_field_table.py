"""The tables of formats: each is whole, and agrees with our JSON Schema of the format where there is one."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from harness.conformity.exports.field_table import FieldTable, FormField, field_table, table_names
from harness.conformity.exports.run_facts import run_facts
from harness.conformity.measured_run import MeasuredRun
from harness.plain_yaml import read_yaml
from harness.resources import config_dir


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(config_dir() / "legal" / "schemas" / f"{name}.yaml")
    return found


@pytest.mark.parametrize("name", table_names())
def test_tables_take_facts_that_there_are(name: str, run: MeasuredRun) -> None:
    facts = run_facts(run)
    table = field_table(name)
    assert table.name == name
    assert {taken for field in table.fields for taken in field.takes} <= set(facts)
    assert [field.key for field in table.fields if not set(field.words.values()) <= set(field.choices)] == []
    assert [field.key for field in table.fields if field.const and field.choices not in ([], [field.const])] == []


@pytest.mark.parametrize(
    ("name", "described"),
    [
        ("algoritmeregister", schema("algoritmeregister_v1.0")),
        ("algorithmic_transparency_standard", schema("algorithmic_transparency_standard_v0.3.1")),
    ],
)
def test_registers_are_described_alike_by_table_and_schema(name: str, described: dict[str, Any]) -> None:
    fields = field_table(name).by_key
    assert set(fields) == set(described["properties"])
    assert {key for key, field in fields.items() if field.required} == set(described["required"])
    for key, field in fields.items():
        of = described["properties"][key]
        of = of | described["$defs"].get(of.get("$ref", "").rpartition("/")[2], {})
        assert field.max == of.get("maxLength"), key
        assert field.min in (None, of.get("minLength")), key
        assert field.choices in (of.get("enum", []), of.get("items", {}).get("enum", [])), key
        parts = of.get("items", {}).get("properties", {})
        assert {part: each.max for part, each in field.parts.items()} == {
            part: each.get("maxLength") for part, each in parts.items()
        }, key


def test_numbers_of_fields_are_those_of_the_formats() -> None:
    """49 attributes; 13 items; 23 items of Annex IV with two that a registry has no task for."""
    assert len(field_table("algorithmic_transparency_standard").fields) == 49
    assert [field.key for field in field_table("eu_database").fields] == [str(n) for n in range(1, 14)]
    annex = field_table("annex_iv").fields
    assert len(annex) == 8 + 8 + 7
    assert [field.key for field in annex if not field.urns] == ["1(g)"]
    urns = [urn for field in annex for urn in field.urns]
    assert len(set(urns)) == len(urns)
    assert all(urn.startswith("urn:nl:aivt:tr:td:1.0:") for urn in urns)


def test_the_system_card_has_the_keys_of_its_schema() -> None:
    parts = schema("minbzk_cards_v0.1a14")["$defs"]["system_parts"]["properties"]
    keys = {field.key.partition(".")[0] for field in field_table("minbzk_system_card").fields}
    assert keys == {*parts, "models"}
    profile = {
        field.key.partition(".")[2]: field.choices
        for field in field_table("minbzk_system_card").fields
        if field.key.startswith("ai_act_profile.")
    }
    described = parts["ai_act_profile"]["properties"]
    assert profile == {key: of["enum"] for key, of in described.items() if key != "decision_tree"}


def test_what_the_harness_fills_takes_facts_and_nothing_else_does() -> None:
    with pytest.raises(ValidationError, match="takes facts"):
        FormField.model_validate({"key": "a", "title": "A", "by": "harness"})
    with pytest.raises(ValidationError, match="takes facts"):
        FormField.model_validate({"key": "a", "title": "A", "by": "person", "takes": ["model.title"]})
    table = field_table("fria").model_dump()
    with pytest.raises(ValidationError, match="stands twice"):
        FieldTable.model_validate(table | {"fields": [table["fields"][0]] * 2})
