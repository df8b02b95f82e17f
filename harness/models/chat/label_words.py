"""The words that are read as labels, and the two ways out that every model is given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

CANNOT_TELL = "cannot tell"
NONE_OF_THESE = "none of these"
WAYS_OUT = (CANNOT_TELL, NONE_OF_THESE)
"""What a model may answer instead of a label; every closed set leaves both."""

_APOSTROPHES = str.maketrans(dict.fromkeys("\u2018\u2019\u02bc", "'"))


@dataclass(frozen=True)
class Vocabulary:
    """The words that are read as labels.

    Attributes:
        labels: of the card.
        words: other words → labels, as the table of the card states them: synonyms, other languages.
        is_closed: whether the model was given the list that it has to choose from.

    Raises:
        ValueError: a word means two labels, or a label reads like a way out.
    """

    labels: Sequence[str]
    words: Mapping[str, str] = field(default_factory=dict)
    is_closed: bool = True

    def __post_init__(self) -> None:
        known: dict[str, str] = {}
        for word, label in [*((label, label) for label in self.labels), *self.words.items()]:
            if known.setdefault(plain(word), label) != label:
                raise ValueError(f"{word!r} means both {known[plain(word)]!r} and {label!r}")
            if plain(word) in WAYS_OUT:
                raise ValueError(f"{word!r} is what every model may answer instead of a label")

    @cached_property
    def _known(self) -> dict[str, str]:
        pairs = [
            *((label, label) for label in self.labels),
            *self.words.items(),
            *((out, out) for out in WAYS_OUT),
        ]
        return {plain(word): label for word, label in pairs}

    def meant(self, text: str) -> str | None:
        """The label or the way out that a text is, as a whole; None if it is neither."""
        return self._known.get(plain(text))

    def mentioned(self, text: str) -> set[str]:
        """The labels and ways out whose words stand in a text."""
        within = _spaced(text)
        return {meant for word, meant in self._known.items() if (spaced := _spaced(word)) and spaced in within}


def written_alike(text: str) -> str:
    """A text whose signs with several codes in Unicode have one, apostrophes among them."""
    return unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)


def plain(text: str) -> str:
    """A text without case, marks at its edges and differences of Unicode; one of marks alone (😠) as it is."""
    alike = written_alike(text)
    first = next((place for place, sign in enumerate(alike) if sign.isalnum()), 0)
    after = next((len(alike) - place for place, sign in enumerate(reversed(alike)) if sign.isalnum()), len(alike))
    return " ".join(alike[first:after].casefold().split())


def _spaced(text: str) -> str:
    """The words of a text with a space on both sides of each; empty where it has none."""
    words = re.findall(r"\w+", plain(text))
    return f" {' '.join(words)} " if words else ""
