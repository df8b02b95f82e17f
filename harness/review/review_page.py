"""The page on which people judge cases: offline, without requests to anywhere, answers kept in the browser.

Its script is the only one that the browser may run: the page's policy names its hash.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence

from markupsafe import Markup

from harness.report.templating import template
from harness.review.judgements import NONE, UNCLEAR
from harness.review.review_document import ReviewDocument

PAGE = "review.html"


def render_page(document: ReviewDocument, digest: str, shown: Sequence[Sequence[str]]) -> str:
    """One HTML file; the media that it shows lie beside it.

    Args:
        document: what was drawn.
        digest: SHA-256 of ``review.json``.
        shown: of every case the names of its files, relative to the page.
    """
    script = template("review.js", {}, "harness.review").render()
    data = {
        "review": digest,
        "labels": [*document.labels, NONE, UNCLEAR],
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
        data=Markup(_in_script(data)),  # noqa: S704 (JSON in which nothing can end the element)
        script=Markup(script),  # noqa: S704 (our own file)
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )


def _in_script(value: object) -> str:
    """JSON that no text in it can end or leave."""
    text = json.dumps(value, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
