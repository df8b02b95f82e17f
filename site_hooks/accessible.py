"""What the theme leaves open for people who use a screen reader; docs/javascripts/site.js does the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.pages import Page

MENDED: Sequence[tuple[re.Pattern[str], str]] = (
    # A dialog without a name is announced as "dialog".
    (re.compile(r'(data-md-component="search" role="dialog")>'), r'\1 aria-label="Search">'),
    # Parts of the navigation are no landmarks of their own: they have no name, or that of another part.
    (re.compile(r'<nav class="md-nav" (data-md-level="\d+")[^>]*>'), r'<nav class="md-nav" \1 role="none">'),
    (re.compile(r'<nav class="md-nav" aria-label="[^"]*">'), '<nav class="md-nav" role="none">'),
    # A corner of a table is no header.
    (re.compile(r"<th([^>]*)></th>"), r"<td\1></td>"),
)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Mend the page that the theme has made."""
    return mended(output)


def on_post_template(output_content: str, *, template_name: str, config: MkDocsConfig) -> str:
    """Mend the pages that the theme brings itself, such as that of an address without a page."""
    return mended(output_content) if template_name.endswith(".html") else output_content


def mended(output: str) -> str:
    """The page with what the theme leaves open."""
    for pattern, put in MENDED:
        output = pattern.sub(put, output)
    return output
