"""The HTML parts of reports in a notebook: without scripts, in a box that can be scrolled."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

NUMBER = " class='number'"
STYLE = (
    "<style>.harness-report{overflow-x:auto}.harness-report li{overflow-wrap:anywhere}"
    ".harness-report th,.harness-report td{text-align:left;vertical-align:top;white-space:normal;max-width:20ch;"
    "overflow-wrap:break-word}"
    ".harness-report .number{text-align:right;white-space:nowrap}</style>"
)
"""Long names break, so that numbers and verdicts stay in sight; what is wider than the page scrolls by itself."""


def fragment(*parts: str) -> str:
    """The parts in one box, whose style holds for them alone."""
    return "\n".join([f"{STYLE}<div class='harness-report'>", *parts, "</div>"])


def table_html(table: pd.DataFrame) -> str:
    """A table without its index: numbers with three decimals, names escaped."""
    import pandas as pd

    numeric = [pd.api.types.is_numeric_dtype(table[name]) for name in table.columns]
    head = "".join(f"<th{NUMBER * of}>{escape(str(name))}</th>" for name, of in zip(table, numeric, strict=True))
    rows = [
        "".join(f"<td{NUMBER * of}>{escape(_shown(value))}</td>" for value, of in zip(row, numeric, strict=True))
        for row in table.itertuples(index=False)
    ]
    body = "\n".join(f"<tr>{cells}</tr>" for cells in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


def list_html(sentences: Sequence[str]) -> str:
    """A list of sentences, escaped."""
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in sentences)}</ul>"


def page_html(page: Path) -> str:
    """Where the whole report is."""
    return f"<p>Report: <code>{escape(str(page))}</code></p>"


def _shown(value: object) -> str:
    if isinstance(value, float):
        return "-" if isnan(value) else f"{value:.3f}"
    return f"{value:,}" if isinstance(value, int) else "-" if value is None else str(value)
