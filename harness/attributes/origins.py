"""Who says what on people: where each attribute comes from, as the plan states it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter

from harness.cards.facts import AttributeSource
from harness.plain_numbers import PlainNumbers

SAID: Mapping[AttributeSource, str] = {
    "self_report": "as the people themselves report",
    "observer": "as others who saw or heard them judge",
    "estimated": "estimated from the signal: measured on these groups, a disparity may be the estimate's",
    "filename": "as the files are named",
    "screening": "as a screening found",
    "simulated": "simulated",
    "not_stated": "not stated by whom",
}
"""Each source in words, to follow a colon."""


class Origin(PlainNumbers):
    """Where an attribute comes from.

    Attributes:
        source: who or what says it.
        origin: whether the dataset or the user's file brought it, or the harness measured it in the media.
        replaces_dataset: whether the dataset had it, too, and the file was preferred.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: AttributeSource
    origin: Literal["dataset", "file", "signal"]
    replaces_dataset: bool = False

    @property
    def text(self) -> str:
        """In words: ``as the people themselves report (file of people)``."""
        instead = ", instead of what the dataset says" if self.replaces_dataset else ""
        return f"{SAID[self.source]} ({_BROUGHT_BY[self.origin]}{instead})"


_BROUGHT_BY = {"dataset": "dataset", "file": "file of people", "signal": "measured by the harness"}


def origins(section: Mapping[str, Any]) -> dict[str, Origin]:
    """Attribute → where it comes from, read back from ``plan["attributes"]``.

    Raises:
        KeyError, ValueError: they are missing or malformed.
    """
    return TypeAdapter(dict[str, Origin]).validate_python(section["sources"])
