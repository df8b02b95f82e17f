"""Errors of single calls and of means, worked by hand and drawn."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from calls_made import answered_calls

from harness.practice_tests.customer_service.aggregates import NEVER, aggregate_rows, bias_question
from harness.practice_tests.customer_service.calls import Calls
from harness.practice_tests.customer_service.single_calls import (
    call_question,
    call_row,
    calm_question,
    calm_rows,
)
from harness.practice_tests.questions import answered
from harness.tables.results import Result


def calls_with(hits: int, false: int, people: int = 10) -> Calls:
    """Of ten negative calls of each person so many are heard, and of ten others so many are called negative."""
    rows, answers = [], []
    for person in range(people):
        for number in range(10):
            rows += [(f"p{person}", "anger"), (f"p{person}", "neutral")]
            answers += ["anger" if number < hits else "neutral", "anger" if number < false else "neutral"]
    return answered_calls(rows, {"clean": answers})


def rows_of(calls: Calls, mix: float = 0.1) -> dict[str, Result]:
    return {row.metric: row for row in aggregate_rows(calls, mix, (1, 100), 0.1, 0.95)}


def test_bias_stays_and_spread_shrinks_as_worked_by_hand() -> None:
    calls = calls_with(8, 1)
    (bias,) = answered([bias_question(calls, 0.1, 0.05, 5)], 0.95)
    assert bias.value == pytest.approx(0.1 * (0.8 - 1) + 0.9 * 0.1)  # 0.07
    found = rows_of(calls)
    variance = 0.1 * 0.8 * 0.2 + 0.9 * 0.1 * 0.9  # 0.097
    assert found["aggregate_spread:1"].value == pytest.approx(math.sqrt(variance))
    assert found["aggregate_spread:100"].value == pytest.approx(math.sqrt(variance) / 10)
    assert found["aggregate_error:100"].value == pytest.approx(math.sqrt(0.07**2 + variance / 100))
    assert found["aggregate_calls_needed"].value == math.ceil(variance / (0.1**2 - 0.07**2))
    assert (found["aggregate_error:1"].axis, found["aggregate_error:1"].group) == ("negative_calls", "10%")


def test_a_bias_beyond_the_limit_is_never_outweighed() -> None:
    found = rows_of(calls_with(8, 2))  # off by 0.16
    assert found["aggregate_calls_needed"].value is None
    assert NEVER in str(found["aggregate_calls_needed"].reason)


def test_the_needed_calls_do_not_turn_on_the_last_digit_of_a_float() -> None:
    """No negative call is heard, and of others a fifth is called negative: 0.144 / (0.01 - 0.0064) is 40."""
    assert rows_of(calls_with(0, 2))["aggregate_calls_needed"].value == 40
    at_the_limit = rows_of(calls_with(0, 8), 0.5)  # off by 0.5 * -1 + 0.5 * 0.8, the 0.1 that is allowed
    assert at_the_limit["aggregate_calls_needed"].value is None


def test_drawn_means_are_off_as_much_as_computed() -> None:
    rng, size, mix = np.random.default_rng(0), 50, 0.2
    negative = rng.random((20_000, round(size * mix))) < 0.7
    others = rng.random((20_000, size - round(size * mix))) < 0.1
    errors = np.concatenate([negative, others], axis=1).mean(axis=1) - mix
    (_, error, _) = aggregate_rows(calls_with(7, 1), mix, (size,), 0.1, 0.95)
    assert error.value == pytest.approx(np.sqrt(np.mean(errors**2)), rel=0.02)


def test_the_interval_of_an_error_reaches_as_far_as_the_bias_may() -> None:
    rng = np.random.default_rng(1)
    rows = [(f"p{person}", label) for person in range(20) for label in ("anger", "neutral") * 10]
    shift = np.repeat(rng.random(20), 20)  # people differ in how often they are called negative
    answers = np.where(rng.random(400) < shift, "anger", "neutral").tolist()
    calls = answered_calls(rows, {"clean": answers})
    (bias,) = answered([bias_question(calls, 0.5, 0.05, 5)], 0.95)
    error = rows_of(calls, 0.5)["aggregate_error:100"]
    assert bias.lo is not None
    assert bias.hi is not None
    assert error.hi is not None
    assert error.hi > max(-bias.lo, bias.hi)  # also where the bias itself is near 0


def test_a_single_call_is_measured_where_half_are_negative() -> None:
    calls = calls_with(8, 1)
    (found,) = answered([call_question(calls, 0.2, 5)], 0.95)
    assert found.value == pytest.approx(0.5 * 0.2 + 0.5 * 0.1)
    row = call_row(calls, 0.95)
    assert row is not None
    assert row.value == pytest.approx(found.value)


def test_calls_without_an_answer_stand_beside_those_with_one() -> None:
    """Of each of ten people, one of ten calm calls and two of ten angry ones have no answer."""
    calls = calls_with(8, 1)
    clean = calls.answers["clean"]
    place_n = np.arange(len(calls.subject_n)) % 20
    scored_n = ~np.isin(place_n, (0, 1, 2))  # angry, calm, angry
    answers = replace(clean, scored_n=scored_n, negative_n=clean.negative_n & scored_n)
    calls = replace(calls, answers={"clean": answers})
    (one_call, bias, calm) = answered(
        [call_question(calls, 0.2, 5), bias_question(calls, 0.1, 0.05, 5), calm_question(calls, 0.1, 5)], 0.95
    )
    assert [(row.n_samples, row.n_unscored) for row in (one_call, bias, calm)] == [(170, 30), (170, 30), (90, 10)]
    assert calm.value == pytest.approx(0 / 9)  # the one that was called negative has no answer now
    assert one_call.value == pytest.approx(0.5 * 2 / 8)


def test_without_negative_calls_nothing_is_measured() -> None:
    calls = answered_calls([(f"p{i}", "neutral") for i in range(10)], {"clean": ["neutral"] * 10})
    assert list(aggregate_rows(calls, 0.1, (1,), 0.1, 0.95)) == []
    assert call_row(calls, 0.95) is None
    (found,) = answered([call_question(calls, 0.2, 5)], 0.95)
    assert found.verdict == "not_tested"


def test_calls_without_an_answer_raise_no_alarm_and_are_counted() -> None:
    rows = [(f"p{i}", "neutral") for i in range(10)]
    (row,) = calm_rows(answered_calls(rows, {"clean": ["anger", None] * 5}), 0.95)
    assert (row.value, row.n_samples, row.n_subjects) == (1.0, 5, 5)
