"""Every document that the scope of a run allows, from the run alone: the same run gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping

from harness.conformity.documents.biometric_report import biometric_report
from harness.conformity.documents.conformity_layers import deployer_layer, supervisor_layer
from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.documents.public_layer import public_layer
from harness.conformity.documents.public_words import LANGUAGES
from harness.conformity.documents.tagged_pdf import tagged_pdf
from harness.conformity.documents.test_report import test_report
from harness.conformity.exports.all_exports import COMPLETENESS, completeness, exports
from harness.conformity.measured_run import MeasuredRun

DOCUMENTS, EXPORTS = "documents", "exports"


def documents(run: MeasuredRun) -> dict[str, bytes]:
    """Relative path → contents.

    Without a conformity route, as for a prohibited practice, there are a test report and a biometric view, headed
    by what the law says, and the exports that need no route; nothing else.

    Args:
        run: what they are made from.
    """
    facts, exported = DocumentFacts(run), exports(run)
    made = {"test_report.html": test_report(facts), "biometric_view.html": biometric_report(facts)}
    if run.scope.conformity_route:
        made |= {f"public.{language}.html": public_layer(facts, language) for language in LANGUAGES}
        made |= {"deployer.html": deployer_layer(facts), "supervisor.html": supervisor_layer(facts, exported)}
    return {
        **{f"{DOCUMENTS}/{name}": content for name, content in made.items()},
        **{f"{EXPORTS}/{one.path}": one.content for one in exported},
        f"{EXPORTS}/{COMPLETENESS}": completeness(run, exported),
    }


def pdf_documents(made: Mapping[str, bytes]) -> dict[str, bytes]:
    """The HTML documents as tagged PDF: relative path → contents. They differ with the fonts of a machine.

    Args:
        made: as `documents` gives it.

    Raises:
        HarnessError: WeasyPrint is not installed.
    """
    pages = {path: page for path, page in made.items() if path.endswith(".html")}
    return {f"{path.removesuffix('.html')}.pdf": tagged_pdf(page) for path, page in pages.items()}
