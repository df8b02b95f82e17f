"""Standards near to this work with their stage on a certain day: a list that is data."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Literal

from pydantic import Field

from harness.cards.facts import Facts
from harness.plain_yaml import read_yaml
from harness.resources import config_dir


class KnownStandard(Facts):
    """A standard."""

    name: str = Field(description="with its number")
    title: str
    about: str | None = Field(description="the article that it serves, if it was asked for under the AI Act")
    stage: str
    verified: Literal["primary", "secondary", "memory"]


class KnownStandards(Facts):
    """All standards that are known here."""

    as_of: date
    note: str
    standards: list[KnownStandard]

    def stage_of(self, name: str) -> str | None:
        """The stage of a standard with its date, whatever edition stands behind its number; None of others."""
        found = [
            each
            for each in self.standards
            if name == each.name or name.startswith((f"{each.name}:", f"{each.name} "))
        ]
        return f"{found[0].stage}, as of {self.as_of}" if found else None


@cache
def known_standards() -> KnownStandards:
    """The list of ``configs/legal/standards.yaml``."""
    return KnownStandards.model_validate(read_yaml(config_dir() / "legal" / "standards.yaml"))
