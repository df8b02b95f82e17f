from __future__ import annotations

import pytest
from documented_runs import documented_run
from example_studies import Study
from measured_runs import STATED

from harness.conformity.all_documents import documents, pdf_documents

LAYERS = {"public.en.html", "public.nl.html", "deployer.html", "supervisor.html"}
REPORTS = {"test_report.html", "biometric_view.html"}


def names(made: dict[str, bytes]) -> set[str]:
    return {path.partition("/")[2] for path in made if path.startswith("documents/")}


def test_a_high_risk_system_has_all_documents_and_exports(gap_study: Study) -> None:
    made = documents(documented_run(gap_study))
    assert names(made) == LAYERS | REPORTS
    assert "exports/completeness.json" in made
    assert "exports/annex_iv.json" in made


def test_the_same_run_gives_the_same_bytes(gap_study: Study) -> None:
    assert documents(documented_run(gap_study)) == documents(documented_run(gap_study))


@pytest.mark.usefixtures("weasyprint")
def test_documents_become_pdf_where_it_is_asked_for(gap_study: Study) -> None:
    made = documents(documented_run(gap_study))
    only = {path: content for path, content in made.items() if path.startswith(("documents/public.en", "exports"))}
    (found,) = pdf_documents(only).items()
    assert found[0] == "documents/public.en.pdf"
    assert found[1].startswith(b"%PDF-1.7")


@pytest.mark.parametrize(
    "purpose",
    [
        {"domain": "workplace", "exposed_people": ["workers"]},
        {"domain": "education", "exposed_people": ["students"]},
        {"domain": "research", "exposed_people": ["research_participants"]},
    ],
)
def test_without_a_conformity_route_there_is_a_test_report_alone(
    gap_study: Study, purpose: dict[str, object]
) -> None:
    run = documented_run(gap_study, {**STATED, "purpose": {**STATED["purpose"], **purpose}})
    made = documents(run)
    assert names(made) == REPORTS
    assert run.scope.heading.encode()[:20] in made["documents/test_report.html"]
    assert "exports/annex_iv.json" not in made
