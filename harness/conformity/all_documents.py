"""Every document that the scope of a run allows, from the run alone: the same run gives the same bytes."""

from __future__ import annotations

from harness.conformity.documents.run_facts import RunFacts
from harness.conformity.documents.test_report import test_report
from harness.conformity.measured_run import MeasuredRun


def documents(run: MeasuredRun) -> dict[str, bytes]:
    """Relative path → contents.

    Args:
        run: what they are made from.
    """
    facts = RunFacts(run)
    return {"documents/test_report.html": test_report(facts)}
