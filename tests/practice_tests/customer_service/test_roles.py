"""Agents and customers: whose calm voice is taken for a complaint."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest
from calls_made import LABELS, MEANINGS, answered_calls, table_of

from harness.practice_tests.customer_service.calls import Calls, calls_of
from harness.practice_tests.customer_service.roles import role_questions, role_rows
from harness.practice_tests.customer_service.service_options import CustomerServiceOptions, ServiceLimits
from harness.practice_tests.customer_service.service_questions import service_rows
from harness.practice_tests.questions import answered
from harness.tables.predictions import predictions_table

ROLES = ("agent", "customer")
LIMITS = ServiceLimits()


def calls(
    answer: Callable[[str, int, str | None], str], roles: tuple[str | None, ...] = ROLES, people: int = 120
) -> Calls:
    """Everybody speaks in one role, and with every emotion twice."""
    rows = [(f"p{person:03d}", label) for person in range(people) for label in (*LABELS, *LABELS)]
    spoken = [roles[number // (2 * len(LABELS)) % len(roles)] for number in range(len(rows))]
    answers = [
        answer(label, number // (2 * len(LABELS)), role)
        for number, ((_, label), role) in enumerate(zip(rows, spoken, strict=True))
    ]
    return answered_calls(rows, {"clean": answers}, spoken)


def verdicts(of: Calls) -> dict[str, str | None]:
    return {row.metric: row.verdict for row in answered(list(role_questions(of, LIMITS, 5)), 0.95)}


def test_a_system_that_takes_calm_agents_for_angry_is_named() -> None:
    """Every second agent; customers are always heard right."""
    found = calls(
        lambda label, person, role: "anger" if (label, role) == ("neutral", "agent") and person % 4 else label
    )
    assert verdicts(found) == {
        "calm_false_alarm_of:agent": "not_met",
        "calm_false_alarm_of:customer": "met",
        "calm_false_alarm_more:agent": "not_met",
    }


def test_a_system_that_hears_both_alike_is_not_blamed() -> None:
    found = verdicts(calls(lambda label, person, role: label))
    assert set(found.values()) == {"met"}


def test_a_single_role_is_measured_and_not_compared() -> None:
    found = calls(lambda label, person, role: label, roles=("agent",))
    assert list(verdicts(found)) == ["calm_false_alarm_of:agent"]


def test_each_of_three_roles_is_compared_with_the_others() -> None:
    found = calls(lambda label, person, role: label, roles=("agent", "customer", "robot"))
    rows = [row for row in answered(list(role_questions(found, LIMITS, 5)), 0.95) if row.statistic == "difference"]
    assert [(row.group, row.versus) for row in rows] == [(role, "rest") for role in ("agent", "customer", "robot")]


def test_calls_without_a_role_are_in_none() -> None:
    found = calls(
        lambda label, person, role: label if role else "anger", roles=("agent", None, "customer"), people=240
    )
    assert found.roles == ["agent", "customer"]
    assert set(verdicts(found).values()) == {"met"}
    assert {row.n_subjects for row in role_rows(found, 0.95)} == {80}


def test_roles_that_are_numbers_are_texts() -> None:
    rows = [(f"p{person}", label) for person in range(6) for label in LABELS]
    samples = table_of(rows).append_column("ctx.role", pa.array([1.0, None, 2.0] * 8))
    answers = predictions_table(
        model="made",
        labels=LABELS,
        sample_id=samples["sample_id"].to_pylist(),
        outcome=["scored"] * 24,
        reason=[None] * 24,
        label=[label for _, label in rows],
    )
    assert calls_of("d", "made", samples, answers, MEANINGS, "ctx.role").roles == ["1", "2"]


def test_too_few_people_in_a_role_are_not_tested() -> None:
    found = verdicts(calls(lambda label, person, role: label, people=8))
    assert set(found.values()) == {"not_tested"}


def test_rows_of_roles_are_the_values_of_their_calls() -> None:
    """Of agents a quarter of calm voices and nothing else is wrong: a recall of 0.75 of one emotion in four."""
    found = calls(
        lambda label, person, role: "anger" if (label, role) == ("neutral", "agent") and person % 8 == 0 else label
    )
    by_name = {(row.metric, row.group): row.value for row in role_rows(found, 0.95)}
    assert by_name["role_recognised", "agent"] == pytest.approx(0.9375)
    assert by_name["role_recognised", "customer"] == 1.0
    assert by_name["calm_called_negative", "agent"] == pytest.approx(0.25)


def test_without_roles_nothing_is_asked_of_them() -> None:
    rows = [(f"p{person}", label) for person in range(6) for label in LABELS]
    options = CustomerServiceOptions(model="m", dataset="d", controls=(), cues={}, beginnings=(), telephone=())
    found = service_rows(answered_calls(rows, {"clean": [label for _, label in rows]}), None, options)
    assert not [row for row in found if row.axis == "role"]
