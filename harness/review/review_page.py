"""The page on which people judge cases: offline, without requests to anywhere, answers kept in the browser.

It speaks every language of `LANGUAGES`, which its reader chooses; labels stay as the system calls them.

Its script is the only one that the browser may run: the page's policy names its hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from harness.plain_yaml import read_yaml
from harness.report.templating import template
from harness.review.judgements import NONE, UNCLEAR
from harness.review.review_document import ReviewDocument

PAGE = "review.html"
LANGUAGES = ("en", "nl")
"""The first is that of a page whose script does not run."""

WORDS = Path(__file__).with_name("words")
"""A file for each language, with the same keys."""


def render_page(document: ReviewDocument, digest: str, shown: Sequence[Sequence[str]]) -> str:
    """One HTML file; the media that it shows lie beside it.

    Args:
        document: what was drawn.
        digest: SHA-256 of ``review.json``.
        shown: of every case the names of its files, relative to the page.
    """
    script = template("review.js", {}, "harness.review").render()
    words = {language: read_yaml(WORDS / f"{language}.yaml") for language in LANGUAGES}
    data = {
        "review": digest,
        "words": words,
        "labels": [
            *({"value": label, "key": None} for label in document.labels),
            {"value": NONE, "key": "none"},
            {"value": UNCLEAR, "key": "unclear"},
        ],
        "cases": [
            {
                "files": list(files),
                "answer": case.answer,
                "score": case.score,
                "selected": document.strata[case.stratum].status == "selected",
            }
            for case, files in zip(document.cases, shown, strict=True)
        ],
    }
    return template("review.html.j2", {}, "harness.review").render(
        document=document,
        num_cases=len(document.cases),
        words=words[LANGUAGES[0]],
        data=Markup(_in_script(data)),  # noqa: S704 (JSON in which nothing can end the element)
        script=Markup(script),  # noqa: S704 (our own file)
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _in_script(value: object) -> str:
    """JSON that no text in it can end or leave."""
    text = json.dumps(value, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
