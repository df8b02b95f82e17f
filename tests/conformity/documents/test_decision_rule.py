from __future__ import annotations

import re
from pathlib import Path

import pytest
from measured_runs import STATED

from harness.conformity.documents.decision_rule import beyond_simulated, error_rates, risks, tolerance_of
from harness.conformity.documents.document_facts import DocumentFacts
from harness.conformity.dossier import Dossier

STUDY = Path(__file__).parents[3] / "benchmarks" / "validity" / "README.md"


def table(heading: str) -> list[list[str]]:
    section = STUDY.read_text(encoding="utf-8").partition(heading + "\n")[2].partition("\n#")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_figure_is_that_of_the_published_study() -> None:
    published = [
        (metric, groups, study, float(met), float(not_met))
        for metric, groups, study, met, not_met, _ in table(
            "### Verdicts where the true difference lies at the tolerance"
        )
    ]
    stored = [
        (
            one.metric,
            f"{one.groups} of {one.subjects}",
            f"ICC {one.icc:g}, effect -{one.difference:g}",
            one.wrongly_met,
            one.wrongly_not_met,
        )
        for one in error_rates().verdicts
    ]
    assert stored == published


def test_whole_reports_are_those_of_the_published_study() -> None:
    published = {
        (int(num), system): float(not_met) for num, system, _, _, _, _, not_met, _ in table("## Whole reports")
    }
    for one in error_rates().whole_reports.not_met:
        assert one.fair == published[one.subjects, "fair"]
        assert one.worse == published[one.subjects, "worse in one age"]
    assert re.search(r"\b50 clips each\b", STUDY.read_text(encoding="utf-8"))


def test_the_largest_of_the_simulated_conditions_counts(facts: DocumentFacts) -> None:
    found = {
        risk.title: risk for risk in risks(facts.plan, ["accuracy", "coverage", "recall:anger"], facts.run.dossier)
    }
    assert (found["Accuracy"].false_accept, found["Accuracy"].false_reject) == (2.7, 2.0)
    assert (found["Coverage"].false_accept, found["Coverage"].false_reject) == (4.0, 2.7)
    assert found["Recall, anger"].false_accept is None  # nobody has simulated it


def test_a_tolerance_has_its_origin_or_none(facts: DocumentFacts) -> None:
    (stated,) = risks(facts.plan, ["uar"], facts.run.dossier)
    assert stated.derived_from == "the gap between human raters"
    silent = Dossier.model_validate({**STATED, "tolerances_derived_from": {"ece": "a study"}})
    assert [one.derived_from for one in risks(facts.plan, ["uar", "ece"], silent)] == [None, "a study"]
    assert tolerance_of(facts.plan, "ece") == 0.03
    assert tolerance_of(facts.plan, "recall:anger") == 0.05


def test_what_was_not_simulated_is_named(facts: DocumentFacts) -> None:
    (small, wide) = beyond_simulated(facts.plan)
    assert small.startswith(
        "18 groups with fewer than 10 subjects, the fewest that were simulated: 18-29 (age, 8)"
    )
    assert wide == "More than 6 groups, the most that were simulated for verdicts: skin tone and sex*age."


@pytest.mark.parametrize(("level", "said"), [(0.95, False), (0.9, True)])
def test_another_confidence_level_was_not_simulated(facts: DocumentFacts, level: float, said: bool) -> None:
    plan = {**facts.plan, "measure": {**facts.plan["measure"], "level": level}, "attributes": {"groups": {}}}
    assert beyond_simulated(plan) == (["The confidence level is 90 %; 95 % was simulated."] if said else [])
