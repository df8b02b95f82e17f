"""How the ids of two tables differ that should be the same: in case, padding, extension, path, normalisation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
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

_MOST_FOUND, _MOST_KNOWN, _MOST_WAYS = 200, 50_000, 3


def how_ids_differ(found: Iterable[str], known: Iterable[str], theirs: str) -> str:
    """A sentence that says how ids would match, with an example; nothing where they would not.

    Args:
        found: ids that match none of the known ones.
        known: the ids that nobody has matched yet.
        theirs: how the sentence calls the known ones, such as ``the samples``.
    """
    mine = list(islice(found, _MOST_FOUND))
    others = list(islice(known, _MOST_KNOWN))
    for number in range(1, _MOST_WAYS + 1):
        for ways in combinations(_WAYS, number):
            matched = _matched(mine, others, ways)
            if matched and 2 * len(matched) >= min(len(mine), len(others)):
                own, other = matched[0]
                return f" They differ in {listed(ways)}: {own!r} here is {other!r} in {theirs}."
    return ""


def _matched(mine: list[str], others: list[str], ways: tuple[str, ...]) -> list[tuple[str, str]]:
    """Pairs of ids that are the same but for these differences."""

    def reduced(name: str) -> str:
        for way in ways:
            name = _WAYS[way](name)
        return name

    by_key = {key: other for other in others if (key := reduced(other))}
    return [(name, by_key[key]) for name in mine if (key := reduced(name)) in by_key]
