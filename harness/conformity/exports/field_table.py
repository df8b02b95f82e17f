"""What a format asks for, field by field: a table, which is data.

The tables are in ``configs/legal/exports``. A field says what it is called, what may stand in it, who fills it,
and which facts of the run go into it (`harness.conformity.exports.run_facts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from harness.cards.facts import Facts, validation_problems
from harness.errors import HarnessError
from harness.plain_yaml import read_yaml
from harness.resources import config_dir


class EntryPart(Facts):
    """A part of each entry of a list."""

    max: int | None = None
    required: bool = False
    choices: list[str] = Field(default=[], description="any text, if there are none")


class FormField(Facts):
    """One field of a format."""

    key: str
    title: str
    type: Literal["text", "choice", "list", "entries"] = "text"
    required: bool = False
    by: Literal["harness", "person", "both", "outside"] = Field(
        default="person", description="who fills it; both: what is measured stands beside a person's text"
    )
    takes: list[str] = Field(default=[], description="facts of the run")
    const: str | None = None
    built: bool = Field(default=False, description="whether the format's own module puts it together")
    words: dict[str, str] = Field(default={}, description="fact → how the format says it")
    choices: list[str] = Field(default=[], description="that a field of choices or a list takes")
    parts: dict[str, EntryPart] = Field(default={}, description="of each entry")
    min: int | None = Field(default=None, description="characters")
    max: int | None = Field(default=None, description="characters")
    pattern: str | None = Field(default=None, description="that a text must have from beginning to end")
    html: bool = Field(default=False, description="rich text: signs of HTML are escaped")
    plain_language: bool = Field(default=False, description="is to be written at level B1")
    public_only: bool = Field(default=False, description="not in a section that is not public")
    urns: list[str] = Field(default=[], description="of the item in a registry of tasks")
    note: str | None = None

    @model_validator(mode="after")
    def _require_source(self) -> Self:
        if (self.by in ("harness", "both")) != (bool(self.takes) or self.const is not None or self.built):
            raise ValueError(f"{self.key}: what the harness fills takes facts, and nothing else does")
        return self


class FieldTable(Facts):
    """A format: what it is, on which day its description was checked, and its fields."""

    name: str
    title: str
    version: str
    as_of: date
    source: str
    verified: Literal["primary", "secondary", "memory"]
    path: str = Field(description="of the file in the exports")
    language: Literal["en", "nl"]
    form: Literal["flat", "items", "notice", "card"] = Field(
        default="flat",
        description="one JSON object; items with what is stated and measured; a text; a card of its own",
    )
    needs_route: bool = Field(default=True, description="made only where there is a conformity route")
    needs_notice: bool = Field(default=False, description="made only where exposed people must be told")
    note: str | None = None
    fields: list[FormField]

    @model_validator(mode="after")
    def _require_unique(self) -> Self:
        keys = [field.key for field in self.fields]
        if len(set(keys)) < len(keys):
            raise ValueError(f"a key stands twice in {self.name}")
        return self

    @property
    def by_key(self) -> Mapping[str, FormField]:
        """The fields by their keys."""
        return {field.key: field for field in self.fields}


def table_names() -> list[str]:
    """The names of all formats that are filled by a table, sorted."""
    return sorted(path.stem for path in (config_dir() / "legal" / "exports").glob("*.yaml"))


@cache
def field_table(name: str) -> FieldTable:
    """The table of a format.

    Raises:
        HarnessError: it does not fit the schema.
    """
    path = config_dir() / "legal" / "exports" / f"{name}.yaml"
    try:
        return FieldTable.model_validate(read_yaml(path))
    except ValidationError as error:
        raise HarnessError(f"{path}: {validation_problems(error)}") from None
