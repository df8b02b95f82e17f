"""What less hearing costs, worked by hand."""

from __future__ import annotations

import pytest
from calls_made import answered_calls

from harness.practice_tests.customer_service.calls import Calls
from harness.practice_tests.customer_service.lost_recall import cue_question, loss_question, people_question
from harness.practice_tests.questions import answered
from harness.tables.results import Result

PEOPLE, EACH = 20, 4
ROWS = [
    (f"p{person:02d}", label) for person in range(PEOPLE) for label in ("anger", "neutral") for _ in range(EACH)
]


def answers(right: dict[str, int]) -> list[str]:
    """Of the four calls of each person and label so many right."""
    other = {"anger": "neutral", "neutral": "anger"}
    return [label if number % EACH < right[label] else other[label] for number, (_, label) in enumerate(ROWS)]


def one(question: object) -> Result:
    (row,) = answered([question], 0.95)  # type: ignore[list-item]
    return row


def test_the_loss_is_that_of_the_mean_recall() -> None:
    calls = answered_calls(
        ROWS, {"clean": answers({"anger": 4, "neutral": 3}), "x": answers({"anger": 2, "neutral": 3})}
    )
    row = one(loss_question(calls, "loss", "x", 0.05, 5))
    assert row.value == pytest.approx((1 + 0.75) / 2 - (0.5 + 0.75) / 2)
    assert (row.condition, row.n_samples, row.n_subjects) == ("x", len(ROWS), PEOPLE)
    share = one(cue_question(calls, "cue", "x", 0.5, 5))
    assert share.value == pytest.approx(0.25 / (0.875 - 0.5))


def test_samples_that_cannot_be_changed_are_left_out_on_both_sides() -> None:
    whole, changed = answers({"anger": 4, "neutral": 4}), answers({"anger": 4, "neutral": 4})
    for number in range(0, len(ROWS), EACH):  # the first call of each, answered wrongly when it is whole
        whole[number] = "fear"
    left_out = [None if number % EACH == 0 else one for number, one in enumerate(changed)]
    calls = answered_calls(ROWS, {"clean": whole, "x": left_out})
    row = one(loss_question(calls, "loss", "x", 0.05, 5))
    assert (row.value, row.n_samples) == (0.0, len(ROWS) * 3 // 4)
    nothing = answered_calls(ROWS, {"clean": whole, "x": [None] * len(ROWS)})
    row = one(loss_question(nothing, "loss", "x", 0.05, 5))
    assert row.verdict == "not_tested"
    assert "160 recordings cannot be changed so" in str(row.reason)


def test_who_only_guesses_rests_on_nothing_and_loses_nothing() -> None:
    calls = answered_calls(ROWS, dict.fromkeys(("clean", "x"), answers({"anger": 4, "neutral": 0})))
    for question in (cue_question(calls, "cue", "x", 0.5, 5), loss_question(calls, "loss", "x", 0.05, 5)):
        row = one(question)
        assert (row.verdict, row.value) == ("not_tested", None)
        assert "better than guessing" in str(row.reason)


@pytest.mark.parametrize(("of_people", "verdict"), [(4, "not_met"), (0, "met")])
def test_people_beside_the_system(of_people: int, verdict: str) -> None:
    system = answered_calls(ROWS, {"clean": answers({"anger": 2, "neutral": 2})})
    people: Calls = answered_calls(ROWS, {"clean": answers({"anger": of_people, "neutral": of_people})})
    row = one(people_question(system, people.answers["clean"], 0.05, 5))
    assert row.value == pytest.approx(of_people / 4 - 0.5)
    assert row.verdict == verdict


def test_a_system_that_is_better_without_a_cue_does_not_rest_on_it() -> None:
    calls = answered_calls(
        ROWS, {"clean": answers({"anger": 3, "neutral": 3}), "x": answers({"anger": 4, "neutral": 3})}
    )
    row = one(cue_question(calls, "cue", "x", 0.5, 5))
    assert row.value == pytest.approx(-0.125 / 0.25)
    assert row.verdict == "met"
