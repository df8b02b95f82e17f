"""The test names what a constructed system rests on, and nothing of one that can do without any one cue."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from calls_made import LABELS, System, answered_calls, by_level, by_most, by_pitch, heard_by
from pydantic import ValidationError

from harness.practice_tests.customer_service.calls import Calls
from harness.practice_tests.customer_service.service_options import CustomerServiceOptions
from harness.practice_tests.customer_service.service_questions import service_rows

OPTIONS = CustomerServiceOptions(model="made", dataset="d", controls=())


def verdicts(calls: Calls, options: CustomerServiceOptions = OPTIONS) -> dict[str, str | None]:
    return {row.metric: row.verdict for row in service_rows(calls, None, options) if row.judgement}


@pytest.mark.parametrize(
    ("system", "rests_on"), [(by_level, {"loudness"}), (by_pitch, {"pitch"}), (by_most, set[str]())]
)
def test_the_cue_that_a_system_rests_on_is_named(system: System, rests_on: set[str]) -> None:
    found = verdicts(heard_by(system, OPTIONS.conditions))
    assert {metric.partition(":")[2] for metric, verdict in found.items() if verdict == "not_met"} == rests_on
    for cue in set(OPTIONS.cues) - rests_on:
        assert found[f"rests_on:{cue}"] == "met", cue
    for beginning in OPTIONS.beginnings:  # the clips are shorter
        assert found[f"loss_beginning:{beginning}"] == "not_tested"
    assert found["less_than_people"] == "not_tested"


def everybody(answer: Callable[[str, int], str], people: int = 40) -> Calls:
    rows = [(f"p{person:02d}", label) for person in range(people) for label in LABELS]
    answers = [answer(label, number // len(LABELS)) for number, (_, label) in enumerate(rows)]
    return answered_calls(rows, dict.fromkeys(("clean", *OPTIONS.conditions), answers))


def test_only_the_false_alarms_on_calm_speech_are_named() -> None:
    """Half of the people are called sad when they speak calmly; every other answer is right."""
    calls = everybody(lambda label, person: "sadness" if label == "neutral" and person % 2 else label)
    found = verdicts(calls)
    assert found["calm_false_alarm"] == "not_met"
    # 0.5 of neutral, 0 of happiness: a quarter of what is not negative, so means of many calls are off as well
    assert {metric for metric, verdict in found.items() if verdict == "not_met"} == {
        "calm_false_alarm",
        "aggregate_bias:10%",
        "aggregate_bias:30%",
    }


def test_a_system_that_is_always_right_has_no_fault_and_is_shown_to_be_good_with_enough_people() -> None:
    calls = everybody(lambda label, _: label, people=150)
    found = {metric: verdict for metric, verdict in verdicts(calls).items() if metric != "less_than_people"}
    assert set(found.values()) == {"met"}


def test_an_unknown_choice_is_refused() -> None:
    with pytest.raises(ValidationError):
        CustomerServiceOptions(model="m", dataset="d", mixes=(1.0,))
