"""A document as a tagged PDF (PDF/UA-1) from its HTML, with WeasyPrint: ``pip install 'emotion-harness[pdf]'``.

It is made only when it is asked for: which fonts a machine has decides its bytes, so it is no part of what is made
again to verify a pack.
"""

from __future__ import annotations

from importlib.util import find_spec

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
    written: bytes = html.write_pdf(pdf_variant=VARIANT)
    return written
