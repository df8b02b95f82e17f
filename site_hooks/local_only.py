"""Refuses a site that would load anything from elsewhere, whose owner would learn who reads which page."""

from __future__ import annotations

import re
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError

LOADED = {
    "audio": "src",
    "embed": "src",
    "iframe": "src",
    "img": "src",
    "link": "href",
    "object": "data",
    "script": "src",
    "source": "src",
    "video": "src",
}
"""What a browser fetches by itself, by the element that names it."""

ELSEWHERE = re.compile(r"(?:[a-z]+:)?//", re.IGNORECASE)
IN_STYLE = re.compile(r"(?:url\(|@import)\s*['\"]?((?:https?:)?//[^'\")\s]+)", re.IGNORECASE)


def on_post_build(config: MkDocsConfig) -> None:
    """Look through every page and style.

    Raises:
        PluginError: one names an address elsewhere, or a diagram that the theme would fetch a program for.
    """
    site = Path(config.site_dir)
    found = [
        f"{path.relative_to(site)} loads {address}"
        for path in sorted([*site.rglob("*.html"), *site.rglob("*.css")])
        for address in loaded_from_elsewhere(path.read_text(encoding="utf-8"), path.suffix)
    ]
    if found:
        raise PluginError("The site must not load anything from elsewhere:\n" + "\n".join(found))


def loaded_from_elsewhere(text: str, suffix: str) -> list[str]:
    """The addresses that a page or a style would be completed from."""
    if suffix == ".css":
        return IN_STYLE.findall(text)
    soup = BeautifulSoup(text, "html.parser")
    named = [str(one.get(LOADED[one.name], "")) for one in soup.find_all(list(LOADED)) if not _is_a_mention(one)]
    styles = [one.get_text() for one in soup.find_all("style")] + [
        str(one["style"]) for one in soup.select("[style]")
    ]
    diagrams = ["a program for its mermaid diagrams"] if soup.select(".mermaid") else []
    return [
        *(address for address in named if ELSEWHERE.match(address)),
        *(address for style in styles for address in IN_STYLE.findall(style)),
        *diagrams,
    ]


def _is_a_mention(element: Tag) -> bool:
    """Whether it only names an address: that of the page itself, or of the page before or after it."""
    return element.name == "link" and not {"canonical", "prev", "next"}.isdisjoint(element.get("rel") or [])
