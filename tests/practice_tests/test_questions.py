"""Questions with a limit: the level of their intervals, and the verdict on each side of the limit."""

from __future__ import annotations

from typing import Any

import pytest

from harness.practice_tests.questions import Question, answered
from harness.statistics.intervals import Interval

COLUMNS: dict[str, Any] = {"dataset": "d", "model": "m", "n_samples": 3, "n_subjects": 2, "n_unscored": 0}


def question(better: Any, lo: float, hi: float, limit: float = 0.1, **more: Any) -> Question:
    return Question(
        "x",
        limit,
        better,
        lambda level: ((lo + hi) / 2, Interval(lo, hi, f"at {level:.4f}")),
        columns=COLUMNS,
        **more,
    )


@pytest.mark.parametrize(
    ("better", "lo", "hi", "verdict"),
    [
        ("lower", -0.2, 0.05, "met"),
        ("lower", 0.15, 0.3, "not_met"),
        ("lower", 0.05, 0.15, "inconclusive"),
        ("higher", 0.15, 0.3, "met"),
        ("higher", -0.2, 0.05, "not_met"),
        ("zero", -0.05, 0.08, "met"),
        ("zero", -0.3, -0.2, "not_met"),
        ("zero", -0.3, 0.05, "inconclusive"),
    ],
)
def test_the_interval_decides(better: str, lo: float, hi: float, verdict: str) -> None:
    (row,) = answered([question(better, lo, hi)], 0.95)
    assert (row.verdict, row.threshold, row.kind) == (verdict, 0.1, "practice")


def test_all_verdicts_hold_together() -> None:
    """Four questions that are asked share 5 %; one that has too few people takes no part."""
    rows = answered([question("lower", 0, 0.05)] * 4 + [question("lower", 0, 0.05, too_few="1 subject")], 0.95)
    assert [row.method for row in rows] == ["at 0.9875"] * 4 + [None]
    assert rows[0].level == pytest.approx(0.9875)
    assert (rows[4].verdict, rows[4].reason, rows[4].value) == ("not_tested", "1 subject", None)


def test_without_an_interval_nothing_is_decided() -> None:
    asked = Question("x", 0.1, "lower", lambda level: (0.5, Interval(None, None, None, "alike")), columns=COLUMNS)
    (row,) = answered([asked], 0.95)
    assert (row.verdict, row.reason) == ("inconclusive", "alike")
