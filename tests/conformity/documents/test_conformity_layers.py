from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from documented_runs import Document, documented_run
from example_studies import Study
from measured_runs import STATED

from harness.conformity.documents.annex_iv_items import annex_iv_items
from harness.conformity.documents.article_13_items import article_13_items
from harness.conformity.documents.conformity_layers import deployer_layer, supervisor_layer
from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.exports.all_exports import exports
from harness.conformity.measured_run import MeasuredRun
from harness.conformity.written_texts import written_texts


@pytest.mark.parametrize("name", ["deployer", "supervisor"])
def test_the_first_screen_says_what_on_whom_for_whom_worse_and_what_is_not_known(
    pages: dict[str, bytes], name: str
) -> None:
    text = Document(pages[f"documents/{name}.html"]).text
    first = text[text.index("What was tested") : text.index("Contents")]
    assert "To show how often visitors smile." in first
    assert "840 samples of 40 simulated subjects" in first
    assert "sex=female & age=65+ : Accuracy" in first
    assert "found by a search" in first
    assert "Anything about people: the data are simulated." in first


def test_every_item_of_annex_iv_has_its_urn_or_says_that_there_is_none(documented: MeasuredRun) -> None:
    found = {item.id: item for item in annex_iv_items(DocumentFacts(documented))}
    assert list(found)[:3] == ["1(a)", "1(b)", "1(c)"]
    assert len(found) == 23
    assert found["2(g)"].urns == ("urn:nl:aivt:tr:td:1.0:2.g.1", "urn:nl:aivt:tr:td:1.0:2.g.2")
    assert [item.id for item in found.values() if not item.urns] == ["1(g)"]


def test_what_the_run_shows_stands_in_its_item(documented: MeasuredRun) -> None:
    found = {item.id: item for item in annex_iv_items(DocumentFacts(documented))}
    from_run = {name: [e.texts for e in item.entries if e.label == "From the run"] for name, item in found.items()}
    assert str(from_run["7"][0][0]).startswith("ISO/IEC TS 4213, 2022")
    assert any(documented.plan_sha256 in str(text) for text in from_run["2(g)"][0])
    assert from_run["5"] == []


def test_only_people_fill_what_only_people_can_write(gap_study: Study, documented: MeasuredRun) -> None:
    def texts(run: MeasuredRun) -> Mapping[str, list[str]]:
        return {item.id: [entry.label for entry in item.missing] for item in annex_iv_items(DocumentFacts(run))}

    assert texts(documented)["5"] == ["In the provider's words"]
    written = {**STATED, "texts": {"annex_iv": {"5": "See our file."}}}
    assert texts(documented_run(gap_study, written))["5"] == []


def test_every_item_of_article_13_can_be_written_in_the_dossier(documented: MeasuredRun) -> None:
    items = article_13_items(DocumentFacts(documented))
    assert [item.id for item in items][:3] == ["(a)", "(b)(i)", "(b)(ii)"]
    asked = {entry.where.partition("texts.article_13.")[2] for item in items for entry in item.missing}
    assert asked - {""} == set(written_texts()["article_13"].fields)


def test_instructions_show_the_figures_of_groups_with_their_rows(
    pages: dict[str, bytes], facts: DocumentFacts
) -> None:
    page = Document(pages["documents/deployer.html"])
    for group in ("female", "male"):
        rows = [
            row
            for row in facts.run.results.to_pylist()
            if (row["metric"], row["axis"], row["group"], row["kind"], row["statistic"])
            == ("accuracy", "sex", group, "metric", "level")
            and row["model"] == facts.run.system
        ]
        assert f"{rows[0]['value']:.3f} [{rows[0]['lo']:.3f}, {rows[0]['hi']:.3f}]" in page.section("groups")


def test_the_plan_justifies_the_size_of_the_sample(pages: dict[str, bytes]) -> None:
    said = Document(pages["documents/supervisor.html"]).section("size")
    assert "with a probability of 0.8" in said
    assert "sex 2 female and male a gap of 0.147 female and male a gap of 0.147 249 333" in said


def test_a_tolerance_without_an_origin_is_shown_as_empty(gap_study: Study) -> None:
    run = documented_run(gap_study, {**STATED, "tolerances_derived_from": {"uar": "a study"}})
    said = Document(supervisor_layer(DocumentFacts(run))).section("tolerances")
    assert "Accuracy 0.050 Empty." in said
    assert "UAR 0.050 a study" in said


def test_the_completeness_of_exports_stands_with_what_is_still_to_write(documented: MeasuredRun) -> None:
    made = exports(documented)
    said = Document(supervisor_layer(DocumentFacts(documented), made)).section("exports")
    for one in made:
        assert one.path in said
        assert f"{one.completeness.filled} of {one.completeness.fields}" in said


def test_special_categories_are_said_with_who_states_them(gap_study: Study) -> None:
    stated = {**STATED, "special_categories": {"a": {"statement": "No other data would do.", "by": "C. Li, DPO"}}}
    said = Document(supervisor_layer(DocumentFacts(documented_run(gap_study, stated)))).section("deviations")
    assert "Art. 4a(1)(a) No other data would do. (C. Li, DPO)" in said


def test_a_plan_without_power_says_so(documented: MeasuredRun) -> None:
    plan = {key: section for key, section in documented.plan.items() if key != "power"}
    said = Document(supervisor_layer(DocumentFacts(replace(documented, plan=plan)))).section("size")
    assert "it is of an earlier version" in said


def test_shortcomings_say_what_is_shown_and_what_is_not(pages: dict[str, bytes]) -> None:
    said = Document(pages["documents/supervisor.html"]).section("three")
    for name in ("Reliability", "Specificity", "Generalisability"):
        assert name in said
    assert said.count("Not shown by this test:") == 3
    assert "Most often," in said


def test_layers_of_a_system_that_answers_dimensions_only(dimensional_study: Study) -> None:
    facts = DocumentFacts(documented_run(dimensional_study))
    assert b"CCC, valence" in deployer_layer(facts)
    assert b"CCC, valence" in supervisor_layer(facts)
