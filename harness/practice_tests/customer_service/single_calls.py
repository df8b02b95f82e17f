"""How often a single call is taken for negative or not negative wrongly, and calm speech for negative.

Only calls with an answer count: whoever gives no answer raises no alarm.

Shapes: n calls, S people; of a person, the four sums `HITS` … `OTHERS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from harness.arrays import Bools, Floats
from harness.metrics.tally import ratio
from harness.practice_tests.customer_service.calls import Calls
from harness.practice_tests.practice_rows import measured_row
from harness.practice_tests.questions import Question
from harness.practice_tests.reasons import Reason, reason
from harness.statistics.skew_corrected import corrected_mean, corrected_of_sums
from harness.statistics.subject_means import SHARE, mean_over_subjects, of_sums_over_subjects
from harness.tables.results import Result
from harness.tables.schemas import CLEAN

HITS, NEGATIVES, FALSE, OTHERS = range(4)
"""Negative calls that were called negative, negative calls, other calls that were called negative, other calls."""

EVEN = 0.5


def negative_sums(calls: Calls) -> tuple[Floats, Floats]:
    """The four sums of each person ``[S, 4]`` over whole calls with an answer, and the calls of each person."""
    answers = calls.answers[CLEAN]
    counted = (
        answers.scored_n & calls.negative_n & answers.negative_n,
        answers.scored_n & calls.negative_n,
        answers.scored_n & ~calls.negative_n & answers.negative_n,
        answers.scored_n & ~calls.negative_n,
    )
    sums_S4 = np.stack(
        [np.bincount(calls.subject_n, weights=one_n).astype(np.float64) for one_n in counted], axis=1
    )
    return sums_S4, sums_S4[:, NEGATIVES] + sums_S4[:, OTHERS]


def rates(sums: Floats) -> tuple[Floats, Floats]:
    """The shares of negative and of other calls that are called negative."""
    return ratio(sums[..., HITS], sums[..., NEGATIVES]), ratio(sums[..., FALSE], sums[..., OTHERS])


def too_few(calls: Calls, least: int) -> Reason | None:
    """Why it cannot be said how well negative calls are told from others; None if it can."""
    sums_S4, size_S = negative_sums(calls)
    if not sums_S4[:, NEGATIVES].any() or not sums_S4[:, OTHERS].any():
        return reason("one_kind")
    num = int((size_S > 0).sum())
    return None if num >= least else reason("too_few", num=num, least=least)


def call_question(calls: Calls, limit: float, least: int) -> Question:
    """Whether few enough single calls are taken wrongly, where half of them are negative."""
    sums_S4, size_S = negative_sums(calls)
    return Question(
        metric="call_error",
        limit=limit,
        better="lower",
        measure=lambda level: corrected_of_sums(sums_S4, _even_error, size_S, level, SHARE),
        too_few=too_few(calls, least),
        columns={**calls.scored(), "chance": EVEN},
    )


def call_row(calls: Calls, level: float) -> Result | None:
    """The same share as a row without a verdict; None where it cannot be measured."""
    if too_few(calls, 2) is not None:
        return None
    sums_S4, size_S = negative_sums(calls)
    found = of_sums_over_subjects(sums_S4, _even_error, size_S, level, SHARE)
    return measured_row("call_wrong", found, level, calls.scored() | {"chance": EVEN})


def _even_error(sums: Floats) -> Floats:
    hits, false = rates(sums)
    return EVEN * (1 - hits) + (1 - EVEN) * false


def calm_question(calls: Calls, limit: float, least: int, metric: str = "calm_false_alarm") -> Question:
    """Whether few enough calls of calm speech are called negative."""
    part_n = calm_speech(calls, CLEAN)
    num = len(np.unique(calls.subject_n[part_n]))
    return Question(
        metric=metric,
        limit=limit,
        better="lower",
        measure=lambda level: corrected_mean(
            calls.answers[CLEAN].negative_n[part_n].astype(np.float64), calls.subject_n[part_n], level, SHARE
        ),
        too_few=None if num >= least else reason("too_few_calm", num=num, least=least),
        columns=calm_columns(calls, CLEAN),
    )


def calm_rows(calls: Calls, level: float) -> Iterator[Result]:
    """The share of calm speech that is called negative, under every condition."""
    for condition, answers in calls.answers.items():
        part_n = calm_speech(calls, condition)
        if part_n.any():
            negative_n = answers.negative_n[part_n].astype(np.float64)
            found = mean_over_subjects(negative_n, calls.subject_n[part_n], level, SHARE)
            yield measured_row("calm_called_negative", found, level, calm_columns(calls, condition))


def calm_speech(calls: Calls, condition: str) -> Bools:
    """Which calls are calm speech that the condition could change, with an answer."""
    answers = calls.answers[condition]
    return calls.calm_n & answers.scored_n & answers.applicable_n


def calm_columns(calls: Calls, condition: str, among_n: Bools | None = None) -> dict[str, Any]:
    """The columns of a row about `calm_speech`, or about some of it."""
    asked_n = calls.calm_n & calls.answers[condition].applicable_n
    return calls.columns(asked_n if among_n is None else asked_n & among_n, condition, answered=True)
