from __future__ import annotations

import html
import io
import re
import zlib
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from pypdf import PdfReader

from harness.conformity.documents import tagged_pdf as module
from harness.conformity.documents.tagged_pdf import tagged_pdf
from harness.errors import HarnessError

DOCUMENTS = ("public.nl", "deployer", "supervisor", "test_report", "biometric_view")
LONGEST = ("supervisor", "deployer")
PARTS = {
    "L": {"LI", "L", "Caption"},
    "LI": {"Lbl", "LBody"},
    "Table": {"TR", "THead", "TBody", "TFoot", "Caption"},
    "THead": {"TR"},
    "TBody": {"TR"},
    "TR": {"TH", "TD"},
}
"""Kinds of elements with what they may consist of (ISO 32000-1, 14.8.4.3)."""


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
@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=pytest.mark.slow) if one in LONGEST else one for one in DOCUMENTS]
)
def test_a_reader_can_follow_the_structure_of_a_document(name: str, pages: dict[str, bytes]) -> None:
    """Language, title, parts in their place, headings in order, figures with a text, cells with headers."""
    page = pages[f"documents/{name}.html"].decode()
    reader = PdfReader(io.BytesIO(tagged_pdf(page.encode())))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == re.search(r'<html lang="(\w+)"', page)[1]  # type: ignore[index]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    title = re.search(r"<title>(.*?)</title>", page)[1]  # type: ignore[index]
    assert reader.metadata is not None
    assert reader.metadata.title == html.unescape(title)
    elements = list(_elements(root["/StructTreeRoot"]))
    assert _scopes(elements, "THead") == {"/Column"}
    assert _scopes(elements, "TBody") == {"/Row"}
    kinds = {kind for kind, _, _ in elements}
    assert {"Document", "H1", "H2", "P", "Table", "TH", "TD"} <= kinds
    for kind, parts, element in elements:
        if kind in PARTS:
            assert set(parts) <= PARTS[kind], (kind, parts)
        if kind == "Figure":
            assert element["/Alt"]
        if kind == "TD":
            assert element["/A"][0]["/Headers"] if isinstance(element["/A"], list) else element["/A"]["/Headers"]
    levels = [int(kind[1]) for kind, _, _ in elements if re.fullmatch(r"H\d", kind)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def _scopes(elements: list[tuple[str, list[str], Any]], part: str) -> set[str]:
    """What the header cells in these parts of tables head."""
    of_parts = [each for kind, _, element in elements if kind == part for each in _elements(element)]
    return {element["/A"].get("/Scope") for kind, _, element in of_parts if kind == "TH"}


def _elements(element: Any) -> Iterator[tuple[str, list[str], Any]]:
    """Every element of a structure in the order of reading: its kind, those of its parts, and itself."""
    kids = element.get("/K", [])
    parts = [part for kid in (kids if isinstance(kids, list) else [kids]) if "/S" in (part := _resolved(kid))]
    if "/S" in element:
        yield element["/S"][1:], [part["/S"][1:] for part in parts], element
    for part in parts:
        yield from _elements(part)


def _resolved(kid: Any) -> Any:
    """What a reference leads to; contents of a page are no element."""
    found = kid.get_object() if hasattr(kid, "get_object") else kid
    return found if isinstance(found, dict) else {}


@pytest.mark.usefixtures("weasyprint")
def test_a_document_fetches_nothing() -> None:
    plain = '<html lang="en"><title>A title</title><h1>A heading</h1>{}</html>'
    with_picture = plain.format(
        '<img src="file:///etc/passwd" alt="x"><img src="https://example.org/x.png" alt="y">'
    )
    made = tagged_pdf(with_picture.encode())
    assert made.startswith(b"%PDF")
    assert b"/Subtype /Image" not in made
