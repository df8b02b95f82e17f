"""A site that loads from elsewhere is refused."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from site_hooks_loaded import local_only


@pytest.mark.parametrize(
    "page",
    [
        '<script src="https://example.org/a.js"></script>',
        '<img src="//example.org/a.png">',
        '<link rel="stylesheet" href="https://example.org/a.css">',
        '<p style="background: url(https://example.org/a.png)">',
        '<style>@import "https://example.org/a.css";</style>',
        '<pre class="mermaid">graph</pre>',
    ],
)
def test_what_a_browser_would_fetch_is_named(tmp_path: Path, page: str) -> None:
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    with pytest.raises(Exception, match=r"page\.html loads"):
        local_only.on_post_build(SimpleNamespace(site_dir=str(tmp_path)))


def test_a_style_sheet_that_imports_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("@import url(https://example.org/a.css);", encoding="utf-8")
    with pytest.raises(Exception, match=r"a\.css loads https://example\.org/a\.css"):
        local_only.on_post_build(SimpleNamespace(site_dir=str(tmp_path)))


def test_links_to_follow_own_files_and_pictures_in_the_page_pass(tmp_path: Path) -> None:
    page = (
        '<link rel="canonical" href="https://example.org/"><a href="https://example.org">elsewhere</a>'
        '<img src="images/a.png"><img src="data:image/png;base64,AA"><script src="a.js"></script>'
    )
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    local_only.on_post_build(SimpleNamespace(site_dir=str(tmp_path)))
