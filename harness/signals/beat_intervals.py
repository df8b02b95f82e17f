"""Beat-to-beat intervals as devices log them: when each beat came (unix seconds), and the interval that it ended.

Three kinds of log, which differ in what their clock means:

- *R peaks* (VU-AMS, an ECG): the local time of each peak, with a text head. The clock is right.
- *Arrivals* (sensors that send to a telephone): ``timestamp, rr, since_start``. The timestamp says when the
  telephone received the beat, in bursts of up to two seconds; ``since_start`` adds up the intervals and so stands
  still while the device loses beats: `beat_times` joins both.
- *Sums* (a wristband): ``timestamp,rr``, the time at which the interval starts; the next one starts where it ends.
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
from harness.signals.media import Beats

MAX_FILE_BYTES = 64 * 2**20
SHORTEST_INTERVAL_S = 0.3
"""A clock that falls behind by less has not lost a beat: 300 ms is the shortest interval that studies keep."""

LogKind = Literal["r_peaks", "arrivals", "sums"]


class Intervals(NamedTuple):
    """Beats' times (unix seconds, rising) and the intervals (ms) that they end, both of shape (num_beats,)."""

    time_s: Floats
    interval_ms: Floats


def read_intervals(path: Path, kind: LogKind, zone: ZoneInfo) -> Intervals:
    """Read a log; it is kept for the next window.

    Args:
        path: the log.
        kind: what its clock means.
        zone: the time zone of a log that holds local times (R peaks).

    Raises:
        Unscored: ``unreadable`` (a row is not what the log's kind says, or time goes back), ``too_large``.
    """
    status = path.stat()
    if status.st_size > MAX_FILE_BYTES:
        raise Unscored(Reason.TOO_LARGE, f"{path.name}: more than {MAX_FILE_BYTES // 2**20} MiB")
    return _parse(path, status.st_size, status.st_mtime_ns, kind, zone)


def beat_times(arrival_s: Floats, elapsed_s: Floats) -> Floats:
    """When beats came that were logged on arrival, shape (num_beats,), in the clock of the arrivals.

    Within a run of beats none of which is lost, beat time = elapsed time + an offset. No beat arrives before it
    comes and lost time never returns, so the offset is at most the smallest ``arrival - elapsed`` from this beat
    on: a lower envelope, which lets the delay of bursts pass and rises where beats are lost. Rises shorter than
    a beat are jitter, not loss. What remains is the device's smallest delay, a constant.

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

    An interval that began before the window belongs to what came before.
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
    """The person named in the head of an R-peak log (``Subject Id: P37``)."""
    with path.open(encoding="utf-8", errors="replace") as file:
        head = file.readline(256)
    return head.partition(":")[2].strip() or None if head.startswith("Subject Id") else None


@lru_cache(maxsize=16)
def _parse(path: Path, size: int, modified_ns: int, kind: LogKind, zone: ZoneInfo) -> Intervals:  # noqa: ARG001 (a changed file is another key)
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    readers: dict[LogKind, Callable[[Path, list[str], ZoneInfo], Intervals]] = {
        "r_peaks": _r_peaks,
        "arrivals": _arrivals,
        "sums": _sums,
    }
    found = readers[kind](path, lines, zone)
    if not (np.diff(found.time_s) > 0).all():
        raise Unscored(Reason.UNREADABLE, f"{path.name}: the beats' times do not rise")
    for array in found:
        array.setflags(write=False)
    return found


def _r_peaks(path: Path, lines: list[str], zone: ZoneInfo) -> Intervals:
    """Two lines of head; then local time, sum of intervals, interval, … The first peak ends no interval."""
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
