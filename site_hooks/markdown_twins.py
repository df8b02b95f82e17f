"""Every page a second time as Markdown, with what its code printed, and `llms.txt`, which lists them."""

from __future__ import annotations

from pathlib import Path

from bs4 import BeautifulSoup
from markdownify import MarkdownConverter
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation, Section
from mkdocs.structure.pages import Page

NOT_TEXT = "a.headerlink, svg, style, script, button, img[src^='data:']"
"""What a reader of text has no use for; captions stay."""

_navigation: Navigation | None = None


def on_nav(nav: Navigation, config: MkDocsConfig, files: object) -> Navigation:
    """Keep the navigation for the end of the build."""
    global _navigation
    _navigation = nav
    return nav


def on_post_build(config: MkDocsConfig) -> None:
    """Write the twins beside the pages, when all references in them are resolved."""
    assert _navigation is not None
    site = Path(config.site_dir)
    for page in _navigation.pages:
        target = site / twin_of(page)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(as_markdown(page.content or ""), encoding="utf-8")
    head = [f"# {config.site_name}", f"> {config.site_description}"]
    lines = [line for item in _navigation.items for line in _listed(item)]
    (site / "llms.txt").write_text("\n\n".join(head) + "\n" + "\n".join(lines) + "\n", encoding="utf-8")


def twin_of(page: Page) -> str:
    """The address of a page's twin below that of the site."""
    return page.file.src_uri


def as_markdown(html: str) -> str:
    """The content of a page as Markdown."""
    soup = BeautifulSoup(html, "html.parser")
    for element in soup.select(NOT_TEXT):
        element.decompose()
    for link in soup.select("a[href$='.html'], a[href*='.html#']"):
        if "://" not in str(link["href"]):
            link["href"] = str(link["href"]).replace(".html", ".md", 1)
    text: str = MarkdownConverter(heading_style="atx", bullets="-", escape_misc=False).convert_soup(soup)
    lines = [line.rstrip() for line in text.strip().splitlines()]
    return "\n".join(line for at, line in enumerate(lines) if line or lines[at - 1]) + "\n"


def _listed(item: object, section: str = "") -> list[str]:
    if isinstance(item, Page):
        return [f"- [{item.title}]({twin_of(item)})"]
    assert isinstance(item, Section)
    title = f"{section}: {item.title}" if section else item.title
    pages = [line for child in item.children if isinstance(child, Page) for line in _listed(child)]
    below = [line for child in item.children if isinstance(child, Section) for line in _listed(child, title)]
    return [f"\n## {title}\n", *pages, *below] if pages else below
