"""Which label is meant by a word that is not known: a spelling mistake, or a code of some corpus."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from functools import cache

from harness.cards.taxonomy import canonical, spellings, vocabulary
from harness.errors import HarnessError

_MIN_CODES = 2
"""A single code of one letter could be anything."""


@cache
def codings() -> Mapping[str, Mapping[str, str]]:
    """The codes of corpora, from ``configs/labels.yaml``: name → code (also without its zeros) → emotion."""
    return {
        name: {
            form: emotion for code, emotion in found["codes"].items() for form in {code, code.lstrip("0") or code}
        }
        for name, found in vocabulary()["codings"].items()
    }


def coding(name: str) -> Mapping[str, str]:
    """The codes of a corpus.

    Raises:
        HarnessError: there is no such coding; the message lists those there are.
    """
    if name not in codings():
        raise HarnessError(
            f"labels.merge={name}: neither a file nor the codes of a corpus. Known: {', '.join(codings())}. Or "
            "give the labels themselves, such as 'labels.merge={calm: neutral}'."
        )
    return codings()[name]


def codings_of(labels: Collection[str]) -> list[str]:
    """The codings of which all of these labels are codes, the most specific first."""
    found = set(labels)
    fitting = [name for name, codes in codings().items() if found <= set(codes)]
    return sorted(fitting, key=lambda name: len(codings()[name])) if len(found) >= _MIN_CODES else []


def likely_label(word: str, others: Collection[str]) -> str | None:
    """The label that a word is most likely a misspelling or another form of.

    Args:
        word: a label that is not known.
        others: the labels of the other side.
    """
    known = {other.strip().lower(): canonical(other) for other in others} | dict(spellings())
    near = difflib.get_close_matches(word.strip().lower(), known, n=1, cutoff=0.7)
    if near:
        return known[near[0]]
    codes = {code for codes in codings().values() for code in codes}
    meant = {codes[word] for codes in codings().values() if word in codes} if word in codes else set()
    return meant.pop() if len(meant) == 1 else None
