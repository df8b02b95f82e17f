"""Whether a value of a practice test, such as a device or an option, is what a person is called there.

In long texts a short name or a common word cannot be told from other words, so that `harness.packs.exposed` leaves
these out. A value of a table or an option is short, and holds a name only if it is about the person: a device that
is called after who wears it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from harness.evidence.names_in_texts import words
from harness.practice_tests.observed import Observed

_LEAST_WORD = 3
"""Characters of a name that is looked for among the words of a value; shorter ones must be all of it."""
_LONGEST_VALUE = 60
"""Characters of a value. What is longer is a text, in which a common word names nobody."""


def people_in_values(observed: Observed, record: Mapping[str, Any], people: Sequence[str]) -> list[str]:
    """Where people are named, in words, without quoting it; empty if nobody is.

    Args:
        observed: what a test measured from, as it is to leave the machine.
        record: of the test, likewise.
        people: what they are called. A number names nobody.
    """
    names = {name.strip() for name in people if any(map(str.isalpha, name))}
    places = [*_values(observed.facts, ""), *_values(record["options"], "")]
    places += [
        (f"column {column} of {name}", value)
        for name, table in observed.tables.items()
        for column in table.column_names
        for value in _texts(table[column])
    ]
    return list(dict.fromkeys(where for where, value in places if _names_somebody(value, names)))


def _names_somebody(value: str, names: set[str]) -> bool:
    if len(value) > _LONGEST_VALUE:
        return False
    return value.strip() in names or any(len(word) >= _LEAST_WORD for word in words([value]) & names)


def _values(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Every text, however deep, with the name of what holds it."""
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _values(part, name)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _values(part, where)


def _texts(column: pa.ChunkedArray) -> list[str]:
    return [text for text in column.unique().to_pylist() if text] if pa.types.is_string(column.type) else []
