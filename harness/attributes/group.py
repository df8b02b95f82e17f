"""One group of people: how it is called, and the values of the attributes that stand behind the name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TIMES = "*"
"""Stands between the attributes of an intersection and between the parts of its groups' names: ``female*65+``."""

UNKNOWN = "unknown"

OTHER = "other"
"""Everybody whose answer nobody else gave: alone, it would tell who they are."""

_ESCAPE = "\\"


@dataclass(frozen=True)
class Group:
    """A group.

    Attributes:
        name: to show and to tell the groups of one axis apart; never to be taken apart again.
        values: its value of each attribute of the axis; None for `EVERYBODY` and `THE_REST`, so that groups which
            happen to be called ``all`` or ``rest`` are told from them.
    """

    name: str
    values: tuple[str, ...] | None

    @classmethod
    def of(cls, *values: str) -> Group:
        r"""The group with these values: ``female*65+``.

        Of an intersection, a ``*`` or ``\`` in a value is escaped with ``\``, so that no two groups share a name.
        """
        return cls(values[0] if len(values) == 1 else TIMES.join(map(_escaped, values)), values)

    @classmethod
    def unknown(cls, num_attributes: int) -> Group:
        """The samples of which at least one of so many attributes is not known."""
        return cls(UNKNOWN, (UNKNOWN,) * num_attributes)

    @classmethod
    def of_row(cls, row: Mapping[str, Any], side: str = "group") -> Group:
        """The group in a row of the results.

        Args:
            row: has the columns ``group`` and ``group_values``, or ``versus`` and ``versus_values``.
            side: ``group`` or ``versus``.
        """
        values = row[f"{side}_values"]
        return cls(row[side], None if values is None else tuple(values))

    @property
    def is_unknown(self) -> bool:
        """Whether these are the samples of which nothing is known; no value of an attribute is called so."""
        return self.values is not None and UNKNOWN in self.values


EVERYBODY = Group("all", None)

THE_REST = Group("rest", None)
"""The other side of a difference: everybody on the axis who is not in the group."""


def _escaped(value: str) -> str:
    return value.replace(_ESCAPE, _ESCAPE * 2).replace(TIMES, _ESCAPE + TIMES)
