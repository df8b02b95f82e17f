"""What the theme leaves open is mended in every page."""

from __future__ import annotations

import pytest
from site_hooks_loaded import accessible


@pytest.mark.parametrize(
    ("made", "mended"),
    [
        (
            '<div class="md-search" data-md-component="search" role="dialog">',
            '<div class="md-search" data-md-component="search" role="dialog" aria-label="Search">',
        ),
        (
            '<nav class="md-nav" data-md-level="2" aria-labelledby="__nav_2_1_label" aria-expanded="false">',
            '<nav class="md-nav" data-md-level="2" role="none">',
        ),
        ('<nav class="md-nav" aria-label="tally">', '<nav class="md-nav" role="none">'),
        ("<tr><th></th><th>a</th></tr>", "<tr><td></td><th>a</th></tr>"),
        ('<nav class="md-nav md-nav--primary" aria-label="Navigation">', None),
    ],
)
def test_a_page_is_mended(made: str, mended: str | None) -> None:
    assert accessible.on_post_page(made, None, None) == (mended or made)


def test_the_page_of_an_address_without_a_page_is_mended_as_well() -> None:
    made = '<div class="md-search" data-md-component="search" role="dialog">'
    mended = accessible.on_post_template(made, template_name="404.html", config=None)
    assert mended == made[:-1] + ' aria-label="Search">'
    assert accessible.on_post_template(made, template_name="sitemap.xml", config=None) == made
