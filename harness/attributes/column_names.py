"""How columns of attributes are called, and what choices such as ``sex*age`` mean by their names.

A column of a known kind is called in small letters, ``Skin Tone`` is ``skin_tone``; others keep their names. No
column takes the name of another attribute: gender stays ``gender``. Choices may name an attribute in any case, and
by a name of the same kind where only one column is of that kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import pyarrow as pa

from harness.attributes.group import TIMES
from harness.attributes.grouping import parts
from harness.attributes.groups import PREFIX
from harness.attributes.look_alikes import meant, there_are
from harness.attributes.vocabulary import as_column, kind_of
from harness.errors import HarnessError

_Choice = TypeVar("_Choice")


def attribute_name(name: str) -> str:
    """What a column is called as an attribute: ``Skin Tone`` is ``skin_tone``, an unknown ``Site`` is ``Site``."""
    return as_column(name) if kind_of(name) else name


def with_plain_names(samples: pa.Table) -> pa.Table:
    """The table with its ``attr.*`` columns called as attributes are.

    Raises:
        HarnessError: two columns would have the same name.
    """
    names: dict[str, str] = {}
    for column in samples.column_names:
        name = PREFIX + attribute_name(column.removeprefix(PREFIX)) if column.startswith(PREFIX) else column
        if name in names:
            raise HarnessError(
                f"samples: the columns {names[name]} and {column} are the same attribute. Keep one of them."
            )
        names[name] = column
    return samples.rename_columns(list(names))


def require_meant(name: str, known: Sequence[str], option: str) -> str:
    """The attribute that a choice means by a name.

    Raises:
        HarnessError: the samples have no such attribute; the message names those that look alike.
    """
    found = meant(name, known)
    if found is None:
        raise HarnessError(f"{option}: there is no attribute {name!r}. {there_are(name, known)}")
    return found


def meant_axis(axis: str, known: Sequence[str], option: str) -> str:
    """The axis with the names of the columns: ``sex*Age`` may be ``gender*age``.

    Raises:
        HarnessError: the samples have no such attribute.
    """
    return TIMES.join(require_meant(name, known, option) for name in parts(axis))


def meant_keys(choices: Mapping[str, _Choice], known: Sequence[str], option: str) -> dict[str, _Choice]:
    """Choices per attribute, under the names of the columns.

    Raises:
        HarnessError: the samples have no such attribute, or two choices mean the same one.
    """
    found: dict[str, _Choice] = {}
    for name, choice in choices.items():
        attribute = require_meant(name, known, option)
        if attribute in found:
            raise HarnessError(f"{option}: {attribute!r} is chosen twice, also as {name!r}.")
        found[attribute] = choice
    return found
