"""Formatting of numbers and lists of names in sentences, and text that a terminal can show."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Sequence

FIXED_LINE = "Evidence for conformity assessment; not a declaration of conformity."
"""Stands on every page, document and export."""

MAX_LISTED_NAME = 60

_BIDI = dict.fromkeys([0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\ufffd")


def printable(text: str) -> str:
    """Text without control characters, but for line breaks and tabs, and without bidirectional formatting.

    What a dataset or a plan holds could otherwise move the cursor of a terminal, or show words in another order.
    """
    if text.isascii() and text.isprintable():
        return text
    shown = text.translate(_BIDI)
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" else c for c in shown)


def is_encodable(text: str) -> bool:
    """Whether a text can be written as UTF-8: bytes of a command line that are none are surrogates in Python."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def plain_words(name: str) -> str:
    """How names are compared: in lower case, with single spaces instead of punctuation and before inner capitals.

    ``Monk_Skin-Tone`` and ``monkSkinTone`` are ``monk skin tone``.
    """
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", unicodedata.normalize("NFKC", name))
    return re.sub(r"[\W_]+", " ", apart.casefold()).strip()


def listed(names: Sequence[str], most: int = 5) -> str:
    """Names in a sentence, long ones truncated: ``a, b and c``; ``a, b and 7 more``."""
    cut = [name if len(name) <= MAX_LISTED_NAME else f"{name[: MAX_LISTED_NAME - 1]}…" for name in names]
    if len(cut) > most:
        cut = [*cut[: most - 1], f"{len(cut) - most + 1} more"]
    return " and ".join([*([", ".join(cut[:-1])] if cut[1:] else []), *cut[-1:]])


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A question, to end a message, whether a similar name was meant; nothing if there is none."""
    alike = difflib.get_close_matches(name, list(known))
    return f" Did you mean {' or '.join(alike)}?" if alike else ""


def joined(texts: Iterable[str | None]) -> str | None:
    """Remarks in one text; None if there are none.

    They are separated by semicolons; one that begins with a capital follows a full stop, as a sentence of its own.
    """
    whole = ""
    for text in filter(None, texts):
        sign = ". " if text[0].isupper() else "; "
        whole = f"{whole.removesuffix('.')}{sign}{text}" if whole else text
    return whole or None


def quantity(num: int, noun: str) -> str:
    """A number with its noun: ``1 subject``, ``2 subjects``, ``3 classes``."""
    if num == 1:
        return f"{num:,} {noun}"
    return f"{num:,} {noun}{'es' if noun.endswith('s') else 's'}"


def percent(share: float) -> str:
    """A share in whole percent; a small one is not nothing, a large one not all: ``24 %``, ``under 1 %``."""
    if 0 < share < 0.01:
        return "under 1 %"
    return "over 99 %" if 0.99 < share < 1 else f"{100 * share:.0f} %"
