from __future__ import annotations

from dataclasses import replace
from typing import Any

from example_studies import Study
from measured_runs import STATED, measured_run

from harness.conformity.exports.run_facts import run_facts
from harness.conformity.measured_run import MeasuredRun


def test_parties_are_whole_where_they_have_a_name(run: MeasuredRun) -> None:
    facts = run_facts(run)
    assert facts["dossier.provider.whole"] == ["ACME; 1 Street, Utrecht; info@acme.example"]
    assert facts["dossier.provider.email"] == ["info@acme.example"]
    assert facts["dossier.authorised_representative.whole"] == []


def test_a_telephone_number_is_no_address_for_mail(gap_study: Study) -> None:
    stated = {**STATED, "deployer": {"name": "Shops BV", "contact": "+31 30 000 00 00"}}
    facts = run_facts(measured_run(gap_study, stated))
    assert (facts["dossier.deployer.email"], facts["dossier.deployer.contact"]) == ([], ["+31 30 000 00 00"])


def test_conditions_for_special_categories_name_who_says_so(gap_study: Study) -> None:
    stated = {**STATED, "special_categories": {"e": {"statement": "Deleted on 1 May.", "by": "Anna, officer"}}}
    (line,) = run_facts(measured_run(gap_study, stated))["dossier.special_categories"]
    assert line.startswith("(e) The data are deleted once the bias is corrected")
    assert line.endswith("Deleted on 1 May. (Anna, officer)")


def test_the_system_is_referred_to_by_version_and_weights(run: MeasuredRun) -> None:
    facts = run_facts(run)
    assert facts["model.reference"] == [f"mini-XCEPTION, trained on FER2013, SHA-256 of the weights {'c' * 64}"]
    assert facts["model.changes"] == []


def test_machine_software_and_dates_come_from_the_record(run: MeasuredRun) -> None:
    facts = run_facts(run)
    assert facts["run.hardware"] == ["The test ran on: A CPU, Linux, 2 cores."]
    assert facts["run.software"] == ["Software of the test: Python 3.11.7, numpy 2.1."]
    assert facts["run.dates"] == [
        "The test started 2026-11-20T10:00:00+00:00 and finished 2026-11-20T10:05:00+00:00."
    ]
    empty = run_facts(replace(run, record={}))
    assert [empty[f"run.{name}"] for name in ("hardware", "software", "dates", "code")] == [[], [], [], []]


def test_the_pack_before_and_its_reason(run: MeasuredRun) -> None:
    previous: dict[str, Any] = {
        "id": "0123456789abcdef",
        "manifest_sha256": "a" * 64,
        "reason": "a person withdrew",
    }
    assert run_facts(replace(run, previous=previous))["pack.previous"] == [
        "It follows the pack 0123456789abcdef: a person withdrew."
    ]
    assert run_facts(run)["pack.previous"] == []
