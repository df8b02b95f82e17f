"""The test report: every item that a laboratory's report holds, the results, and how conformity was decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.conformity.documents.decision_rule import beyond_simulated, error_rates, risks
from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.documents.document_page import Layout, document
from harness.conformity.documents.environments import environments
from harness.conformity.documents.report_items import ITEMS, report_items
from harness.conformity.documents.stated_items import Item, asked_items, stated
from harness.report import sections
from harness.report.metric_names import in_display_order
from harness.verdicts.judge import JUDGED

MAX_GAPS = 200
"""Gaps that are listed, the worst first; all are in the results."""

LAYOUT = Layout("Test report", "test_report.html.j2")


def test_report(facts: DocumentFacts) -> bytes:
    """The report as HTML."""
    return document(LAYOUT, facts, report_context(facts))


test_report.__test__ = False  # type: ignore[attr-defined]  # for pytest, which collects functions of this name


def report_context(facts: DocumentFacts) -> dict[str, Any]:
    """What the report shows."""
    items = report_items(facts)
    conditions = Item("", "Test conditions", tuple(environments(facts)))
    rule = Item("", "Decision rule", tuple(_rule(facts)))
    return {
        "asked": asked_items(ITEMS),
        "items": items,
        "conditions": conditions,
        "rule": rule,
        "open": [*items, conditions, rule],
        "headline": sections.headline(facts.results, facts.models),
        "gaps": facts.worst_gaps[:MAX_GAPS],
        "num_more_gaps": max(len(facts.worst_gaps) - MAX_GAPS, 0),
        "verdicts": verdict_counts(facts),
        "rates": error_rates(),
        "risks": risks(facts.plan, compared(facts), facts.run.dossier),
        "beyond": beyond_simulated(facts.plan),
        "opinions": facts.run.dossier.test.remarks,
    }


def compared(facts: DocumentFacts) -> list[str]:
    """The metrics on which groups were compared, in display order."""
    return in_display_order(list(dict.fromkeys(gap.metric for gap in facts.gaps if gap.tolerance is not None)))


def verdict_counts(facts: DocumentFacts) -> Mapping[str, int]:
    """How many gaps have each verdict."""
    return {verdict: sum(gap.verdict == verdict for gap in facts.gaps) for verdict in JUDGED}


def _rule(facts: DocumentFacts) -> list[Any]:
    rule = facts.run.dossier.decision_rule
    return [
        stated("Specification that is tested against", rule.specification, "dossier: decision_rule.specification"),
        stated("Rule as agreed with the customer", rule.statement, "dossier: decision_rule.statement"),
        stated("Agreed with", rule.agreed_with, "dossier: decision_rule.agreed_with"),
    ]
