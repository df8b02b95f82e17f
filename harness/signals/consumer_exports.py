"""What people export from their own devices: heart rates, beats and ECG of Polar, Fitbit and Oura.

Times are unix seconds where the file states dates, and are taken as UTC where it states no zone; otherwise they
count from the first value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from harness.arrays import Floats
from harness.errors import Reason, Unscored
from harness.files import json_value, read_text, text_lines
from harness.signals.media import UNITS, Beats
from harness.signals.recording_cut import Series
from harness.signals.undecodable import undecodable

MAX_EXPORT_BYTES = 2**28

_POLAR_ECG = {"timestamp [ms]": 1e-3, "sensor timestamp [ns]": 1e-9}
"""Column that says when a frame was measured → its unit in s; the first that is there is used."""

Found = tuple[Mapping[str, Series], Beats | None]


def read_intervals_text(path: Path) -> Beats:
    """Polar's RR intervals as text: one interval in ms a line, beats counted up from 0 s.

    Raises:
        Unscored: missing, empty, or a line is no positive number.
    """
    lines = [line.strip().replace(",", ".") for line in text_lines(_text(path))]
    interval_ms = _numbers([line for line in lines if line], path.name)
    if not len(interval_ms):
        raise Unscored(Reason.EMPTY, "no intervals")
    if (interval_ms <= 0).any():
        raise Unscored(Reason.UNREADABLE, f"{path.name}: an interval is not above 0 ms")
    return Beats(np.cumsum(interval_ms) / 1e3, interval_ms)


def read_polar_log(path: Path) -> tuple[Floats, dict[str, Floats]]:
    """A file of the Polar Sensor Logger: ``;``-separated, ECG in µV or RR intervals in ms.

    Returns:
        The times in s from the first row, and ``ecg`` (mV) or ``interval_ms``.

    Raises:
        Unscored: missing, or not such a file.
    """
    rows = [line.split(";") for line in text_lines(_text(path)) if line.strip()]
    header = [name.strip().lower() for name in rows[0]] if rows else []
    cells = [row for row in rows[1:] if len(row) == len(header)]
    if "rr-interval [ms]" in header:
        interval_ms = _numbers([row[header.index("rr-interval [ms]")] for row in cells], path.name)
        return np.cumsum(interval_ms) / 1e3, {"interval_ms": interval_ms}
    clock = next((name for name in _POLAR_ECG if name in header), None)
    signal = next((name for name in header if name in ("ecg [uv]", "ecg [µv]")), None)
    if clock is None or signal is None or not cells:
        raise Unscored(
            Reason.UNREADABLE, f"{path.name} has neither RR-interval [ms] nor ecg [uV] with a timestamp"
        )
    ticks = [int(row[header.index(clock)]) if row[header.index(clock)].isdecimal() else -1 for row in cells]
    if min(ticks) < 0:
        raise Unscored(Reason.UNREADABLE, f"{path.name}: a {clock} is no whole number")
    time_s = np.array([tick - ticks[0] for tick in ticks], np.float64) * _POLAR_ECG[clock]
    return time_s, {"ecg": _numbers([row[header.index(signal)] for row in cells], path.name) / 1e3}


def read_json_export(path: Path) -> Found:
    """Fitbit's ``heart_rate-….json`` or Oura's heart rates.

    Fitbit: a list of ``dateTime`` (``03/07/22 08:00:05``) and ``value.bpm``. Oura: ``data``, a list of
    ``timestamp`` (ISO 8601) and ``bpm``.

    Raises:
        Unscored: missing, or in neither form.
    """
    try:
        value = json_value(_text(path))
        entries = value["data"] if isinstance(value, dict) else value
        pairs = [_entry(entry) for entry in entries]
    except (ValueError, KeyError, TypeError):
        raise Unscored(Reason.UNREADABLE, f"{path.name} holds no heart rates of Fitbit or Oura") from None
    return {"heart_rate": in_order(pairs, UNITS["heart_rate"])}, None


def in_order(pairs: Iterable[tuple[float, float]], unit: str | None) -> Series:
    """Pairs of a time and a value as a series in order of time."""
    values = np.array(sorted(pairs), np.float64).reshape(-1, 2)
    return Series(values[:, 0], values[:, 1], unit)


def _entry(entry: Any) -> tuple[float, float]:
    if "dateTime" in entry:
        moment = datetime.strptime(entry["dateTime"], "%m/%d/%y %H:%M:%S").replace(tzinfo=UTC)
        return moment.timestamp(), float(entry["value"]["bpm"])
    moment = datetime.fromisoformat(entry["timestamp"])
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp(), float(entry["bpm"])


def _numbers(cells: list[str], name: str) -> Floats:
    try:
        values = [float(cell) for cell in cells]
    except ValueError:
        raise Unscored(Reason.UNREADABLE, f"{name}: a value is no number") from None
    if not all(map(math.isfinite, values)):
        raise Unscored(Reason.UNREADABLE, f"{name}: a value is not finite")
    return np.array(values, np.float64)


def _text(path: Path) -> str:
    try:
        text = read_text(path, MAX_EXPORT_BYTES)
    except (OSError, ValueError):
        raise undecodable(path, "a text export") from None
    if not text.strip():
        raise Unscored(Reason.EMPTY, "the file holds nothing")
    return text
