from __future__ import annotations

import re
import zlib

import pytest

from harness.conformity.documents import tagged_pdf as module
from harness.conformity.documents.tagged_pdf import tagged_pdf
from harness.errors import HarnessError


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(HarnessError, match=r"pip install 'emotion-harness\[pdf\]'"):
        tagged_pdf(b"<html></html>")


@pytest.mark.usefixtures("weasyprint")
def test_a_document_is_tagged_has_a_language_and_is_the_same_twice(pages: dict[str, bytes]) -> None:
    page = pages["documents/public.nl.html"]
    made = tagged_pdf(page)
    assert made == tagged_pdf(page)
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL)
    parts = [made]
    for stream in streams:
        try:
            parts.append(zlib.decompress(stream))
        except zlib.error:
            parts.append(stream)
    whole = b"".join(parts)
    for wanted in (b"/StructTreeRoot", b"/MarkInfo", b"pdfuaid", b"/H1", b"/TH", b"/Lang (nl)"):
        assert wanted in whole, wanted


@pytest.mark.usefixtures("weasyprint")
def test_a_document_fetches_nothing() -> None:
    plain = '<html lang="en"><title>A title</title><h1>A heading</h1>{}</html>'
    with_picture = plain.format(
        '<img src="file:///etc/passwd" alt="x"><img src="https://example.org/x.png" alt="y">'
    )
    made = tagged_pdf(with_picture.encode())
    assert made.startswith(b"%PDF")
    assert b"/Subtype /Image" not in made
