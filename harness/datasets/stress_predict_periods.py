"""The periods of a Stress-Predict session in unix time, from a hand-written log and the recording.

The log has 12-hour times without am or pm, in whole minutes. The recording shows which half of the day is meant,
and the presses of the wristband's button show when exactly a task began and ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from harness.datasets.stress_predict_workbooks import LogRow

PeriodName = Literal[
    "consent", "baseline", "stroop", "relax_1", "interview", "relax_2", "hyperventilation", "relax_3",
    "questionnaire", "relax_4",
]  # fmt: skip
TASKS: tuple[PeriodName, ...] = ("stroop", "interview", "hyperventilation")
TOLERANCE_S = 180.0
"""The greatest distance of a button press from the logged start or end that it marks."""

Span = tuple[float, float]


@dataclass(frozen=True)
class Period:
    """A period in unix seconds; `index` counts the person's periods in order of time, from 1."""

    name: str
    index: int
    start_s: float
    end_s: float


def place(row: LogRow, near_s: float, zone: ZoneInfo, presses: Sequence[float] = ()) -> list[Period]:
    """Convert clock times to unix time, in chronological order.

    A clock time without am or pm can mean two times of the day, 12 hours apart; the one nearer to ``near_s``
    (unix), the middle of the recording, is taken. So the order of the tasks does not matter. A period ends at the
    latest where the next one starts; a period that is then empty is left out.

    Args:
        row: the person's row.
        near_s: see above.
        zone: the time zone of the log.
        presses: times of the wristband's button (unix). The start and end of a task move to the nearest press
            within `TOLERANCE_S`, and other periods are shortened where they would overlap. None: use the log.
    """
    logged = {
        name: (moment(row.day, start, near_s, zone), moment(row.day, end, near_s, zone))
        for name, (start, end) in row.periods.items()
    }
    moved = _at_presses(logged, presses) if presses else logged
    spans = sorted((start, end, name) for name, (start, end) in moved.items())
    next_starts = [*(start for start, _, _ in spans[1:]), float("inf")][: len(spans)]
    return [
        Period(name, index, start, min(end, next_start))
        for index, ((start, end, name), next_start) in enumerate(zip(spans, next_starts, strict=True), start=1)
        if start < min(end, next_start)
    ]


def _at_presses(logged: Mapping[str, Span], presses: Sequence[float]) -> dict[str, Span]:
    tasks: dict[str, Span] = {name: _nearest(logged[name], presses) for name in TASKS if name in logged}
    moved: dict[str, Span] = {**logged, **tasks}
    for name in logged.keys() - tasks.keys():
        start, end = logged[name]
        for task_start, task_end in tasks.values():
            start = task_end if task_start <= start < task_end else start
            end = task_start if task_start < end <= task_end else end
        moved[name] = start, end
    return moved


def _nearest(span: Span, presses: Sequence[float]) -> Span:
    """The presses nearest to the start and the end of a task; without one, the log's time.

    Two presses less than half of the logged duration apart are not used: one press may mark only one end.
    """
    starts, ends = ([press for press in presses if abs(press - edge) <= TOLERANCE_S] or [edge] for edge in span)
    pairs = [(start, end) for start in starts for end in ends if 2 * (end - start) >= span[1] - span[0]]
    return min(pairs, key=lambda pair: abs(pair[0] - span[0]) + abs(pair[1] - span[1]), default=span)


def moment(day: date, clock: time, near_s: float, zone: ZoneInfo) -> float:
    """The unix time of a clock time of 12 hours: before or after noon, whichever is nearer to ``near_s``."""
    if clock.hour > 12:
        return datetime.combine(day, clock, zone).timestamp()
    morning = datetime.combine(day, clock.replace(hour=clock.hour % 12))
    candidates = [(morning + timedelta(hours=hours)).replace(tzinfo=zone).timestamp() for hours in (0, 12)]
    return min(candidates, key=lambda candidate: abs(candidate - near_s))
