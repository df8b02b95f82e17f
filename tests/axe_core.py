"""Where axe-core is, which finds what keeps people from a page; tests that need it are skipped without it."""

from __future__ import annotations

import importlib.util
import os
from functools import cache
from pathlib import Path

import pytest

PLACE = "AXE_CORE"
"""The environment variable with the path of an ``axe.min.js``."""

PACKAGE = "axe_playwright_python"
"""Of PyPI, has it: ``pip install --no-deps axe-playwright-python`` will do: no test drives Playwright."""

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def axe_file() -> Path | None:
    """The script, if it is here."""
    if given := os.environ.get(PLACE):
        return Path(given) if Path(given).is_file() else None
    found = importlib.util.find_spec(PACKAGE)
    place = Path(found.origin or "").parent / "axe.min.js" if found else None
    return place if place is not None and place.is_file() else None


@cache
def axe_script() -> str:
    """Its text."""
    file = axe_file()
    assert file is not None
    return file.read_text(encoding="utf-8")


needs_axe = pytest.mark.skipif(
    axe_file() is None,
    reason=f"needs axe-core: pip install --no-deps {PACKAGE.replace('_', '-')}, or {PLACE}=PATH",
)
