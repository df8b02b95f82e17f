"""A glossary of exactly the terms that a document uses.

The terms are data: ``words/glossary.yaml``, and the names of metrics with their meanings. The text of the document
is searched for them, and so are the meanings that are then printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markupsafe import Markup

from harness.conformity.documents.words import read_words
from harness.known_metrics import metric_facts


@dataclass(frozen=True)
class Term:
    """A term.

    Attributes:
        name: as the glossary prints it.
        forms: how it is written in texts, the name among them.
        meaning: in a sentence.
    """

    name: str
    forms: tuple[str, ...]
    meaning: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """What finds the term: whole words; abbreviations only in capitals."""
        flags = 0 if any(form.isupper() for form in self.forms) else re.IGNORECASE
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, self.forms))})(?!\w)", flags)

    def is_in(self, text: str, lowered: str) -> bool:
        """Whether a text uses the term. Most terms are in no text, which is seen faster without the pattern.

        Args:
            text: as it is.
            lowered: the same in small letters.
        """
        return any(form.lower() in lowered for form in self.forms) and self.pattern.search(text) is not None


def glossary(body: Markup, language: str = "en", *, plain: bool = False) -> list[Term]:
    """The terms that a text uses, and those that their meanings use, sorted.

    Args:
        body: of the document.
        language: of the document.
        plain: whether it is in plain language, with terms of its own.
    """
    terms = _plain_terms(language) if plain else _terms()
    text = body.striptags()
    found: dict[str, Term] = {}
    while new := _used(text, [term for term in terms if term.name not in found]):
        found |= {term.name: term for term in new}
        text = "\n".join(term.meaning for term in new)
    return sorted(found.values(), key=lambda term: term.name.casefold())


def _used(text: str, terms: Sequence[Term]) -> list[Term]:
    lowered = text.lower()
    return [term for term in terms if term.is_in(text, lowered)]


@cache
def _terms() -> tuple[Term, ...]:
    own = list(_of_data(read_words("glossary")))
    taken = {term.name.casefold() for term in own}
    metrics = [
        Term(facts.title, (facts.title,), facts.meaning)
        for facts in sorted(
            metric_facts(), key=lambda facts: facts.each is None
        )  # of all parts together, if there is
        if facts.meaning and facts.title.casefold() not in taken
    ]
    return (*own, *{term.name: term for term in metrics}.values())


@cache
def _plain_terms(language: str) -> tuple[Term, ...]:
    return tuple(_of_data(read_words(f"public.{language}")["glossary"]))


def _of_data(terms: Mapping[str, Any]) -> Iterator[Term]:
    for name, term in terms.items():
        yield Term(name, (name, *term.get("forms", ())), term["meaning"])
