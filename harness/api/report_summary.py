"""What a report shows of itself in a terminal and a notebook: metrics, gaps, what is wrong with the test."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from harness.api.notebook_html import fragment, list_html, page_html, table_html
from harness.attributes.group import THE_REST
from harness.report.check_findings import REMEDY_MARK, Finding, findings
from harness.report.claims import told
from harness.report.numbers import one_line, short
from harness.report.ranked_gaps import FOUND, Gap, gaps
from harness.wording import listed

if TYPE_CHECKING:
    from harness.api.measurement_report import MeasurementReport

GAPS_SHOWN = 10
GAP_FIGURES = ("value", "lo", "hi", "p", "verdict")
SEARCH_TITLE = (
    "Flagged by a search over combinations of attributes on {}: farther from the rest than chance explains, "
    "without interval"
)


@dataclass(frozen=True)
class Section:
    """A part of the summary: a table, or sentences."""

    title: str
    table: pd.DataFrame | None = None
    sentences: Sequence[str] = ()


def summary_text(report: MeasurementReport) -> str:
    """The summary as plain text."""
    parts = [f"{report.system} on {report.dataset}"]
    for section in _sections(report):
        parts += [section.title] if section.title else []
        parts.append(_table_text(section.table) if section.table is not None else _bullets(section.sentences))
    return "\n\n".join(parts)


def summary_html(report: MeasurementReport) -> str:
    """The summary as an HTML fragment without scripts; names from the data are escaped."""
    parts = [f"<h4>{escape(report.system)} on {escape(report.dataset)}</h4>"]
    for section in _sections(report):
        parts += [f"<h5>{escape(section.title)}</h5>"] if section.title else []
        parts.append(table_html(section.table) if section.table is not None else list_html(section.sentences))
    return fragment(*parts, page_html(report.page))


def _sections(report: MeasurementReport) -> Iterator[Section]:
    table = report.table
    yield Section("", table[table["value"].notna()].drop(columns="reason").rename(index=_name).reset_index())
    if absent := _not_measured(table):
        yield Section("Not measured", sentences=absent)
    ranked = gaps(report.results, report.system)
    judged = [gap for gap in ranked if gap.verdict != FOUND]
    if judged:
        more = len(judged) - GAPS_SHOWN
        hint = f" ({more:,} more in report.gaps)" if more > 0 else ""
        yield Section(f"For whom is it worse?{hint}", _gap_table(judged[:GAPS_SHOWN]))
    if flagged := [gap for gap in ranked if gap.verdict == FOUND and _is_news(gap, judged)]:
        title = SEARCH_TITLE.format(_name(flagged[0].metric))
        yield Section(title, sentences=[_flagged(gap) for gap in flagged[:GAPS_SHOWN]])
    if stated := report.measured_claims:
        yield Section("Figures stated by the provider", sentences=list(told(stated)))
    if wrong := [found for found in findings(report.results, report.system) if found.verdict == "not_met"]:
        yield Section("Findings about the test itself", sentences=[_finding(found) for found in wrong])


def _not_measured(table: pd.DataFrame) -> list[str]:
    reasons = table[table["value"].isna()]["reason"].fillna("")
    of_reason = {reason: list(names.index) for reason, names in reasons.groupby(reasons, sort=False)}
    return [f"{listed(names)}: {reason or 'not defined'}" for reason, names in of_reason.items()]


def _gap_table(shown: Sequence[Gap]) -> pd.DataFrame:
    rows = [
        [
            _name(gap.metric),
            _name(gap.axis),
            _name(gap.worse.name),
            _name(gap.than.name),
            *(getattr(gap, of) for of in GAP_FIGURES),
        ]
        for gap in shown
    ]
    return pd.DataFrame(rows, columns=["metric", "axis", "worse", "than", *GAP_FIGURES])


def _name(text: str) -> str:
    return short(one_line(text))


def _is_news(gap: Gap, judged: Sequence[Gap]) -> bool:
    """Whether the search found what the axes do not show: a group that does worse, of no axis that was judged."""
    axes = {other.attributes for other in judged}
    return gap.worse != THE_REST and gap.attributes not in axes


def _flagged(gap: Gap) -> str:
    return f"{_name(gap.worse.name)}: {_name(gap.metric)} is worse by {gap.value:.3f} than for the rest"


def _finding(found: Finding) -> str:
    about = f" ({_name(found.about)})" if found.about else ""
    remedy = f"{REMEDY_MARK} {found.remedy}" if found.remedy else ""
    return " ".join(part for part in (f"{found.name}{about}:", found.sentence, remedy) if part)


def _table_text(table: pd.DataFrame) -> str:
    return str(table.to_string(index=False, float_format="{:.3f}".format, na_rep="-"))


def _bullets(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {one_line(text)}" for text in sentences)
