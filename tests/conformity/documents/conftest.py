"""The documents of a run of which much is stated, and of one of which only the purpose is."""

from __future__ import annotations

import pytest
from documented_runs import documented_run
from example_studies import Study
from measured_runs import PURPOSE

from harness.conformity.all_documents import documents
from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.measured_run import MeasuredRun


@pytest.fixture(scope="session")
def documented(gap_study: Study) -> MeasuredRun:
    return documented_run(gap_study)


@pytest.fixture(scope="session")
def barely_documented(gap_study: Study) -> MeasuredRun:
    return documented_run(gap_study, {"purpose": PURPOSE}, signers=(), issued=None)


@pytest.fixture(scope="session")
def facts(documented: MeasuredRun) -> DocumentFacts:
    return DocumentFacts(documented)


@pytest.fixture(scope="session")
def pages(documented: MeasuredRun) -> dict[str, bytes]:
    made = documents(documented)
    return {path: content for path, content in made.items() if path.endswith(".html")}
