"""The two workbooks of Stress-Predict: who did which task when, and the questionnaires' scores.

``Time_logs.xlsx`` was typed by hand: a 12-hour clock without am or pm (1:05 means 13:05), local time, to the
minute.
``Questionnaires_scores.xlsx`` holds one sheet per questionnaire, one row per item, two columns per person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from harness.datasets.workbooks import sheet_rows
from harness.errors import HarnessError

PERIODS: Mapping[str, str] = {
    "consent": "consent",
    "baseline": "baseline/questionniare",
    "stroop": "stroop test",
    "relax_1": "relax",
    "interview": "interview",
    "relax_2": "relax",
    "hyperventilation": "hyperventilation",
    "relax_3": "relax",
    "questionnaire": "questionniare",
    "relax_4": "relax/baseline",
}
"""Our name of each period → its title in the log (as spelled there), in the order of the columns."""

FIRST_PERIOD_COLUMN = 4


@dataclass(frozen=True)
class LogRow:
    """One person's row: clock times as written. `periods` holds those with both a start and an end."""

    subject_id: str
    session_id: str | None
    day: date
    end: time | None
    periods: Mapping[str, tuple[time, time]]

    @property
    def missing(self) -> list[str]:
        """Periods without a start or an end."""
        return [name for name in PERIODS if name not in self.periods]


def read_time_log(path: Path) -> list[LogRow]:
    """Read ``Time_logs.xlsx``. A date that is written once also holds for the rows below it.

    Raises:
        HarnessError: it is not a workbook, its columns are not those of the log, a cell is not a time, a row has
            no date, or a person has two rows. The message names the cell.
    """
    rows = sheet_rows(path)
    columns = _log_columns(rows, path)
    log: list[LogRow] = []
    day: date | None = None
    for number, row in enumerate(rows[2:], start=3):
        cells = [*row, *[None] * (max(columns.values()) + 2 - len(row))]
        if cells[0] is None:
            continue
        where = f"{path.name}, row {number} ({cells[0]})"
        written = cells[columns["date"]]
        day = written.date() if isinstance(written, datetime) else day
        if day is None:
            raise HarnessError(f"{where}: there is no date. Fill the last column of this row.")
        times = {name: tuple(_time(cells[columns[name] + i], where) for i in (0, 1)) for name in PERIODS}
        periods = {name: (a, b) for name, (a, b) in times.items() if a is not None and b is not None}
        end = _time(cells[columns["end time"]], where)
        session = cells[columns["session id"]]
        log.append(LogRow(str(cells[0]).strip(), None if session is None else str(session), day, end, periods))
    twice = sorted({row.subject_id for row in log if sum(row.subject_id == other.subject_id for other in log) > 1})
    if twice:
        raise HarnessError(f"{path.name}: {', '.join(twice)} has more than one row.")
    return log


@dataclass(frozen=True)
class Score:
    """A questionnaire before and after the session: the sum of the items, None where one is missing."""

    before: int | None
    after: int | None


def read_scores(path: Path, sheet: str) -> tuple[dict[str, Score], list[str]]:
    """Read one sheet of ``Questionnaires_scores.xlsx``: subject → score, and totals that differ.

    Raises:
        HarnessError: it is not a workbook, the sheet is missing, or its layout is not the expected one.
    """
    rows = sheet_rows(path, sheet)
    if len(rows) < 4 or [str(cell).strip() for cell in rows[2][1:3]] != ["Before", "After"]:
        raise HarnessError(f"{path.name}, sheet {sheet}: row 3 does not read Before, After. Is this the workbook?")
    items = [row for row in rows[3:] if isinstance(row[0], int)]
    totals = next((row for row in rows if str(row[0]).strip() == "Total"), None)
    scores, problems = {}, []
    for column, subject in enumerate(rows[0][:-1]):
        if not subject:
            continue
        before, after = _sum(items, column), _sum(items, column + 1)
        scores[str(subject).strip()] = Score(before, after)
        written = [totals[i] if totals else None for i in (column, column + 1)]
        problems += [
            f"{path.name}, {sheet}, {subject}: the items add up to {found}, the sheet says {total}"
            for found, total in zip((before, after), written, strict=True)
            if total is not None and found is not None and found != total
        ]
    return scores, problems


def _log_columns(rows: list[tuple[Any, ...]], path: Path) -> dict[str, int]:
    titles = [str(cell or "").strip().lower() for cell in rows[0]] if rows else []
    expected = [*PERIODS.values()]
    found = titles[FIRST_PERIOD_COLUMN : FIRST_PERIOD_COLUMN + 2 * len(expected) : 2]
    if found != expected or not {"end time", "session id", "date"} <= set(titles):
        raise HarnessError(f"{path.name}: row 1 reads {titles}; expected the periods {expected}, then a date.")
    columns = {name: FIRST_PERIOD_COLUMN + 2 * position for position, name in enumerate(PERIODS)}
    return columns | {name: titles.index(name) for name in ("end time", "session id", "date")}


def _time(cell: object, where: str) -> time | None:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    if isinstance(cell, datetime):
        return cell.time()
    if isinstance(cell, time):
        return cell
    try:
        return datetime.strptime(str(cell).strip(), "%H:%M").time()
    except ValueError:
        raise HarnessError(f"{where}: {cell!r} is not a time such as 9:05.") from None


def _sum(items: Sequence[tuple[Any, ...]], column: int) -> int | None:
    marks = [row[column] for row in items if isinstance(row[column], int)]
    return sum(marks) if marks and len(marks) == len(items) else None
