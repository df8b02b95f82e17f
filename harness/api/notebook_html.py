"""The notebook display of a report: a headline table, the worst gaps, and findings about the test."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from harness.api.measurement_report import MeasurementReport

GAPS_IN_NOTEBOOK = 10
GAPS_SHOWN = ["metric", "axis", "worse", "than", "value", "lo", "hi", "verdict"]


def report_html(report: MeasurementReport) -> str:
    """An HTML fragment without scripts; names from the data are escaped."""
    gaps, found = report.gaps, report.findings
    parts = [f"<h4>{escape(report.system)} on {escape(report.dataset)}</h4>", _table(report.table, index=True)]
    if len(gaps):
        more = (
            f" ({len(gaps) - GAPS_IN_NOTEBOOK:,} more in <code>report.gaps</code>)"
            if len(gaps) > GAPS_IN_NOTEBOOK
            else ""
        )
        parts += [
            f"<h5>For whom is it worse?{more}</h5>",
            _table(gaps[GAPS_SHOWN].head(GAPS_IN_NOTEBOOK), index=False),
        ]
    wrong = found[found["verdict"] == "not_met"]
    if len(wrong):
        parts += [
            "<h5>Findings about the test itself</h5>",
            _table(wrong[["name", "about", "sentence", "remedy"]], index=False),
        ]
    parts.append(f"<p>Report: <code>{escape(str(report.page))}</code></p>")
    return "\n".join(parts)


def _table(frame: pd.DataFrame, *, index: bool) -> str:
    html: str = frame.to_html(index=index, escape=True, na_rep="-", float_format="{:.3f}".format, border=0)
    return html
