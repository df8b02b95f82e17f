from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from documented_runs import documented_run
from example_studies import SYSTEM, Study

from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.documents.shortcomings import Shortcoming, most_mixed, shortcomings
from harness.report.run_curves import Confusion


def named(facts: DocumentFacts) -> dict[str, Shortcoming]:
    return {one.name: one for one in shortcomings(facts)}


def confusion(**counts: dict[str | None, int]) -> Confusion:
    flat = {(label, answer): num for label, of_label in counts.items() for answer, num in of_label.items()}
    return Confusion(tuple(counts), (), (), {}, flat, {})


def with_check(study: Study, **check: Any) -> DocumentFacts:
    rows = study.results.to_pylist()
    row = next(row for row in rows if row["kind"] == "check")
    table = study.results.from_pylist([*rows, row | check], study.results.schema)
    return DocumentFacts(documented_run(replace(study, results=table)))


def test_the_wrong_answer_with_the_largest_share_is_mixed_up_most() -> None:
    found = most_mixed(
        confusion(fear={"fear": 5, "anger": 4, None: 1}, anger={"anger": 90, "fear": 10}, joy={"joy": 2})
    )
    assert found is not None
    assert (found.label, found.answer, found.num, found.of) == ("fear", "anger", 4, 10)


def test_without_wrong_answers_nothing_is_mixed_up() -> None:
    assert most_mixed(confusion(fear={"fear": 5, None: 3})) is None
    assert most_mixed(None) is None


def test_figures_stand_with_their_rows(facts: DocumentFacts) -> None:
    reliability = named(facts)["Reliability"]
    coverage = facts.level("coverage")
    assert coverage is not None
    assert reliability.shown[0].row == coverage
    assert reliability.shown[0].text.startswith(f"Coverage {coverage['value']:.3f} [{coverage['lo']:.3f}")


@pytest.mark.parametrize(
    ("metric", "where"),
    [
        ("determinism", "Reliability"),
        ("frozen", "Reliability"),
        ("blind", "Specificity"),
        ("acted_only", "Generalisability"),
    ],
)
def test_findings_stand_where_they_belong(gap_study: Study, metric: str, where: str) -> None:
    found = named(with_check(gap_study, metric=metric, verdict="not_met", reason="A fault. Remedy: mend it."))
    of_check = {name: [e for e in one.shown if e.verdict == "not_met"] for name, one in found.items()}
    assert [e.text for e in of_check[where]] == ["A fault."]
    assert not any(shown for name, shown in of_check.items() if name != where)


def test_a_check_that_was_not_made_shows_nothing(gap_study: Study) -> None:
    untested = named(with_check(gap_study, metric="blind", verdict="not_tested", reason="No media."))
    assert any("blind control could not be made" in text for text in untested["Specificity"].not_shown)
    tested = named(with_check(gap_study, metric="blind", verdict="met", reason="It looks."))
    assert not any("blind control" in text for text in tested["Specificity"].not_shown)


def test_what_was_not_measured_is_said(facts: DocumentFacts) -> None:
    found = named(facts)
    assert found["Reliability"].not_shown[0].endswith("every sample was asked for once.")
    assert found["Generalisability"].not_shown[0] == "Anything about people: the data are simulated."
    assert "Groups by race, neurodivergence and health: not recorded." in found["Generalisability"].not_shown


def test_repeated_answers_are_no_longer_missing(gap_study: Study) -> None:
    run = documented_run(gap_study)
    again = DocumentFacts(replace(run, plan={**run.plan, "repeats": 3}))
    assert not any("asked for once" in text for text in named(again)["Reliability"].not_shown)


def test_a_system_that_was_asked_again_at_the_end_was_not_asked_once(gap_study: Study) -> None:
    found = named(with_check(gap_study, metric="frozen", verdict="met", reason="It stayed the same."))
    assert found["Reliability"].not_shown[0] == (
        "Whether answers to the same sample stay the same over time: some were asked for again at the end of the "
        "run, and no later."
    )


def test_another_condition_is_shown(gap_study: Study) -> None:
    rows = gap_study.results.to_pylist()
    noisy = [
        row | {"condition": "noise"}
        for row in rows
        if (row["model"], row["axis"], row["statistic"]) == (SYSTEM, "overall", "level")
    ]
    table = gap_study.results.from_pylist([*rows, *noisy], gap_study.results.schema)
    found = named(DocumentFacts(documented_run(replace(gap_study, results=table))))["Reliability"]
    assert any(one.text.startswith("Under the condition noise: Accuracy") for one in found.shown)
    assert not any("only unchanged samples" in text for text in found.not_shown)
