"""Every document that the scope of a run allows, from the run alone: the same run gives the same bytes."""

from __future__ import annotations

from harness.conformity.documents.biometric_report import biometric_report
from harness.conformity.documents.conformity_layers import deployer_layer, supervisor_layer
from harness.conformity.documents.public_layer import public_layer
from harness.conformity.documents.public_words import LANGUAGES
from harness.conformity.documents.run_facts import RunFacts
from harness.conformity.documents.test_report import test_report
from harness.conformity.measured_run import MeasuredRun

FOLDER = "documents"


def documents(run: MeasuredRun) -> dict[str, bytes]:
    """Relative path → contents.

    Without a conformity route, as for a prohibited practice, there is a test report with its biometric view, headed
    by what the law says, and nothing else.

    Args:
        run: what they are made from.
    """
    facts = RunFacts(run)
    made = {"test_report.html": test_report(facts), "biometric_view.html": biometric_report(facts)}
    if run.scope.conformity_route:
        made |= {f"public.{language}.html": public_layer(facts, language) for language in LANGUAGES}
        made |= {"deployer.html": deployer_layer(facts), "supervisor.html": supervisor_layer(facts)}
    return {f"{FOLDER}/{name}": content for name, content in made.items()}
