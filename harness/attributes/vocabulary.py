"""What is known of attributes of people, read from ``configs/attributes.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from pydantic import ConfigDict, Field

from harness.plain_numbers import PlainNumbers
from harness.resources import config_dir
from harness.wording import plain_words


class _Facts(PlainNumbers):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Kind(_Facts):
    """A kind of attribute.

    Attributes:
        names: how its columns are called; the first is the usual one.
        family: what choices may call it where only one attribute of the family is there.
        bands: a scale's name; or ``edges``, those of ``attributes.bands.age``.
        scale_of: names of the scales among which the answers decide.
        spellings: the name of a scale whose spellings are folded, without becoming the attribute's scale.
        template: how a template explains the column; None if it has none.
    """

    names: tuple[str, ...]
    family: str | None = None
    bands: str | None = None
    scale_of: tuple[str, ...] = ()
    spellings: str | None = None
    template: str | None = None


class ScaleFacts(_Facts):
    """A scale; `harness.attributes.scales.Scale` explains the values."""

    groups: dict[str, tuple[str, ...]]
    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    open: bool = False
    unclear: dict[str, tuple[str, ...]] = Field(default={})


class RangeWords(_Facts):
    """The words with which ranges of numbers are written."""

    to: tuple[str, ...]
    at_least: tuple[str, ...]
    more_than: tuple[str, ...]
    less_than: tuple[str, ...]
    at_most: tuple[str, ...]
    units: tuple[str, ...]


class Vocabulary(_Facts):
    """Everything in the file."""

    kinds: dict[str, Kind]
    around: tuple[str, ...]
    scales: dict[str, ScaleFacts]
    not_disclosed: tuple[str, ...]
    unknown: tuple[str, ...]
    ranges: RangeWords
    months: tuple[tuple[str, ...], ...] = Field(min_length=12, max_length=12)


@cache
def vocabulary() -> Vocabulary:
    """The facts, read when they are first needed."""
    from harness.plain_yaml import read_yaml

    return Vocabulary.model_validate(read_yaml(config_dir() / "attributes.yaml"))


NOT_DISCLOSED = "not disclosed"
"""The group of those who were asked and did not say; of ``unknown`` nothing is known."""


def is_not_disclosed(text: str) -> bool:
    """Whether an answer says that somebody did not want to answer."""
    return plain_words(text) in vocabulary().not_disclosed


def is_unknown(text: str) -> bool:
    """Whether an answer says that nothing is known."""
    return text.strip() in vocabulary().unknown or plain_words(text) in vocabulary().unknown


def is_age(attribute: str) -> bool:
    """Whether an attribute is an age in years, by its name."""
    return kind_of(attribute) == vocabulary().kinds["age"]


def kind_of(attribute: str) -> Kind | None:
    """The kind of an attribute by its name, None if none is known: ``Age (years)``, ``speaker_age`` are ages."""
    name, before = plain_words(attribute), ""
    while name not in _kind_of_name() and name != before:
        before = name
        name = re.sub(r"\s*\d+$", "", name)
        for words in vocabulary().around:
            name = name.removeprefix(f"{words} ").removesuffix(f" {words}")
    return _kind_of_name().get(name)


@cache
def _kind_of_name() -> Mapping[str, Kind]:
    return {name: kind for kind in vocabulary().kinds.values() for name in kind.names}


def as_column(name: str) -> str:
    """The name of a column in words as an attribute is called: ``Skin Tone`` is ``skin_tone``."""
    return plain_words(name).replace(" ", "_")
