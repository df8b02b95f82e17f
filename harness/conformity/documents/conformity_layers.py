"""The layers of the conformity report for deployers and supervisors; `public_layer` has the one for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from harness.conformity.documents import annex_iv_items, article_13_items
from harness.conformity.documents.decision_rule import error_rates, risks
from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.documents.document_page import Layout, document
from harness.conformity.documents.environments import environments
from harness.conformity.documents.shortcomings import shortcomings
from harness.conformity.documents.stated_items import Item, asked_items
from harness.conformity.documents.test_report import MAX_GAPS, compared, verdict_counts
from harness.conformity.exports.export import Export
from harness.report import sections
from harness.report.group_tables import GroupTable, group_table

DEPLOYER = Layout("Instructions for use", "deployer.html.j2")
SUPERVISOR = Layout("Technical documentation", "supervisor.html.j2")

MAX_GROUPS = 120
"""Of all axes together; all are in the results."""

METRICS_SHOWN = 3
"""Of each group."""

MAX_FINDINGS = 60


@dataclass(frozen=True)
class GroupsOfAxis:
    """The groups of one axis with some of their metrics."""

    attributes: tuple[str, ...]
    metrics: Sequence[str]
    table: GroupTable


def deployer_layer(facts: DocumentFacts) -> bytes:
    """The instructions for use as HTML."""
    items = article_13_items.article_13_items(facts)
    return document(
        DEPLOYER, facts, {**_shared(facts), "items": items, "asked": asked_items(article_13_items.ITEMS)}
    )


def supervisor_layer(facts: DocumentFacts, exports: Sequence[Export] = ()) -> bytes:
    """The technical documentation as HTML.

    Args:
        facts: of the run.
        exports: of the run, whose completeness is shown.
    """
    context = {
        **_shared(facts),
        "items": annex_iv_items.annex_iv_items(facts),
        "asked": annex_iv_items.annex_iv_table(),
        "conditions": Item("", "Test conditions", tuple(environments(facts))),
        "rates": error_rates(),
        "power": facts.power,
        "exports": exports,
        "findings": facts.findings[:MAX_FINDINGS],
        "num_more_findings": max(len(facts.findings) - MAX_FINDINGS, 0),
    }
    return document(SUPERVISOR, facts, context)


def _shared(facts: DocumentFacts) -> dict[str, Any]:
    axes = [_axis(facts, axis, num) for axis, num in facts.shown_axes(MAX_GROUPS)]
    return {
        "shortcomings": shortcomings(facts),
        "headline": sections.headline(facts.results, facts.models),
        "gaps": facts.worst_gaps[:MAX_GAPS],
        "num_more_gaps": max(len(facts.worst_gaps) - MAX_GAPS, 0),
        "verdicts": verdict_counts(facts),
        "risks": risks(facts.plan, compared(facts), facts.run.dossier),
        "axes": axes,
        "num_more_axes": len(facts.results.axes()) - len(axes),
    }


def _axis(facts: DocumentFacts, axis: str, num: int) -> GroupsOfAxis:
    metrics = compared(facts)[:METRICS_SHOWN]
    table = group_table(facts.results, axis, metrics, num)
    shown = [plot.metric for plots in table.plots for plot in plots]
    return GroupsOfAxis(facts.results.attributes(axis), shown, table)
