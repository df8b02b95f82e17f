"""The layer of the conformity report for everybody: plain language, small groups suppressed, five questions.

It is made of the results and of sentences that are data. No level is shown from which that of a small group could
be worked out (`harness.conformity.disclosure`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.documents.document_page import Layout, document
from harness.conformity.documents.public_content import PublicContent
from harness.conformity.documents.public_words import PublicWords, of_100


def public_layer(facts: DocumentFacts, language: str) -> bytes:
    """The layer as HTML.

    Args:
        facts: of the run.
        language: one of `harness.conformity.documents.public_words.LANGUAGES`.
    """
    words = PublicWords(language)
    layout = Layout(words.word("title"), "public.html.j2", language, plain=True, rows="public_rows.html.j2")
    content = PublicContent(facts, words)
    functions: dict[str, Callable[..., Any]] = {
        "said": words.say,
        "word": words.word,
        "count_of": words.count,
        "number_of": words.number,
        "between": words.between,
        "of_100": of_100,
        "about": words.about,
    }
    return document(layout, facts, {"content": content, "words": words}, functions)
