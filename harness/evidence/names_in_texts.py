"""Names of people in texts that people write: descriptions on cards, a dossier, the reason of something.

A name is found as whole words, whatever stands between them: ``Jo_Smith`` for ``Jo Smith``. One that cannot be
told from other words is not looked for: of under four characters, without a letter, or a word in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

_WORD = re.compile(r"[^\W_]+")
_LEAST_NAME = 4


def is_distinct(name: str) -> bool:
    """Whether a name can be told from other words: no number, and no single word in lower case."""
    is_word = name.isalpha() and name.islower()
    return len(name) >= _LEAST_NAME and any(map(str.isalpha, name)) and not is_word


def words(texts: Iterable[str]) -> set[str]:
    """The words of texts."""
    return {word for text in texts for word in _WORD.findall(text)}


def may_stand_among(name: str, known: set[str]) -> bool:
    """Whether a name is distinct and begins with one of some words: the others need not be looked for."""
    first = _WORD.search(name)
    return first is not None and first.group() in known and is_distinct(name)


class Names:
    """Names as sequences of words, to be found in texts of any length, with what is to stand in their place."""

    def __init__(self, instead: Mapping[str, str]) -> None:
        found = {tuple(_WORD.findall(name)): text for name, text in instead.items() if is_distinct(name)}
        self._instead = {name: text for name, text in found.items() if name}
        self._first = {name[0] for name in self._instead}
        self._lengths = sorted({len(name) for name in self._instead}, reverse=True)

    def any_in(self, text: str) -> bool:
        """Whether one of them stands in a text."""
        return next(self._places(text), None) is not None

    def replaced(self, text: str) -> str:
        """The text with something else in the place of each name; of two that overlap, the first and longest."""
        parts, end = [], 0
        for start, stop, instead in self._places(text):
            if start >= end:
                parts += [text[end:start], instead]
                end = stop
        return "".join([*parts, text[end:]])

    def _places(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Where a name begins and ends, and what is to stand there: in order, a longer one before a shorter."""
        if not self._instead:
            return
        spans = [match.span() for match in _WORD.finditer(text)]
        found = tuple(text[start:stop] for start, stop in spans)
        for at, word in enumerate(found):
            if word in self._first:
                for length in self._lengths:
                    name = found[at : at + length]
                    if len(name) == length and name in self._instead:
                        yield spans[at][0], spans[at + length - 1][1], self._instead[name]
