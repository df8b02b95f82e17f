"""Where the log, the recording and the button presses of a person in Stress-Predict contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from harness.datasets.stress_predict_periods import TASKS, TOLERANCE_S, Period, moment
from harness.datasets.stress_predict_windows import Recorded
from harness.signals.empatica import Session
from harness.signals.empatica_oddities import file_oddities


def oddities(person: Recorded, folder: Path, presses: list[float], zone: ZoneInfo) -> Iterator[str]:
    """Where a person's log, recording and presses contradict each other by more than `TOLERANCE_S`, one line each.

    Args:
        person: the row of the log with its recording.
        folder: of the recording.
        presses: of the wristband's button, unix seconds.
        zone: of the log's times.
    """
    row, session, periods = person
    yield from file_oddities(folder)
    if row.missing:
        yield f"the log has no times for {', '.join(row.missing)}"
    for period in periods:
        outside = max(session.start_s - period.start_s, period.end_s - session.end_s)
        if period.name != "consent" and outside > TOLERANCE_S:
            yield f"{period.name} lies up to {outside:.0f} s outside the recording"
    if row.end and periods:
        difference = moment(row.day, row.end, periods[-1].end_s, zone) - periods[-1].end_s
        if abs(difference) > TOLERANCE_S:
            yield f"the log's session ends {difference:+.0f} s from the end of its last period"
    yield from _tag_oddities(presses, session, periods)


def _tag_oddities(tags: list[float], session: Session, periods: list[Period]) -> Iterator[str]:
    inside = [tag for tag in tags if session.start_s <= tag <= session.end_s]
    for tag in sorted({*tags} - {*inside}):
        when = f"{datetime.fromtimestamp(tag, UTC):%Y-%m-%d %H:%M:%S} UTC"
        yield f"the button press at {when} lies outside the recording"
    for period in periods:
        if period.name not in TASKS or not inside:
            continue
        for edge, moment_s in (("start", period.start_s), ("end", period.end_s)):
            distance = min(abs(tag - moment_s) for tag in inside)
            if distance > TOLERANCE_S:
                yield f"the logged {edge} of {period.name} is {distance:.0f} s from any button press"
