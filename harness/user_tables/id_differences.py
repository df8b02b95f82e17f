"""How the ids of two tables differ that should be the same: in case, padding, extension, path, normalisation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from itertools import combinations, islice
from pathlib import PurePosixPath

from harness.wording import listed

_WAYS: Mapping[str, Callable[[str], str]] = {
    "upper and lower case": str.lower,
    "the file's extension": lambda name: re.sub(r"\.[A-Za-z]\w{0,4}$", "", name),
    "folders before the name": lambda name: PurePosixPath(name.replace("\\", "/")).name,
    "zeros before numbers": lambda name: re.sub(r"(?<!\d)0+(?=\d)", "", name),
    "the form of Unicode characters": lambda name: unicodedata.normalize("NFKC", name),
    "blanks, '-' and '_'": lambda name: re.sub(r"[\s_-]+", "", name),
    "a word before a number": lambda name: re.sub(r"^[^\W\d]+[\W_]*(?=\d+$)", "", name),
}
"""What a difference is called → what removes it."""

_LOOKED_PAST: Mapping[int, tuple[str, ...]] = {3: (), 2: tuple(_WAYS)[:-1], 1: tuple(_WAYS)}
"""Likeness → the differences that it looks past; that of a word comes last, as any number may then be an id."""

MOST_KNOWN = 50_000
"""So many of the known ids are compared."""

_MOST_FOUND, _MOST_WAYS = 200, 3


def how_ids_differ(found: Iterable[str], known: Iterable[str], theirs: str) -> str:
    """A sentence that says how ids would match, with an example; nothing where they would not.

    Args:
        found: ids that match none of the known ones.
        known: the ids that nobody has matched yet.
        theirs: how the sentence calls the known ones, such as ``the samples``.
    """
    mine = list(islice(found, _MOST_FOUND))
    others = list(islice(known, MOST_KNOWN))
    for number in range(1, _MOST_WAYS + 1):
        for ways in combinations(_WAYS, number):
            matched = _matched(mine, others, ways)
            if matched and 2 * len(matched) >= min(len(mine), len(others)):
                own, other = matched[0]
                return f" They differ in {listed(ways)}: {own!r} here is {other!r} in {theirs}."
    return ""


class KnownIds:
    """Known ids, with which columns are compared to find the one that holds them.

    Args:
        known: the ids; the first `MOST_KNOWN` of them are compared.
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._known = list(islice(known, MOST_KNOWN))

    def likeness(self, found: Iterable[str]) -> int:
        """How alike most of these ids are: 3 the same, 2 but for how they are written, 1 also but for a word."""
        mine = list(islice(dict.fromkeys(found), _MOST_FOUND))
        for likeness, keys in zip((3, 2, 1), self._keys, strict=True):
            ways = _LOOKED_PAST[likeness]
            matched = sum(_reduced(name, ways) in keys for name in mine)
            if matched and 2 * matched >= min(len(mine), len(self._known)):
                return likeness
        return 0

    @cached_property
    def _keys(self) -> list[set[str]]:
        """The ids as they are compared, for each likeness."""
        return [{_reduced(name, _LOOKED_PAST[likeness]) for name in self._known} - {""} for likeness in (3, 2, 1)]


def _matched(mine: list[str], others: list[str], ways: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pairs of ids that are the same but for these differences."""
    by_key = {key: other for other in others if (key := _reduced(other, ways))}
    return [(name, by_key[key]) for name in mine if (key := _reduced(name, ways)) in by_key]


def _reduced(name: str, ways: Iterable[str]) -> str:
    for way in ways:
        name = _WAYS[way](name)
    return name
