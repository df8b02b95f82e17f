"""Attributes that a name may mean: written in another case, of the same kind, or similar."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from harness.attributes.vocabulary import Kind, kind_of, plain_words, vocabulary

MAX_SHOWN = 20


def meant(name: str, known: Sequence[str]) -> str | None:
    """The attribute that a choice means by a name; None if none, or several, could be meant."""
    if name in known:
        return name
    written = [each for each in known if plain_words(each) == plain_words(name)]
    alike = written or [each for each in known if _related(kind_of(name), kind_of(each))]
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
    kin = [each for each in words.values() if _related(kind_of(name), kind_of(each))]
    close = [words[found] for found in difflib.get_close_matches(plain_words(name), words)]
    return list(dict.fromkeys([*kin, *close]))


def _related(one: Kind | None, other: Kind | None) -> bool:
    if one is None or other is None:
        return False
    return one == other or (one.family is not None and one.family == other.family and _is_family(one, other))


def _is_family(one: Kind, other: Kind) -> bool:
    """Whether one of them is the whole family: a Monk tone is no Fitzpatrick type, but both are skin tones."""
    whole = vocabulary().kinds.get(one.family or "")
    return whole in (one, other)
