"""The log of conditions in Wearable HRV: times of day, on the day of the ECG."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from harness.datasets.layout import read_csv
from harness.datasets.wearable_hrv_tables import one_of
from harness.errors import HarnessError, Unscored
from harness.signals.beat_intervals import read_intervals

EVENTS = "test_events.csv"
EVENT_COLUMNS = ("conditions", "datapoint", "timestamp")


class Event(NamedTuple):
    """One condition of the raw recording, in unix seconds."""

    condition: str
    start_s: float
    end_s: float


def read_events(name: str, path: Path, ecg: Path, conditions: list[str], zone: ZoneInfo) -> list[Event]:
    """The conditions in chronological order.

    Args:
        name: of the dataset, for messages.
        path: of the log.
        ecg: the R peaks, whose day it is.
        conditions: that there may be.
        zone: of the times of day.

    Raises:
        HarnessError: a file is missing or malformed; it names file and row.
    """
    for needed in (path, ecg):
        if not needed.is_file():
            raise HarnessError(f"dataset {name}: {needed} is absent; source=intervals needs it.")
    day = _day(ecg, zone)
    edges: dict[str, dict[str, float]] = {}
    for number, row in enumerate(read_csv(path, EVENT_COLUMNS, strict=False), start=1):
        condition = one_of(row["conditions"], conditions, f"{path.name}, row {number}, conditions")
        edge = one_of(row["datapoint"], ("start", "end"), f"{path.name}, row {number}, datapoint")
        edges.setdefault(condition, {})[edge] = _clock(day, row["timestamp"], zone, f"{path.name}, row {number}")
    for condition, found in edges.items():
        if not found.get("start", 0) < found.get("end", 0):
            raise HarnessError(f"{path.name}: {condition} needs a start and a later end.")
    if not edges:
        raise HarnessError(f"{path.name}: there are no conditions.")
    events = [Event(condition, found["start"], found["end"]) for condition, found in edges.items()]
    return sorted(events, key=lambda event: event.start_s)


def _day(ecg: Path, zone: ZoneInfo) -> str:
    try:
        first = read_intervals(ecg, "r_peaks", zone).time_s
    except Unscored as unscored:
        raise HarnessError(f"{ecg}: {unscored.text}. The conditions' day is that of the ECG.") from None
    if not len(first):
        raise HarnessError(f"{ecg}: holds no beats. The conditions' day is that of the ECG.")
    return f"{datetime.fromtimestamp(first[0], UTC).astimezone(zone):%Y-%m-%d}"


def _clock(day: str, text: str, zone: ZoneInfo, where: str) -> float:
    try:
        return datetime.strptime(f"{day} {text}", "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone).timestamp()
    except ValueError:
        raise HarnessError(f"{where}: {text!r} is not a time such as 14:09:20.") from None
