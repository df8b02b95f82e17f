"""Every document that the scope of a run allows, from the run alone: the same run gives the same bytes."""

from __future__ import annotations

from harness.conformity.documents.biometric_report import biometric_report
from harness.conformity.documents.conformity_layers import deployer_layer, supervisor_layer
from harness.conformity.documents.run_facts import RunFacts
from harness.conformity.documents.test_report import test_report
from harness.conformity.measured_run import MeasuredRun


def documents(run: MeasuredRun) -> dict[str, bytes]:
    """Relative path → contents.

    Args:
        run: what they are made from.
    """
    facts = RunFacts(run)
    return {
        "documents/test_report.html": test_report(facts),
        "documents/biometric_view.html": biometric_report(facts),
        "documents/deployer.html": deployer_layer(facts),
        "documents/supervisor.html": supervisor_layer(facts),
    }
