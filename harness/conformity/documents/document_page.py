"""A document as one HTML file, without scripts or requests, whose identification is on every printed page.

The body comes first. What ends a document is made from it: the rows of the results that it cited, and a glossary
of the terms that it used. All text is escaped; the identification is checked, as it also is in the style sheet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from harness.attributes.group import EVERYBODY
from harness.conformity.documents.cited_rows import CitedRows
from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.documents.glossary import glossary
from harness.conformity.documents.stated_items import missing
from harness.known_metrics import facts_of
from harness.report.group_names import axis_name, group_name
from harness.report.latency_table import seconds
from harness.report.metric_names import compared_name, metric_name
from harness.report.templating import template
from harness.verdicts.judge import VERDICTS

PACKAGE = "harness.conformity.documents"


@dataclass(frozen=True)
class Layout:
    """How a document is called and set.

    Attributes:
        kind: what it is, such as ``Test report``.
        template: of its body.
        language: of its text.
        plain: whether it is in plain language, with a glossary of its own.
        rows: the template of the rows that it cites.
    """

    kind: str
    template: str
    language: str = "en"
    plain: bool = False
    rows: str = "rows.html.j2"


def document(
    layout: Layout,
    facts: DocumentFacts,
    context: Mapping[str, Any],
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> bytes:
    """Render a document.

    Args:
        layout: of the document.
        facts: of the run.
        context: what its body shows.
        functions: what its body calls besides the common functions.
    """
    rows = CitedRows(facts.run.results)
    called = {**_functions(facts, rows), **(functions or {})}
    shared = {"facts": facts, "run": facts.run, "plan": facts.plan, "layout": layout}
    shared |= context
    body = Markup(template(layout.template, called, PACKAGE).render(shared))  # noqa: S704 (rendered with autoescape)
    after = {"cited": rows.cited(), "record": facts.run.record}
    if after["cited"]:
        body += Markup(template(layout.rows, called, PACKAGE).render({**shared, **after}))  # noqa: S704
    page = template("document.html.j2", called, PACKAGE).render(
        {
            **shared,
            "body": body,
            "terms": glossary(body, layout.language, plain=layout.plain),
            "identification": identification(facts),
        }
    )
    return page.encode()


def identification(facts: DocumentFacts) -> str:
    """The id of the pack, which stands on every page, also within the style sheet: hexadecimal digits alone.

    Raises:
        ValueError: it is something else.
    """
    if not re.fullmatch(r"[0-9a-f]{8,64}", facts.run.pack_id):
        raise ValueError(f"the id of a pack is made of hexadecimal digits (found {facts.run.pack_id[:80]!r})")
    return facts.run.pack_id


def _functions(facts: DocumentFacts, rows: CitedRows) -> dict[str, Callable[..., Any]]:
    def gap_verdict(gap: Any) -> Markup:
        return rows.gap_link(gap, facts.run.system, VERDICT_NAMES.get(gap.verdict, gap.verdict))

    def verdict_link(row: Mapping[str, Any], verdict: str | None = None) -> Markup:
        name = verdict or row["verdict"]
        return rows.link(row, VERDICT_NAMES.get(name, name))

    return {
        "row_link": rows.link,
        "row_number": rows.number,
        "gap_verdict": gap_verdict,
        "verdict_link": verdict_link,
        "group_name": group_name,
        "axis_name": axis_name,
        "metric_name": metric_name,
        "compared_name": compared_name,
        "seconds": seconds,
        "everybody": lambda group: group == EVERYBODY,
        "range_of": lambda metric: facts_of(metric).range,
        "missing": missing,
    }


VERDICT_NAMES: Mapping[str, str] = {
    **{verdict: verdict.replace("_", " ") for verdict in VERDICTS},
    "found": "found by a search",
}
