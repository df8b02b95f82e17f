from __future__ import annotations

from dataclasses import replace

import pytest
from documented_runs import documented_run
from example_studies import Study
from measured_runs import STATED

from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.documents.report_items import AS_RECEIVED, report_items
from harness.conformity.documents.stated_items import Item, missing
from harness.conformity.measured_run import Deviation, MeasuredRun, Registration, Signer


def items(run: MeasuredRun) -> dict[str, Item]:
    return {item.id: item for item in report_items(DocumentFacts(run))}


def said(item: Item, label: str) -> tuple[str, ...]:
    (entry,) = [entry for entry in item.entries if entry.label == label]
    return tuple(map(str, entry.texts))


def test_there_is_a_field_for_each_item_of_the_standard(documented: MeasuredRun) -> None:
    assert "".join(items(documented)) == "abcdefghijklmnop"


def test_what_nobody_states_is_missing_and_named(barely_documented: MeasuredRun) -> None:
    found = [(item.id, entry.where) for item, entry in missing(items(barely_documented).values())]
    assert ("b", "dossier: laboratory.name") in found
    assert ("c", "dossier: laboratory.place_of_activity") in found
    assert ("e", "dossier: customer.address") in found
    assert ("h", "dossier: test.received") in found
    assert ("j", "given when the pack is signed") in found
    assert ("k", "dossier: test.sampling_plan") in found
    assert ("o", "given when the pack is signed") in found
    assert ("p", "dossier: test.external_results") in found


def test_what_is_stated_is_not_missing(documented: MeasuredRun, gap_study: Study) -> None:
    laboratory = {"name": "Lab", "address": "Delft", "contact": "a@b.example", "place_of_activity": "remote"}
    run = documented_run(gap_study, {**STATED, "laboratory": laboratory})
    found = items(run)
    assert found["b"].missing == found["c"].missing == ()
    assert said(found["c"], "Place") == ("remote",)
    assert said(items(documented)["o"], "Authorised by")[0] == "Anna de Vries, head of the laboratory, Lab BV"


def test_facts_of_the_run_stand_in_their_items(documented: MeasuredRun) -> None:
    found = items(documented)
    assert said(found["d"], "Identification")[0].startswith(documented.pack_id)
    assert said(found["f"], "Plan, SHA-256") == (documented.plan_sha256,)
    assert said(found["g"], "Weights, SHA-256") == ("c" * 64,)
    assert said(found["i"], "Begun") == ("2026-11-20T10:00:00+00:00",)
    assert said(found["k"], "Samples in this run")[0].startswith("840 samples of 40 subjects")


def test_no_signature_before_the_test_is_said(documented: MeasuredRun) -> None:
    assert "no signature" in said(items(documented)["f"], "Plan signed before the test")[0]
    assert said(items(documented)["n"], "Deviations from the signed plan") == (
        "Not known: no plan was signed before the test.",
    )


def test_a_registered_plan_and_its_deviations_are_said(documented: MeasuredRun) -> None:
    signer = Signer("B. Bos", "statistician", "Lab")
    run = replace(
        documented,
        registered=Registration("9" * 64, "2026-11-01T00:00:00+00:00", signer),
        deviations=(Deviation("measure.tolerance", "0.03", "0.05", "B. Bos", "2026-11-02"),),
    )
    found = items(run)
    assert said(found["f"], "Plan signed before the test")[1].endswith("9" * 64)
    assert said(found["n"], "Changed after the plan was signed: measure.tolerance") == (
        "from 0.03 to 0.05",
        "By B. Bos, 2026-11-02.",
    )
    assert [entry.label for entry in found["n"].missing] == ["Why measure.tolerance was changed"]


def test_an_amended_report_names_the_original_and_why(documented: MeasuredRun) -> None:
    before = {"id": "a" * 16, "manifest_sha256": "b" * 64, "reason": "a person withdrew"}
    found = items(replace(documented, previous=before))["d"]
    assert said(found, "Amends the report") == ("a" * 16,)
    assert said(found, "What was amended and why") == ("a person withdrew",)
    silent = items(replace(documented, previous={"id": "a" * 16}))["d"]
    assert [entry.label for entry in silent.missing] == ["Its manifest, SHA-256", "What was amended and why"]


@pytest.mark.parametrize(("by", "is_said"), [("customer", True), ("laboratory", False)])
def test_a_sample_of_the_customer_is_tested_as_received(gap_study: Study, by: str, is_said: bool) -> None:
    run = documented_run(gap_study, {**STATED, "test": {"sample_chosen_by": by}})
    assert (AS_RECEIVED in said(items(run)["l"], "Validity")) == is_said


def test_checks_that_found_something_and_those_not_made_are_said(documented: MeasuredRun, study: Study) -> None:
    found = items(documented)["n"]
    assert said(found, "Checks of the test that found something") == ("label order",)
    assert said(found, "Checks that were not made, or not of everything") == ("near duplicates",)
    assert said(items(documented_run(study))["n"], "Checks of the test") == ("None were made.",)


def test_what_the_customer_supplied_is_marked(gap_study: Study) -> None:
    run = documented_run(gap_study, {**STATED, "test": {"data_from_customer": ["the labels"]}})
    marked = [entry.texts for entry in items(run)["p"].entries if entry.by_customer]
    assert marked == [("the labels",)]
