from __future__ import annotations

from dataclasses import replace

from documented_runs import Document, documented_run
from example_studies import SYSTEM, Study
from measured_runs import STATED

from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.documents.test_report import MAX_GAPS, compared, test_report, verdict_counts
from harness.conformity.measured_run import MeasuredRun
from harness.wording import FIXED_LINE


def page(run: MeasuredRun) -> Document:
    return Document(test_report(DocumentFacts(run)))


def test_what_is_missing_comes_before_the_items(barely_documented: MeasuredRun) -> None:
    found = page(barely_documented)
    assert "b Laboratory, name (dossier: laboratory.name)" in found.section("missing")
    assert found.text.index("What is missing What nobody") < found.text.index("items a to p The items")
    assert "Missing. To be stated: dossier: laboratory.name" in found.section("item-b")


def test_every_result_over_all_samples_stands_with_interval_and_range(
    pages: dict[str, bytes], facts: DocumentFacts
) -> None:
    text = Document(pages["documents/test_report.html"]).section("results")
    for metric in ("accuracy", "uar", "coverage", "log_loss"):
        row = facts.level(metric)
        assert row is not None
        assert f"{row['value']:.3f} [{row['lo']:.3f}, {row['hi']:.3f}]" in text
    assert "0 to 1" in text


def test_each_gap_has_its_verdict_with_a_link_to_its_row(pages: dict[str, bytes], facts: DocumentFacts) -> None:
    found = Document(pages["documents/test_report.html"])
    table = facts.run.results.to_pylist()
    conformity = found.source.partition('id="conformity"')[2].partition("</section>")[0]
    assert len(facts.worst_gaps) < MAX_GAPS
    assert conformity.count('<td data-label="Verdict"><span class="verdict') == len(facts.worst_gaps)
    for gap in facts.worst_gaps:
        wanted = (SYSTEM, gap.metric, gap.axis, gap.value)
        numbers = [
            number
            for number, row in enumerate(table, 1)
            if (row["model"], row["metric"], row["axis"], abs(row["value"] or 0)) == wanted
        ]
        assert any(f'href="#row-{number}"' in conformity for number in numbers), gap


def test_the_statement_counts_the_verdicts(pages: dict[str, bytes], facts: DocumentFacts) -> None:
    counts = verdict_counts(facts)
    assert sum(counts.values()) == len([gap for gap in facts.gaps if gap.verdict != "found"])
    said = Document(pages["documents/test_report.html"]).section("conformity")
    assert f"Of {sum(counts.values())} gaps, {counts['not_met']}" in said
    assert f"{counts['inconclusive']} inconclusive, {counts['met']} met" in said


def test_the_risks_stand_with_their_source_and_where_they_do_not_apply(
    pages: dict[str, bytes], facts: DocumentFacts
) -> None:
    said = Document(pages["documents/test_report.html"]).section("conformity")
    assert compared(facts) == ["accuracy", "uar", "ece"]
    assert "Accuracy 0.050 the gap between human raters 2.7 % 2.0 %" in said
    assert "benchmarks/validity/README.md" in said
    assert "fewer than 10 subjects, the fewest that were simulated" in said


def test_an_empty_origin_of_a_tolerance_is_shown_as_empty(gap_study: Study) -> None:
    run = documented_run(gap_study, {**STATED, "tolerances_derived_from": {}})
    assert "Accuracy 0.050 Empty." in page(run).section("conformity")


def test_an_amendment_is_announced_at_the_top(documented: MeasuredRun) -> None:
    run = replace(documented, previous={"id": "1234567890abcdef", "reason": "a wrong label"})
    assert "Amended report. It replaces the report 1234567890abcdef: a wrong label." in page(run).text


def test_opinions_are_apart_from_results(gap_study: Study) -> None:
    run = documented_run(gap_study, {**STATED, "test": {"remarks": "Looks promising."}})
    assert page(run).section("opinions").strip().endswith("Looks promising.")


def test_the_report_is_identified_on_every_page_and_ends(pages: dict[str, bytes], documented: MeasuredRun) -> None:
    found = Document(pages["documents/test_report.html"])
    assert f'@bottom-left {{ content: "{documented.pack_id}"' in found.source
    assert "counter(page)" in found.source
    assert found.text.strip().endswith(f"End of test report {documented.pack_id} {FIXED_LINE}")


def test_a_prohibited_practice_heads_the_report(gap_study: Study) -> None:
    purpose = {**STATED["purpose"], "domain": "workplace", "exposed_people": ["workers"]}
    run = documented_run(gap_study, {**STATED, "purpose": purpose})
    heading = "Prohibited practice under Art. 5(1)(f): no conformity route."
    assert run.scope.heading == heading
    text = page(run).text
    assert text.index(heading) < text.index("Contents")


def test_the_report_of_a_system_that_answers_dimensions_only(dimensional_study: Study) -> None:
    text = page(documented_run(dimensional_study)).section("results")
    assert "CCC, valence" in text
