"""Items that a law or a standard asks for, each with what is stated on it; what is missing is never invented."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from markupsafe import Markup

from harness.cards.facts import Facts
from harness.conformity.dossier import Dossier
from harness.plain_yaml import read_yaml
from harness.resources import config_dir


@dataclass(frozen=True)
class Entry:
    """One statement of an item.

    Attributes:
        label: what it is.
        texts: the statement, a paragraph each; empty if it is missing.
        where: where somebody has to state it, such as ``dossier: laboratory.address``; empty for what the harness
            itself knows.
        by_customer: whether it was supplied by the customer.
    """

    label: str
    texts: tuple[str | Markup, ...]
    where: str = ""
    by_customer: bool = False

    @property
    def is_missing(self) -> bool:
        """Whether nothing is stated."""
        return not self.texts


@dataclass(frozen=True)
class Item:
    """An item with its entries.

    Attributes:
        id: as the law or the standard numbers it.
        title: in our words.
        entries: what is stated on it.
        urns: in the registry of the Dutch government, for items of Annex IV.
    """

    id: str
    title: str
    entries: tuple[Entry, ...]
    urns: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[Entry, ...]:
        """The entries without a statement."""
        return tuple(entry for entry in self.entries if entry.is_missing)


class AskedItem(Facts):
    """What is asked for.

    Attributes:
        id: its number or letter.
        title: in our words.
        urns: see `Item.urns`; empty where the registry has none.
        by_people: whether a person has to write it.
    """

    id: str
    title: str
    urns: tuple[str, ...] = ()
    by_people: bool = False


class AskedItems(Facts):
    """A list of items, as data with its date."""

    as_of: date
    title: str
    verified: Literal["primary", "secondary", "memory"]
    items: tuple[AskedItem, ...]


@cache
def asked_items(name: str) -> AskedItems:
    """The items of ``configs/legal/<name>.yaml``."""
    return AskedItems.model_validate(read_yaml(config_dir() / "legal" / f"{name}.yaml"))


def known(label: str, *texts: str | Markup | None) -> Entry:
    """What the harness itself knows, or says of the test; a dash where it knows nothing."""
    return Entry(label, tuple(text for text in texts if text) or ("\N{EN DASH}",))


def stated(label: str, value: object, where: str, *, by_customer: bool = False) -> Entry:
    """What somebody states; missing if there is nothing.

    Args:
        label: what it is.
        value: a text, a date, a list of texts, or None.
        where: the key of the dossier, or what else holds it.
        by_customer: whether the customer supplied it.
    """
    return Entry(label, _texts(value), where, by_customer)


def written(dossier: Dossier, export: str, field: str, label: str) -> Entry:
    """What only a person can write for a document; missing if the dossier does not have it."""
    return stated(label, dossier.texts.get(export, {}).get(field), f"dossier: texts.{export}.{field}")


def missing(items: Iterable[Item]) -> list[tuple[Item, Entry]]:
    """Everything that is not stated, with its item."""
    return [(item, entry) for item in items for entry in item.missing]


def _texts(value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if isinstance(value, dict):
        return tuple(f"{key}: {text}" for key, text in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(text for each in value for text in _texts(each))
    return (str(value),)
