from __future__ import annotations

from dataclasses import replace

import pytest
from documented_runs import documented_run
from example_studies import Study
from measured_runs import STATED

from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.documents.environments import environments
from harness.conformity.documents.stated_items import Entry
from harness.conformity.measured_run import MeasuredRun


def entries(run: MeasuredRun) -> dict[str, Entry]:
    return {entry.label: entry for entry in environments(DocumentFacts(run))}


def of_kind(run: MeasuredRun, kind: str) -> MeasuredRun:
    first, *others = run.plan["cards"]["models"]
    cards = {**run.plan["cards"], "models": [first | {"kind": kind}, *others]}
    return replace(run, plan={**run.plan, "cards": cards})


def test_the_client_is_said_with_machine_software_and_code(documented: MeasuredRun) -> None:
    found = entries(documented)
    assert found["Test client, machine"].texts == ("Linux, A CPU, 2 cores", "no graphics processor")
    assert found["Test client, software"].texts == ("Python 3.11.7, numpy 2.1",)
    assert found["Test client, code"].texts == (f"commit {'a' * 40}",)
    assert found["Settings"].texts[0].endswith("1 answer asked of each, conditions: clean")


def test_what_was_installed_is_said_by_its_hash_where_it_was_recorded(documented: MeasuredRun) -> None:
    environment = {**documented.record["environment"], "installed_sha256": "f" * 64}
    recorded = replace(documented, record={**documented.record, "environment": environment})
    assert entries(recorded)["Test client, software"].texts == (
        "Python 3.11.7, numpy 2.1",
        f"SHA-256 of the versions of all installed packages: {'f' * 64}",
    )


@pytest.mark.parametrize("kind", ["http", "chat", "command", "predictions"])
def test_a_system_elsewhere_has_an_environment_that_only_its_provider_knows(
    documented: MeasuredRun, gap_study: Study, kind: str
) -> None:
    assert entries(of_kind(documented, kind))["System under test"].is_missing
    stated = {**STATED, "texts": {"test_report": {"system_environment": "8 H100, CUDA 13"}}}
    run = of_kind(documented_run(gap_study, stated), kind)
    assert entries(run)["System under test"].texts == ("8 H100, CUDA 13",)


def test_a_system_in_the_client_shares_its_environment(documented: MeasuredRun) -> None:
    assert not entries(documented)["System under test"].is_missing
