"""Questions with a stated limit, whose verdicts hold together.

The interval that decides a question is made at a level at which all intervals of a practice test hold at once with
the level that was asked for (Bonferroni): the more is asked, the wider each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.practice_tests.practice_rows import finite
from harness.practice_tests.reasons import Reason, reason
from harness.progress import UNSEEN, Share
from harness.statistics.intervals import Interval
from harness.tables.results import Result
from harness.verdicts.judge import Better, Judgement, judge_limit, not_tested

Measure = Callable[[float], tuple[float, Interval]]
"""The level of an interval → the value, and its interval."""


@dataclass(frozen=True)
class Question:
    """Whether a value keeps to a limit.

    Attributes:
        metric: what is measured.
        limit: that it is compared with.
        better: ``lower``: it may not exceed the limit. ``higher``: it must reach it. ``zero``: its size may not
            exceed it.
        measure: gives the value and its interval at a level; None where there is too little to measure.
        too_few: why there is; None where there is enough.
        columns: further columns of the row: dataset, model, group, numbers of samples and subjects.
    """

    metric: str
    limit: float
    better: Better
    measure: Measure | None
    too_few: Reason | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)


def answered(questions: Sequence[Question], level: float, progress: Share = UNSEEN) -> list[Result]:
    """A row with a verdict for each question.

    Args:
        questions: of one practice test, all of them.
        level: at which all verdicts hold together.
        progress: told of every question.
    """
    num_asked = sum(question.measure is not None and question.too_few is None for question in questions)
    own_level = 1 - (1 - level) / max(num_asked, 1)
    return [_row(question, own_level) for question in progress.each(questions, len(questions))]


def _row(question: Question, level: float) -> Result:
    columns: dict[str, Any] = {
        "metric": question.metric,
        "kind": "practice",
        "threshold": question.limit,
        **question.columns,
    }
    if question.measure is None or question.too_few is not None:
        return Result(value=None, judgement=not_tested(question.too_few or reason("nothing")), **columns)
    value, interval = question.measure(level)
    columns |= {"lo": interval.lo, "hi": interval.hi, "level": level, "method": interval.method}
    return Result(value=finite(value), judgement=_judged(question, interval), **columns)


def _judged(question: Question, interval: Interval) -> Judgement:
    bounds = interval.bounds if interval.bounds is not None else (interval.reason or "no interval")
    return judge_limit(limit=question.limit, interval=bounds, better=question.better)
