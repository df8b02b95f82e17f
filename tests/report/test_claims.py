"""Figures that providers state, beside those that were measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError
from stated_claims import STATED, with_claims

from harness.cards.facts import Claim
from harness.report.claims import MeasuredClaim, contradicted, measured_claims, told
from harness.report.levels_table import Results
from harness.report.run_page import Report, render_run

SYSTEM = "fer_mini_xception"
SHIFT = "measured on another dataset than the claim names, which is a test of a shift and no refutation"


def claims(study: Any, *stated: dict[str, Any]) -> list[MeasuredClaim]:
    given = [
        {"metric": "accuracy", "value": 0.5, "dataset": "simulated faces", "source": "paper"} | s for s in stated
    ]
    return measured_claims(with_claims(study.plan, given), study.results)


def verdicts(found: list[MeasuredClaim]) -> list[tuple[str, str | None]]:
    return [(one.judgement.verdict, one.judgement.reason) for one in found]


def test_a_figure_is_compared_with_the_interval_of_its_metric(study: Any) -> None:
    row = Results(study.results, SYSTEM).row(SYSTEM, "accuracy")
    assert row is not None
    values = [row["lo"] - 0.01, row["value"], row["hi"] + 0.01]
    found = claims(study, *({"value": value} for value in values))
    assert [verdict for verdict, _ in verdicts(found)] == ["met", "inconclusive", "not_met"]
    assert [one.row for one in found] == [row] * 3
    assert verdicts(found)[0][1] is verdicts(found)[2][1] is None


@pytest.mark.parametrize("name", ["Simulated faces", "simulated_faces", "SIMULATED-FACES"])
def test_the_dataset_is_known_by_name_and_title(name: str, study: Any) -> None:
    assert verdicts(claims(study, {"value": 0.9, "dataset": name})) == [("not_met", None)]


def test_another_dataset_is_a_shift_and_the_verdict_stands(study: Any) -> None:
    assert verdicts(claims(study, {"value": 0.9, "dataset": "FER2013"})) == [("not_met", SHIFT)]
    assert verdicts(claims(study, {"value": 0.1, "dataset": "FER2013"})) == [("met", SHIFT)]


def test_a_group_is_compared_with_its_own_figure(study: Any) -> None:
    levels = Results(study.results, SYSTEM)
    (female,) = [group for group in levels.groups("sex") if group.name == "female"]
    own = levels.row(SYSTEM, "accuracy", "sex", female)
    assert own is not None
    (found,) = claims(study, {"axis": "sex", "group": "female", "value": own["hi"] + 0.01})
    assert (found.row, found.judgement.verdict) == (own, "not_met")


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ({"metric": "wer"}, "no metric of this harness has this name"),
        ({"value": 66.0}, "no value of this metric, which lies between 0 and 1"),
        ({"metric": "ccc:valence", "value": 0.5}, "not measured here"),
        ({"axis": "sex", "group": "diverse"}, "this group was not measured here"),
        ({"axis": "religion", "group": "none"}, "this group was not measured here"),
    ],
)
def test_what_was_not_measured_is_not_tested(stated: dict[str, Any], reason: str, study: Any) -> None:
    assert verdicts(claims(study, stated)) == [("not_tested", reason)]


def test_lower_errors_are_better(study: Any) -> None:
    found = claims(study, {"metric": "ece", "value": 0.99}, {"metric": "ece", "value": 0.0})
    assert [verdict for verdict, _ in verdicts(found)] == ["met", "not_met"]


def test_each_is_told_in_a_line_and_stands_in_the_page(study: Any, make_report: Callable[..., Report]) -> None:
    stated = [
        {"metric": "accuracy", "value": 0.9, "dataset": "FER<b>2013</b>", "source": "paper"},
        {
            "metric": "uar",
            "value": 0.1,
            "dataset": "simulated_faces",
            "source": "x",
            "axis": "sex",
            "group": "male",
        },
    ]
    plan = with_claims(study.plan, stated)
    first, second = told(measured_claims(plan, study.results))
    row = Results(study.results, SYSTEM).row(SYSTEM, "accuracy")
    assert row is not None
    figures = f"{row['value']:.3f} [{row['lo']:.3f}, {row['hi']:.3f}]"
    assert first == f"{SYSTEM}: accuracy 0.9 on FER<b>2013</b> (paper): measured {figures}, not met ({SHIFT})"
    assert second.startswith(f"{SYSTEM}: uar 0.1 for male (sex) on simulated_faces (x): measured 0.")
    assert second.endswith(", met")
    page = render_run(make_report(study, plan=plan))
    assert "FER&lt;b&gt;2013&lt;/b&gt;" in page
    assert SHIFT in page


def test_only_what_is_worse_on_the_stated_dataset_is_a_contradiction(
    study: Any, make_report: Callable[..., Report]
) -> None:
    found = claims(study, {"value": 0.99}, {"value": 0.1}, {"value": 0.99, "dataset": "FER2013"})
    assert [one.judgement.verdict for one in found] == ["not_met", "met", "not_met"]
    assert [one.is_contradicted for one in found] == [True, False, False]
    assert contradicted(found) == "What was measured contradicts 1 of 3 stated figures."
    assert contradicted(found[1:]) == "What was measured contradicts no stated figure."
    assert contradicted([]) is None
    plan = with_claims(study.plan, [one.claim.model_dump() for one in found])
    brief = render_run(make_report(study, plan=plan)).partition("</dl>")[0]
    row = found[0].row
    assert row is not None
    assert "<strong>What was measured contradicts 1 of 3 stated figures.</strong>" in brief
    assert brief.count("is stated") == 1
    assert f"0.990 is stated, {row['value']:.3f} [{row['lo']:.3f}, {row['hi']:.3f}] measured." in brief
    assert "Stated figures" not in render_run(make_report(study, plan=with_claims(study.plan, [])))


def test_claims_are_a_function_of_plan_and_results_alone(study: Any) -> None:
    """In any order of the rows, and from a plan that was written and read."""
    plan = with_claims(study.plan, [{**STATED, "value": 0.99}, {**STATED, "axis": "sex", "group": "female"}])
    found = measured_claims(plan, study.results)
    again = json.loads(json.dumps(plan))
    assert measured_claims(again, study.results.take(list(range(study.results.num_rows))[::-1])) == found
    assert [one.row is None for one in found] == [False, False]


def test_axis_and_group_belong_together() -> None:
    with pytest.raises(ValidationError, match="axis and group belong together"):
        Claim(metric="uar", value=0.5, dataset="d", source="s", axis="sex")
    with pytest.raises(ValidationError, match="finite"):
        Claim(metric="uar", value=float("nan"), dataset="d", source="s")
