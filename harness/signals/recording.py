"""A recording as a table (CSV or Parquet) → channels, each on its own clock.

One row per moment: ``time_s``, and whatever was measured then. Channels may share the table at different rates: an
empty cell is a moment at which that channel has no frame. A column is a channel if it has a name that is known, or
states its unit in brackets: ``Fz [µV]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from harness.arrays import Floats
from harness.errors import Reason, Unscored
from harness.signals.covered import require_covered
from harness.signals.media import BEATS, UNITS, Beats, Channel, Recording
from harness.signals.plausible_units import MIN_RATE_HZ, of_beat_times, of_intervals
from harness.signals.recording_files import read_recording_file
from harness.signals.recording_table import AXES, INTERVALS, RECORDED_CHANNELS, STATED_UNIT, read_recording_table

MAX_RECORDING_FRAMES = 50_000_000

_MAX_JITTER = 0.5
"""How far a frame may be from its place on the even grid, in frames."""


def decode(path: Path, start_s: float | None = None, end_s: float | None = None) -> Recording:
    """Read a recording, or a window of it.

    Columns: ``time_s`` (rising), ``bvp``, ``ecg`` (mV), ``eda`` (µS), ``temperature`` (°C), ``acceleration_x``,
    ``_y`` and ``_z`` (g), ``interval_ms`` in the row of the beat that ends the interval, under any of their
    spellings (`harness.signals.recording_table`), and any ``name [unit]``, which becomes the channel ``name``.
    Others are ignored.

    Args:
        path: the file: ``.parquet``, a format of `harness.signals.recording_files`, or else CSV.
        start_s: where the window begins on the clock of ``time_s``; None for the first row.
        end_s: where it ends (exclusive); None for the last row.

    Raises:
        Unscored: missing, unreadable, over 256 MiB; no row in the window, or its rows cover too little of it
            (`harness.signals.covered`); ``time_s`` does not increase; no channel that is known and can be used.
            Where one of several cannot be used (text, uneven frames, another unit), it is `Recording.refused`.
    """
    if (read := read_recording_file(path, start_s, end_s)) is not None:
        return read
    time_s, columns, broken = read_recording_table(path)
    if not np.isfinite(time_s).all() or (np.diff(time_s) <= 0).any():
        raise Unscored(Reason.UNREADABLE, "time_s does not increase from row to row")
    _require_seconds(time_s, columns)
    start = float(time_s[0]) if start_s is None else start_s
    end = float(time_s[-1]) if end_s is None else end_s
    inside = (time_s >= start) & ((time_s < end) if end_s is not None else True)
    if not inside.any():
        raise Unscored(Reason.EMPTY, f"no rows between {start:g} and {end:g} s")
    step_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0
    require_covered([(float(time_s[0]), float(time_s[-1]) + step_s)], start, end)
    window = {name: values[inside] for name, values in columns.items()}
    return _recording(time_s[inside] - start, window, broken, end - start)


def _require_seconds(time_s: Floats, columns: Mapping[str, Floats]) -> None:
    """Check the clock of a whole file: a window in s of one in ms would hold next to nothing."""
    frames = {name: time_s[np.isfinite(columns[name])] for name in {*MIN_RATE_HZ, AXES[0]} & columns.keys()}
    slow: list[bool] = [
        bool(1.0 / np.median(np.diff(of)) < MIN_RATE_HZ.get(name, MIN_RATE_HZ["acceleration"]))
        for name, of in frames.items()
        if len(of) > 1
    ]
    if INTERVALS in columns:
        beats = _beats(time_s, columns[INTERVALS])
        if len(beats.time_s) > 1 and of_intervals(beats.interval_ms) is None:
            slow.append(of_beat_times(beats) is not None)
    if slow and all(slow):
        raise Unscored(Reason.UNREADABLE, "time_s is not in s: its rows are too far apart, as if it were in ms")


def _recording(time_s: Floats, columns: dict[str, Floats], broken: Iterable[str], duration_s: float) -> Recording:
    refused = {_channel_of(column): Unscored(Reason.UNREADABLE, f"{column} holds text") for column in broken}
    signals, other_units = _named(columns)
    refused |= other_units
    if all(axis in columns for axis in AXES):
        signals["acceleration"] = np.stack([columns[axis] for axis in AXES], axis=1), UNITS["acceleration"]
    channels: dict[str, Channel] = {}
    for name, (values, unit) in signals.items():
        try:
            channel = _channel(name, time_s, values, unit)
        except Unscored as unscored:
            refused[name] = unscored
        else:
            channels |= {name: channel} if channel is not None else {}
    beats = _beats(time_s, columns[INTERVALS]) if INTERVALS in columns else None
    if not channels and beats is None:
        if refused:
            raise next(iter(refused.values()))
        raise Unscored(Reason.NO_SIGNAL, f"none of {', '.join((*RECORDED_CHANNELS, *AXES, INTERVALS))}")
    return Recording(duration_s, channels, beats, refused)


def _channel_of(column: str) -> str:
    stated = STATED_UNIT.fullmatch(column)
    names = {INTERVALS: BEATS, **dict.fromkeys(AXES, "acceleration")}
    return stated["name"] if stated else names.get(column, column)


def _named(columns: Mapping[str, Floats]) -> tuple[dict[str, tuple[Floats, str | None]], dict[str, Unscored]]:
    """The channels of one axis with their unit, and those that are stated in another unit than they must have."""
    found: dict[str, tuple[Floats, str | None]] = {
        name: (columns[name][:, None], UNITS[name]) for name in RECORDED_CHANNELS if name in columns
    }
    refused = {}
    for column, values in columns.items():
        if stated := STATED_UNIT.fullmatch(column):
            name, unit = stated["name"], stated["unit"]
            if UNITS.get(name, unit) == unit:
                found[name] = values[:, None], unit
            else:
                text = f"{name} is stated in {unit}; expected {UNITS[name]}"
                refused[name] = Unscored(Reason.UNREADABLE, text)
    return found, refused


def _channel(name: str, time_s: Floats, values_FA: Floats, unit: str | None) -> Channel | None:
    """Lay a channel's frames (F, axes A) on an even grid; frames that are missing in between become NaN."""
    present = np.isfinite(values_FA).all(axis=1)
    time_s, values_FA = time_s[present], values_FA[present]
    if len(time_s) < 2:
        return None
    steps_s = np.diff(time_s)
    step_s = steps_s[steps_s < 1.5 * np.median(steps_s)].mean()
    places = np.concatenate([[0], np.cumsum(np.maximum(np.round(steps_s / step_s), 1))])
    if places[-1] >= MAX_RECORDING_FRAMES:
        raise Unscored(Reason.TOO_LARGE, f"{name}: over {MAX_RECORDING_FRAMES:,} frames")
    index = places.astype(np.int64)
    rate_hz = float(index[-1] / (time_s[-1] - time_s[0]))
    if np.abs((time_s - time_s[0]) * rate_hz - index).max() > _MAX_JITTER:
        raise Unscored(Reason.UNREADABLE, f"{name} is not evenly sampled")
    grid = np.full((int(index[-1]) + 1, values_FA.shape[1]), np.nan)
    grid[index] = values_FA
    return Channel(grid[:, 0] if grid.shape[1] == 1 else grid, rate_hz, float(time_s[0]), unit)


def _beats(time_s: Floats, interval_ms: Floats) -> Beats:
    present = np.isfinite(interval_ms) & (interval_ms > 0)
    return Beats(time_s[present], interval_ms[present])
