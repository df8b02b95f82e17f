"""Why something was not tested, in the words of every language.

Rows of the results hold the English sentence. It is made from the part ``reasons`` of the words, and found there
again for a summary in another language: the same table is read in both directions, so that a reason of a practice
test cannot be without its translation. Reasons that come from elsewhere in the harness (a stated figure that was
not measured) stand in the same table; one that does not is replaced by a sentence that says where to read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import NewType

from harness.plain_yaml import read_yaml

Reason = NewType("Reason", str)
"""An English sentence from the table of reasons; only `reason` makes one."""

COMMON_WORDS = Path(__file__).with_name("words")


def reason(key: str, /, **values: int | str) -> Reason:
    """An English reason: ``reason("too_few", num=3, least=5)``.

    Raises:
        KeyError: the table has no such reason, or it needs a value that was not given.
    """
    return Reason(english_reasons()[key].format(**values))


@cache
def english_reasons() -> Mapping[str, str]:
    """Key → sentence, with its values in braces."""
    found: Mapping[str, str] = read_yaml(COMMON_WORDS / "common.en.yaml")["reasons"]
    return found


def translated(text: str, reasons: Mapping[str, str]) -> str | None:
    """A reason in another language; None if a part of it is not in the table.

    Args:
        text: in English; several reasons are separated by semicolons.
        reasons: key → sentence of the language.
    """
    whole = _translated(text, reasons)
    if whole is not None or "; " not in text:
        return whole
    parts = [_translated(part, reasons) for part in text.split("; ")]
    return _joined(parts)


def _joined(parts: Iterable[str | None]) -> str | None:
    known = list(parts)
    return None if None in known else "; ".join(part for part in known if part)


def _translated(text: str, reasons: Mapping[str, str]) -> str | None:
    for key, pattern in _patterns():
        if (match := pattern.fullmatch(text)) and key in reasons:
            return reasons[key].format(**match.groupdict())
    return None


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The sentences of the table as patterns, those without values first."""
    found = []
    for key, sentence in english_reasons().items():
        parts = re.split(r"\{(\w+)\}", sentence)
        text = "".join(f"(?P<{part}>.+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
        found.append((len(parts), key, re.compile(text)))
    return tuple((key, pattern) for _, key, pattern in sorted(found, key=lambda one: one[:2]))
