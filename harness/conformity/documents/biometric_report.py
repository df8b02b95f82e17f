"""The biometric view as a page of its own, and where a run has no groups, what is not there."""

from __future__ import annotations

from harness.conformity.documents.biometric_view import biometric_view
from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.documents.document_page import Layout, document
from harness.report.gap_tables import INDICES

LAYOUT = Layout("Biometric view", "biometric_view.html.j2")


def biometric_report(facts: DocumentFacts) -> bytes:
    """The view as HTML."""
    return document(
        LAYOUT,
        facts,
        {"view": biometric_view(facts), "index_names": list(INDICES.values()), "threshold": _threshold(facts)},
    )


def _threshold(facts: DocumentFacts) -> str:
    """How it was decided what the answer is, and what is searched for before."""
    face, model = facts.plan.get("face") or {}, facts.plan["model"]
    given = (model.get("facts") or {}).get("face") or face
    detector = given.get("detector")
    decided = "The answer is the one that the system gives; the harness sets no threshold on scores."
    if detector in (None, "none"):
        return f"{decided} No detector was used before the system."
    least = given.get("min_score")
    at = "its own least score" if least is None else f"a least score of {least:g}"
    return f"{decided} Before it, faces were found by {detector} with {at}, set in the plan."
