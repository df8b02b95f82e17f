"""The survey of the nurses at work: ``SurveyResults.xlsx``, one row per event, in local time."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from harness.datasets.workbooks import sheet_rows
from harness.errors import HarnessError

COLUMNS = ("id", "start time", "end time", "date", "stress level")


class Event(NamedTuple):
    """What a nurse said of a stretch of time, in unix seconds; `level` is None where there is no answer."""

    nurse: str
    level: int | None
    start_s: float
    end_s: float


def read_events(path: Path, zone: ZoneInfo) -> list[Event]:
    """All events, in the order of the rows; one that ends before it starts ends on the next day.

    Raises:
        HarnessError: no such workbook, a column is missing, or a cell is no date or time; it names the row.
    """
    rows = sheet_rows(path)
    titles = [str(cell or "").strip().lower() for cell in rows[0]] if rows else []
    if missing := [name for name in COLUMNS if name not in titles]:
        raise HarnessError(
            f"{path.name}: column {', '.join(missing)} is missing. Row 1 reads {', '.join(titles)}."
        )
    places = [titles.index(name) for name in COLUMNS]
    events = []
    for number, row in enumerate(rows[1:], start=2):
        nurse, start, end, day, level = (row[place] for place in places)
        if nurse is None or (level is None and start is None):
            continue
        where = f"{path.name}, row {number}"
        on = _day(day, where)
        begins, ends = (datetime.combine(on, _clock(cell, where).replace(tzinfo=None)) for cell in (start, end))
        try:
            ends += timedelta(days=1) if ends < begins else timedelta(0)
            start_s, end_s = (moment.replace(tzinfo=zone).timestamp() for moment in (begins, ends))
        except (OverflowError, ValueError):
            raise HarnessError(f"{where}: {on} is no day on which anybody was recorded.") from None
        is_number = isinstance(level, int | float) and not isinstance(level, bool)
        answered = int(level) if is_number and level in (0, 1, 2) else None
        events.append(Event(str(nurse).strip().upper(), answered, start_s, end_s))
    return events


def _day(cell: object, where: str) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    for form in ("%Y-%m-%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(str(cell).strip(), form).date()
        except ValueError:
            continue
    raise HarnessError(f"{where}: {cell!r} is not a date.")


def _clock(cell: object, where: str) -> time:
    if isinstance(cell, datetime):
        return cell.time()
    if isinstance(cell, time):
        return cell
    try:
        return time.fromisoformat(str(cell).strip())
    except ValueError:
        raise HarnessError(f"{where}: {cell!r} is not a time such as 09:05:00.") from None
