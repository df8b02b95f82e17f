from __future__ import annotations

from typing import Literal

import pytest
import yaml
from pydantic import BaseModel, Field

from harness.cards.described import descriptions, template_lines, unfilled


class Inner(BaseModel):
    value: float = Field(description="of it")
    remark: str | None = None


class Base(BaseModel):
    """What both have.

    Attributes:
        size: pixels on a side, which may
            take two lines.
    """

    size: int


class Whole(Base):
    """A schema.

    Attributes:
        colour: of the picture.
        size: pixels.
    """

    colour: Literal["rgb", "grey"] = "rgb"
    source: Inner = Field(description="where from")
    claims: list[Inner] = []
    words: dict[str, str] = Field(default={}, json_schema_extra={"template": {"happy": "joy"}})


def test_meanings_come_from_descriptions_and_docstrings() -> None:
    assert descriptions(Base) == {"size": "pixels on a side, which may take two lines"}
    assert descriptions(Whole) == {"size": "pixels", "colour": "of the picture", "source": "where from"}


def test_every_key_stands_there_with_its_meaning() -> None:
    assert list(template_lines(Whole)) == [
        "# pixels; a whole number",
        "size: ???",
        "# of the picture; one of rgb, grey",
        "colour: rgb",
        "# where from",
        "source:",
        "  # of it; a number",
        "  value: ???",
        "  remark: null",
        "# a list, [a, b]; keys: value, remark (optional)",
        "claims: []",
        "# keys with values, {a: b}",
        "words: {happy: joy}",
    ]


def test_what_is_given_replaces_defaults_and_the_rest_may_stand_in_comments() -> None:
    lines = list(template_lines(Whole, {"size": 3}, optional="in comments"))
    assert "size: 3" in lines
    assert "#colour: rgb" in lines
    assert "#claims: []" in lines


def test_a_section_of_another_schema_may_be_given() -> None:
    class Card(BaseModel):
        input: dict[str, str] = {}
        output: dict[str, str] = {}

    class Nothing(BaseModel):
        pass

    lines = list(template_lines(Card, {"input": {"value": 1.5}}, {"input": Inner, "output": Nothing}))
    assert yaml.safe_load("\n".join(lines)) == {"input": {"value": 1.5, "remark": None}}


@pytest.mark.parametrize(
    ("document", "keys"),
    [
        ({"a": "???", "b": {"c": "???", "d": 1}, "e": [{"f": "???"}]}, ["a", "b.c", "e.f"]),
        ({"a": "??", "b": None}, []),
        ("???", [""]),
    ],
)
def test_what_is_still_to_be_filled_in_is_named(document: object, keys: list[str]) -> None:
    assert unfilled(document) == keys
