from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from documented_runs import Document, documented_run
from example_studies import SYSTEM, Study

from harness.attributes.group import Group
from harness.conformity.documents.biometric_view import AxisView, BiometricView, biometric_view
from harness.conformity.documents.document_facts import DocumentFacts


@pytest.fixture(scope="module")
def view(facts: DocumentFacts) -> BiometricView:
    return biometric_view(facts)


def axis(view: BiometricView, title: str) -> AxisView:
    (found,) = [one for one in view.axes if one.title == title]
    return found


def level(facts: DocumentFacts, metric: str, of_axis: str, group: str) -> dict[str, Any]:
    wanted = {"model": SYSTEM, "metric": metric, "axis": of_axis, "group": group, "statistic": "level"}
    rows = [row for row in facts.run.results.to_pylist() if all(row[k] == v for k, v in wanted.items())]
    (found,) = [row for row in rows if row["kind"] == "metric"]
    return found


def test_failure_to_acquire_is_what_has_no_score(view: BiometricView, facts: DocumentFacts) -> None:
    for group in axis(view, "sex").groups:
        row = level(facts, "coverage", "sex", group.group.name)
        assert group.acquire.rate == pytest.approx(row["n_unscored"] / row["n_samples"])
        assert group.errors.rate == pytest.approx(1 - level(facts, "accuracy", "sex", group.group.name)["value"])


def test_reasons_add_up_to_the_failures(view: BiometricView) -> None:
    for group in axis(view, "sex").groups:
        assert {outcome for outcome, _, _ in group.reasons} <= {"abstained", "failed"}
        assert sum(row["value"] for _, _, row in group.reasons) == pytest.approx(group.acquire.rate)


def test_the_shift_is_the_mean_confidence_of_the_group_less_that_of_all(
    view: BiometricView, facts: DocumentFacts
) -> None:
    def mean(of_axis: str, group: str) -> float:
        rows = [
            row
            for row in facts.run.curves.to_pylist()
            if (row["curve"], row["model"], row["axis"], row["group"]) == ("reliability", SYSTEM, of_axis, group)
        ]
        return float(sum(row["x"] * row["n_samples"] for row in rows) / sum(row["n_samples"] for row in rows))

    for group in axis(view, "sex").groups:
        assert group.confidence is not None
        assert group.confidence.mean == pytest.approx(mean("sex", group.group.name))
        assert group.confidence.shift == pytest.approx(mean("sex", group.group.name) - mean("overall", "all"))


def test_a_group_that_was_not_tested_has_no_numbers(view: BiometricView) -> None:
    small = next(group for group in axis(view, "skin tone").groups if group.group == Group.of("monk_01"))
    assert (small.acquire.rule, small.errors.rate, small.confidence, list(small.reasons)) == (
        "none",
        None,
        None,
        [],
    )


def test_a_phenotypic_measure_is_told_from_a_group(view: BiometricView) -> None:
    assert axis(view, "skin tone").is_phenotypic
    assert not axis(view, "sex").is_phenotypic
    assert axis(view, "skin tone").source == "estimated"


def test_a_phenotypic_measure_stands_beside_group_membership(gap_study: Study) -> None:
    rows = gap_study.results.to_pylist()
    index = next(row for row in rows if row["axis"] == "skin_tone" and row["index"] == "garbe")
    both = index | {"kind": "association", "metric": "association", "index": "cramers_v", "value": 0.41}
    table = gap_study.results.from_pylist(
        [*rows, both | {"other_axis": "sex"}, both | {"axis": "sex", "other_axis": "skin_tone"}],
        gap_study.results.schema,
    )
    view = biometric_view(DocumentFacts(documented_run(replace(gap_study, results=table))))
    assert [(other, row["value"]) for other, row in axis(view, "skin tone").together] == [("sex", 0.41)]
    assert list(axis(view, "sex").together) == []


def test_without_a_phenotypic_measure_it_is_said(gap_study: Study) -> None:
    rows = [row for row in gap_study.results.to_pylist() if "skin_tone" not in row["attributes"]]
    table = gap_study.results.from_pylist(rows, gap_study.results.schema)
    absent = biometric_view(DocumentFacts(documented_run(replace(gap_study, results=table)))).absent
    assert any(text.startswith("A phenotypic measure beside group membership") for text in absent)


def test_what_the_tables_do_not_hold_is_said(view: BiometricView) -> None:
    assert [text.partition(":")[0] for text in view.absent] == [
        "Distribution of the score of each class by group",
        "Response time",
    ]


def test_response_times_stand_by_group_where_they_were_recorded(gap_study: Study) -> None:
    times = [
        {"axis": None, "group": None, "num_samples": 9, "p50": 1.5, "p95": 2.0, "p99": 3.0, "per_second": 0.6},
        {"axis": "sex", "group": "male", "num_samples": 4, "p50": 1.7, "p95": 2.0, "p99": 3.0, "per_second": 0.6},
    ]
    run = documented_run(gap_study)
    view = biometric_view(DocumentFacts(replace(run, record={**run.record, "latency": times})))
    male = next(group for group in axis(view, "sex").groups if group.group.name == "male")
    assert male.times is not None
    assert (male.times.p50, view.all_samples.times and view.all_samples.times.p50) == (1.7, 1.5)


def test_the_index_stands_beside_what_chance_gives(view: BiometricView) -> None:
    title, row = axis(view, "sex").indices[0]
    assert (title, row["metric"], row["null_mean"], row["null_lo"], row["null_hi"]) == (
        "Largest minus smallest",
        "accuracy",
        0.12,
        0.01,
        0.3,
    )


def test_the_page_says_which_rule_holds_per_cell(pages: dict[str, bytes], view: BiometricView) -> None:
    page = Document(pages["documents/biometric_view.html"])
    female = axis(view, "sex").groups[0]
    assert female.errors.rule == "30"
    assert female.errors.within is not None
    assert f"30 {female.errors.within[0]:.3f} to {female.errors.within[1]:.3f}, 90" in page.text
    assert (
        "0.100, for all groups. The larger of what the plan assumed before the first answer (0.100)" in page.text
    )
