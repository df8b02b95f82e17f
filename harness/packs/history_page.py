"""The page of a system's history. Everything is escaped; no scripts, no external requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from harness.packs.manifest import Manifest
from harness.packs.pack_history import Change, comparison_name
from harness.report.metric_names import compared_name
from harness.report.templating import template

PAGE = "history.html"


def render_history(packs: Sequence[Manifest], changes: Sequence[Change]) -> str:
    """One HTML file; it links to the pages of the comparisons beside it.

    Args:
        packs: in their order.
        changes: from each to the next.
    """
    functions: dict[str, Callable[..., Any]] = {"metric_name": compared_name, "change_folder": _folder}
    page = template("history.html.j2", functions, "harness.packs")
    return page.render(title=packs[-1].system.title, packs=packs, changes=changes)


def _folder(change: Change) -> str:
    return comparison_name(change.before, change.after)
