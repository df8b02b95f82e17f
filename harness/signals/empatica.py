"""Empatica E4 wristband recordings, as the device's service exports them: a folder of CSV files.

``BVP``, ``EDA``, ``TEMP``, ``ACC`` and ``HR.csv`` hold the unix time of the first frame, the rate in Hz, then one
frame per row. ``IBI.csv`` holds its start, then rows of (seconds from that start to a beat, seconds since the
previous beat), with gaps of minutes where the device was not sure of any beat. Every file has its own start:
``HR`` begins 10 s after the others. (Source: ``info.txt``, which the device's service puts into every folder.)

Times here are relative to the *session's start*: the (lower) median of the files' own starts, so that one wrong
clock does not shift it.
"""

from __future__ import annotations

import math
import statistics
from codecs import BOM_UTF8
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv

from harness.arrays import Floats
from harness.errors import Reason, Unscored
from harness.signals.beat_intervals import Intervals, beats_between
from harness.signals.covered import require_covered
from harness.signals.media import BEATS, UNITS, Beats, Channel, Recording
from harness.signals.plausible_units import of_beat_times

IBI_FILE = "IBI.csv"
MAX_SENSOR_BYTES = 128 * 2**20
"""More than a battery charge can record: a day of BVP at 64 Hz takes 40 MB."""
MAX_WINDOW_S = 86_400.0
MAX_RATE_HZ = 1_024.0
LAST_START = 2**32
"""The year 2106: a larger number is not a unix time in seconds."""


_MAX_ROW_BYTES = 256


class Sensor(NamedTuple):
    """One file of regular samples: name, number of columns, the device's rate, the factor to our unit."""

    file: str
    num_columns: int
    rate_hz: float
    unit: float = 1.0


SENSORS: Mapping[str, Sensor] = {
    "bvp": Sensor("BVP.csv", 1, 64.0),
    "eda": Sensor("EDA.csv", 1, 4.0),
    "temperature": Sensor("TEMP.csv", 1, 4.0),
    "acceleration": Sensor("ACC.csv", 3, 32.0, unit=1 / 64),
    "heart_rate": Sensor("HR.csv", 1, 1.0),
}
"""Channel → file, brought to the units of `harness.signals.media.UNITS`: the device writes acceleration in 1/64 g.
The heart rate is its own, an average over the 10 s before."""

SENSOR_FILES = (*(sensor.file for sensor in SENSORS.values()), IBI_FILE)
"""What `read_window` opens."""


class Clock(NamedTuple):
    """When a file starts (unix seconds) and its rate (Hz); ``IBI.csv`` has no rate."""

    start_s: float
    rate_hz: float


@dataclass(frozen=True)
class Session:
    """The times that a folder states, in unix seconds; `start_by_file` lists the files that can be read."""

    start_s: float
    end_s: float
    start_by_file: Mapping[str, float]


def read_session(folder: Path, without: Collection[str] = ()) -> Session | None:
    """When the recording starts and ends, by its files except those named; None if no sensor's file can be read.

    Files with an unreadable header are left out here; `read_window` reports them.
    """
    clocks = _clocks(folder, without)
    if not clocks:
        return None
    ends = [
        clocks[s.file].start_s + _num_frames(folder / s.file) / clocks[s.file].rate_hz for s in _present(clocks)
    ]
    starts = {file: clock.start_s for file, clock in clocks.items()}
    return Session(_session_start(clocks), max(ends), starts)


def read_starts(folder: Path, without: Collection[str] = ()) -> tuple[float, Mapping[str, float]] | None:
    """The session's start and that of each file, as `read_session` has them, from the files' heads alone."""
    clocks = _clocks(folder, without)
    return (_session_start(clocks), {file: clock.start_s for file, clock in clocks.items()}) if clocks else None


def read_window(folder: Path, start_s: float, end_s: float) -> Recording:
    """Cut one window ``[start_s, end_s)``, in seconds from the session's start, out of a recording.

    Every channel is cut by its own start and rate, and is NaN outside its file and at empty cells. A file that is
    absent or has no frames gives no channel; one that is not in the format of the device is `Recording.refused`.
    Beats are those whose whole interval lies inside the window; an interval that began before the window is left
    out. Parsed files are cached for the next window.

    Raises:
        Unscored: ``missing_file`` (no sensor's file), ``empty`` (no file holds anything), ``unreadable`` or
            ``too_large`` (no file is in the format of the device), ``too_long`` (more than a day), ``no_signal``
            (nothing was recorded in the window), ``too_short`` (the recording covers too little of it).
    """
    if not 0 < end_s - start_s <= MAX_WINDOW_S:
        raise Unscored(Reason.TOO_LONG, f"a window of {end_s - start_s:g} s; expected up to {MAX_WINDOW_S:g} s")
    clocks = _clocks(folder)
    origin = _session_start(clocks) if clocks else 0.0
    span = origin + start_s, origin + end_s
    channels: dict[str, Channel] = {}
    refused: dict[str, Unscored] = {}
    recorded: list[tuple[float, float]] = []
    for name, sensor in SENSORS.items():
        try:
            found = read_sensor(folder, sensor)
        except Unscored as unscored:
            refused[name] = unscored
            continue
        if found is not None:
            clock, frames = found
            channels[name] = replace(_cut(frames, sensor, clock, *span), unit=UNITS[name])
            recorded.append((clock.start_s, clock.start_s + len(frames) / clock.rate_hz))
    try:
        beats = _beats(folder, *span)
    except Unscored as unscored:
        beats, refused[BEATS] = None, unscored
    window = Recording(end_s - start_s, channels, beats, refused)
    _require_recorded(folder, window)
    require_covered(recorded, *span)
    return window


def _require_recorded(folder: Path, window: Recording) -> None:
    recorded = any(np.isfinite(channel.values).any() for channel in window.channels.values())
    if recorded or (window.channels and window.beats is not None and len(window.beats.time_s)):
        return
    if window.refused:
        raise next(iter(window.refused.values()))
    if window.channels:
        raise Unscored(Reason.NO_SIGNAL, "no sensor recorded in this window")
    files = [sensor.file for sensor in SENSORS.values()]
    if any((folder / file).is_file() for file in files):
        raise Unscored(Reason.EMPTY, "the sensors' files hold nothing")
    raise Unscored(Reason.MISSING_FILE, f"none of {', '.join(files)}")


def read_sensor(folder: Path, sensor: Sensor) -> tuple[Clock, Floats] | None:
    """A file's clock and its frames, (num_frames, num_columns), as the device writes them, NaN at empty cells.

    None where the file is absent or has no head.

    Raises:
        Unscored: it is not in the format of the device (``unreadable``), or ``too_large``.
    """
    path = folder / sensor.file
    if not _has_rows(path, 2):
        return None
    return _read_clock(path), _rows(path, num_header_rows=2, num_columns=sensor.num_columns)


def read_beat_rows(folder: Path) -> tuple[float, Floats] | None:
    """The start of ``IBI.csv`` (unix seconds) and its rows: seconds to a beat, seconds since the one before.

    None where the file is absent or empty.

    Raises:
        Unscored: see `read_sensor`.
    """
    path = folder / IBI_FILE
    if not _has_rows(path, 1):
        return None
    origin, _ = _head(path)
    return origin, _rows(path, num_header_rows=1, num_columns=2)


def read_tags(path: Path) -> list[float]:
    """The times at which the wristband's button was pressed, unix seconds, sorted; other rows are ignored."""
    if not path.is_file() or path.stat().st_size > MAX_SENSOR_BYTES:
        return []
    rows = path.read_text(encoding="utf-8", errors="replace").split()
    return sorted(tag for row in rows if (tag := _number(row)) is not None and 0 <= tag < LAST_START)


def _clocks(folder: Path, without: Collection[str] = ()) -> dict[str, Clock]:
    clocks = {}
    for sensor in (sensor for sensor in SENSORS.values() if sensor.file not in without):
        try:
            clocks[sensor.file] = _read_clock(folder / sensor.file)
        except (OSError, Unscored):
            continue
    return clocks


def _present(clocks: Mapping[str, Clock]) -> list[Sensor]:
    return [sensor for sensor in SENSORS.values() if sensor.file in clocks]


def _session_start(clocks: Mapping[str, Clock]) -> float:
    return statistics.median_low([clock.start_s for clock in clocks.values()])


def _has_rows(path: Path, num_rows: int) -> bool:
    """Whether a file is there and has so many rows; one with fewer holds no frame, as if it were absent."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return len(file.read(4 * _MAX_ROW_BYTES).removeprefix(BOM_UTF8).split()) >= num_rows


def _read_clock(path: Path) -> Clock:
    start_s, rate_hz = _head(path)
    if rate_hz is None or not 0 < rate_hz <= MAX_RATE_HZ:
        raise Unscored(Reason.UNREADABLE, f"{path.name}: row 2 holds no rate")
    return Clock(start_s, rate_hz)


def _head(path: Path) -> tuple[float, float | None]:
    """The start time and the first cell of row 2, None if that is not a number."""
    with path.open("rb") as file:
        rows = [file.readline(_MAX_ROW_BYTES), file.readline(_MAX_ROW_BYTES)]
    start_s, second = (_number(row.decode("utf-8-sig", "replace").split(",")[0]) for row in rows)
    if start_s is None or not 0 <= start_s < LAST_START:
        raise Unscored(Reason.UNREADABLE, f"{path.name}: row 1 holds no start time")
    return start_s, second


def _num_frames(path: Path) -> int:
    with path.open("rb") as file:
        return max(0, sum(block.count(b"\n") for block in iter(lambda: file.read(2**20), b"")) - 2)


def _cut(frames: Floats, sensor: Sensor, clock: Clock, start_s: float, end_s: float) -> Channel:
    first, last = (math.ceil((edge - clock.start_s) * clock.rate_hz - 1e-6) for edge in (start_s, end_s))
    values = np.full((last - first, sensor.num_columns), np.nan)
    low, high = (min(max(edge, 0), len(frames)) for edge in (first, last))
    values[low - first : high - first] = frames[low:high] * sensor.unit
    offset_s = round(clock.start_s + first / clock.rate_hz - start_s, 6)
    return Channel(values[:, 0] if sensor.num_columns == 1 else values, clock.rate_hz, offset_s)


def _beats(folder: Path, start_s: float, end_s: float) -> Beats | None:
    found = read_beat_rows(folder)
    if found is None:
        return None
    origin, rows = found
    time_s, first = np.unique(origin + rows[rows[:, 1] > 0, 0], return_index=True)
    interval_ms = 1000 * rows[rows[:, 1] > 0, 1][first]
    known = np.isfinite(time_s)
    if why := of_beat_times(Beats(time_s[known], interval_ms[known])):
        raise Unscored(Reason.UNREADABLE, f"{IBI_FILE}: {why}")
    return beats_between(Intervals(time_s[known], interval_ms[known]), start_s, end_s)


def _rows(path: Path, num_header_rows: int, num_columns: int) -> Floats:
    status = path.stat()
    if status.st_size > MAX_SENSOR_BYTES:
        raise Unscored(Reason.TOO_LARGE, f"{path.name}: more than {MAX_SENSOR_BYTES // 2**20} MiB")
    return _parse(path, status.st_size, status.st_mtime_ns, num_header_rows, num_columns)


@lru_cache(maxsize=12)
def _parse(path: Path, size: int, modified_ns: int, num_header_rows: int, num_columns: int) -> Floats:  # noqa: ARG001 (a changed file is another key)
    """The numbers below the header, (num_rows, num_columns), NaN for an empty cell; two recordings are cached.

    A last row without a line break is dropped: it was cut off while being written, and its number may be
    incomplete.
    """
    data = path.read_bytes()
    head_end = 0
    for _ in range(num_header_rows):
        head_end = data.find(b"\n", head_end) + 1
    body = data[head_end : data.rfind(b"\n") + 1].rstrip(b"\r\n")
    if not body:
        return np.empty((0, num_columns))
    names = [str(column) for column in range(num_columns)]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(body),
            read_options=pyarrow.csv.ReadOptions(use_threads=False, column_names=names),
            parse_options=pyarrow.csv.ParseOptions(ignore_empty_lines=False, quote_char=False),
            convert_options=pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.float64())),
        )
    except pa.ArrowException:
        raise Unscored(
            Reason.UNREADABLE, f"{path.name}: {_complaint(body, num_columns, num_header_rows)}"
        ) from None
    values = np.column_stack([column.to_numpy() for column in table.columns])
    values[~np.isfinite(values)] = np.nan
    values.setflags(write=False)
    return values


def _complaint(body: bytes, num_columns: int, num_header_rows: int) -> str:
    for number, row in enumerate(body.splitlines(), start=num_header_rows + 1):
        cells = row.decode("utf-8", "replace").strip().split(",")
        if len(cells) != num_columns or any(cell.strip() and _number(cell) is None for cell in cells):
            return f"row {number} is not {num_columns} number{'s' * (num_columns > 1)}"
    return f"not {num_columns} columns of numbers"


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
