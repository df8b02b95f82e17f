"""Beat-to-beat intervals as devices log them: the time of each beat (unix seconds) and the interval that it ended.

There are three kinds of log, whose time stamps mean different things:

- *R peaks* (VU-AMS, an ECG): the local time of each peak, below a text header. These times are correct.
- *Arrivals* (sensors that send to a phone): ``timestamp, rr, since_start``. The timestamp is when the phone
  received the beat, in bursts of up to two seconds. ``since_start`` is the sum of the intervals so far, so it does
  not advance while the device misses beats. `beat_times` combines the two.
- *Sums* (a wristband): ``timestamp,rr``, where the timestamp is the start of the interval; each interval starts
  where the one before ended.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from harness.arrays import Floats
from harness.errors import HarnessError, Reason, Unscored
from harness.files import text_lines
from harness.signals.media import Beats

MAX_INTERVALS_BYTES = 64 * 2**20
SHORTEST_INTERVAL_S = 0.3
"""A smaller lag is not a missed beat: 300 ms is the shortest interval that studies keep."""

LogKind = Literal["r_peaks", "arrivals", "sums"]


class Intervals(NamedTuple):
    """Beats' times (unix seconds, rising) and the intervals (ms) that they end, both of shape (num_beats,)."""

    time_s: Floats
    interval_ms: Floats


def read_intervals(path: Path, kind: LogKind, zone: ZoneInfo) -> Intervals:
    """Read a log. It is cached for the next window.

    Args:
        path: the log.
        kind: what its time stamps mean.
        zone: the time zone of a log that holds local times (R peaks).

    Raises:
        Unscored: ``unreadable`` (a row does not fit the kind of log, or time goes backwards), ``too_large``.
    """
    status = path.stat()
    if status.st_size > MAX_INTERVALS_BYTES:
        raise Unscored(Reason.TOO_LARGE, f"{path.name}: more than {MAX_INTERVALS_BYTES // 2**20} MiB")
    return _parse(path, status.st_size, status.st_mtime_ns, kind, zone)


def beat_times(arrival_s: Floats, elapsed_s: Floats) -> Floats:
    """The times of beats that were logged on arrival, shape (num_beats,), on the clock of the arrivals.

    In a run without missed beats, beat time = elapsed time + a constant offset. A beat cannot arrive before it
    happens, and a missed interval is never added later, so the offset is at most the smallest ``arrival -
    elapsed`` of this beat and all later ones. This lower envelope ignores the delays of bursts and rises where
    beats are missed. A rise shorter than a beat is jitter, not a missed beat. The remaining error is the device's
    smallest delay, which is constant.

    Args:
        arrival_s: when each beat was received.
        elapsed_s: the sum of the intervals up to the end of each beat, as the device counts.
    """
    delay = arrival_s - elapsed_s
    envelope = np.minimum.accumulate(delay[::-1])[::-1]
    offsets = np.empty_like(envelope)
    offset = envelope[0] if len(envelope) else 0.0
    for beat, bound in enumerate(envelope):
        if bound - offset >= SHORTEST_INTERVAL_S:
            offset = bound
        offsets[beat] = offset
    return elapsed_s + offsets


def beats_between(intervals: Intervals, start_s: float, end_s: float) -> Beats:
    """The beats whose whole interval lies in ``[start_s, end_s)``, in seconds from the window's start.

    An interval that began before the window is left out.
    """
    time_s = intervals.time_s - start_s
    whole = (time_s - intervals.interval_ms / 1000 >= -1e-6) & (time_s < end_s - start_s)
    return Beats(time_s[whole], intervals.interval_ms[whole])


def time_zone(name: str) -> ZoneInfo:
    """The rules of a time zone, such as ``Europe/Dublin``.

    Raises:
        HarnessError: neither the system nor the package tzdata knows it.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise HarnessError(f"The time zone {name!r} is not known here. Install the package tzdata.") from None


def subject_of_r_peaks(path: Path) -> str | None:
    """The person named in the header of an R-peak log (``Subject Id: P37``)."""
    with path.open(encoding="utf-8", errors="replace") as file:
        head = file.readline(256)
    return head.partition(":")[2].strip() or None if head.startswith("Subject Id") else None


@lru_cache(maxsize=16)
def _parse(path: Path, size: int, modified_ns: int, kind: LogKind, zone: ZoneInfo) -> Intervals:  # noqa: ARG001 (a changed file is another key)
    lines = text_lines(path.read_text(encoding="utf-8-sig", errors="replace"))
    readers: dict[LogKind, Callable[[Path, list[str], ZoneInfo], Intervals]] = {
        "r_peaks": _r_peaks,
        "arrivals": _arrivals,
        "sums": _sums,
    }
    found = readers[kind](path, lines, zone)
    if not (np.diff(found.time_s) > 0).all():
        raise Unscored(Reason.UNREADABLE, f"{path.name}: the beats' times do not increase")
    for array in found:
        array.setflags(write=False)
    return found


def _r_peaks(path: Path, lines: list[str], zone: ZoneInfo) -> Intervals:
    """Two header lines, then local time, sum of intervals, interval, … The first peak ends no interval."""
    peaks = []
    for number, line in _data(lines, num_header_lines=2):
        cells = line.split("\t")
        try:
            time_s = datetime.strptime(cells[0], "%d-%m-%y/%H:%M:%S.%f").replace(tzinfo=zone).timestamp()
            peaks.append((time_s, float(cells[2])))
        except (ValueError, IndexError):
            raise Unscored(Reason.UNREADABLE, f"{path.name}: row {number} is not a time and an interval") from None
    time_s, interval_ms = _columns(peaks, 2)
    ended = interval_ms > 0
    return Intervals(time_s[ended], interval_ms[ended])


def _arrivals(path: Path, lines: list[str], _: ZoneInfo) -> Intervals:
    arrival, interval, elapsed = _columns(_numbers(path, lines, 3), 3)
    return Intervals(beat_times(arrival / 1000, elapsed / 1000), interval)


def _sums(path: Path, lines: list[str], _: ZoneInfo) -> Intervals:
    start, interval = _columns(_numbers(path, lines, 2), 2)
    return Intervals((start + interval) / 1000, interval)


def _numbers(path: Path, lines: list[str], num_columns: int) -> list[tuple[float, ...]]:
    rows = []
    for number, line in _data(lines, num_header_lines=1):
        try:
            cells = tuple(float(cell) for cell in line.split(","))
        except ValueError:
            cells = ()
        if len(cells) != num_columns or not np.isfinite(cells).all() or cells[1] <= 0:
            raise Unscored(Reason.UNREADABLE, f"{path.name}: row {number} is not {num_columns} numbers")
        rows.append(cells)
    return rows


def _data(lines: list[str], num_header_lines: int) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, start=1):
        if number > num_header_lines and line.strip():
            yield number, line


def _columns(rows: Sequence[tuple[float, ...]], num_columns: int) -> Floats:
    return np.array(rows, dtype=np.float64).reshape(-1, num_columns).T.copy()
