"""A document as a tagged PDF (PDF/UA-1) from its HTML, with WeasyPrint: ``pip install 'emotion-harness[pdf]'``.

It is made only when it is asked for: which fonts a machine has decides its bytes, so it is no part of what is made
again to verify a pack.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from harness.errors import HarnessError

VARIANT = "pdf/ua-1"


def tagged_pdf(page: bytes) -> bytes:
    """The document as PDF/UA-1; nothing is fetched.

    Args:
        page: a document as HTML.

    Raises:
        HarnessError: WeasyPrint is not installed, or a library that it needs is not.
    """
    if find_spec("weasyprint") is None:
        raise HarnessError(
            "A PDF is made with WeasyPrint, which is not installed: pip install 'emotion-harness[pdf]'."
        )
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except OSError as error:  # it opens libraries of the system when it is imported
        raise HarnessError(
            f"WeasyPrint cannot be loaded ({error}). Install Pango: apt install libpango-1.0-0."
        ) from None
    html = HTML(string=page.decode(), base_url=None, url_fetcher=URLFetcher(allowed_protocols=()))
    written: bytes = html.write_pdf(pdf_variant=VARIANT, finisher=_with_scopes)
    return written


def _with_scopes(_: object, pdf: Any) -> None:
    """Say of every header cell whether it heads a column or a row.

    WeasyPrint names for each cell its headers. Of a header that no cell names, such as that of the column of row
    headers, only the scope tells what it heads (ISO 14289-1, 7.5).
    """
    objects = {one.reference: one for one in pdf.objects}
    for cell in pdf.objects:
        if isinstance(cell, dict) and cell.get("S") == "/TH":
            part_of_table = objects[objects[cell["P"]]["P"]]
            cell["A"]["Scope"] = "/Column" if part_of_table["S"] == "/THead" else "/Row"
