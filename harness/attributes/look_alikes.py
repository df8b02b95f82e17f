"""Attributes that a name may mean: written in another case, of the same kind, or similar."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from harness.attributes.vocabulary import kind_of, vocabulary
from harness.wording import plain_words

MAX_SHOWN = 20


def meant(name: str, known: Sequence[str]) -> str | None:
    """The attribute that a choice means by a name; None if none, or several, could be meant."""
    if name in known:
        return name
    written = [each for each in known if plain_words(each) == plain_words(name)]
    alike = written or [each for each in known if _is_kind(name, each)]
    return alike[0] if len(alike) == 1 else None


def there_are(name: str, known: Sequence[str]) -> str:
    """What there is instead of an absent attribute, those first that look alike."""
    alike = look_alikes(name, known)
    shown = [*known[:MAX_SHOWN], *(["…"] if known[MAX_SHOWN:] else [])]
    question = f"Did you mean {' or '.join(alike)}? " if alike else ""
    return f"{question}The samples have: {', '.join(shown) or 'none'}."


def look_alikes(name: str, known: Sequence[str]) -> list[str]:
    """Attributes that may be meant by a name: of the same kind, or written similarly."""
    words = {plain_words(each): each for each in known}
    kin = [each for each in words.values() if _is_kind(name, each) or _is_kind(each, name)]
    close = [words[found] for found in difflib.get_close_matches(plain_words(name), words)]
    return list(dict.fromkeys([*kin, *close]))


def _is_kind(name: str, column: str) -> bool:
    """Whether a name says the kind of a column, or the family of its kind: a Monk tone is a skin tone."""
    kind, of_column = kind_of(name), kind_of(column)
    if kind is None or of_column is None:
        return False
    return kind == of_column or kind == vocabulary().kinds.get(of_column.family or "")
