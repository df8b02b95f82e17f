"""What is odd about the files of an E4 recording although its windows can be read: for ``harness check``."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from harness.errors import Unscored
from harness.signals.empatica import IBI_FILE, SENSORS, Sensor, read_beat_rows, read_sensor
from harness.signals.recording_oddities import signal_oddities

MAX_CLOCK_DIFFERENCE_S = 60.0
"""Sensors of one wristband start and end within seconds of one another (heart rate 10 s later)."""


def file_oddities(folder: Path) -> Iterator[str]:
    """Files that are absent, broken or empty, and signals that are cut, doubled, or not at the device's rate."""
    absent = [file for file in (*(s.file for s in SENSORS.values()), IBI_FILE) if not (folder / file).is_file()]
    if absent:
        yield f"{', '.join(absent)} is absent"
    starts: dict[str, float] = {}
    ends: dict[str, float] = {}
    for sensor in SENSORS.values():
        if (folder / sensor.file).is_file():
            yield from _sensor_oddities(folder, sensor, starts, ends)
    yield from _differing("starts", "start", starts)
    yield from _differing("ends", "end", ends)
    if (folder / IBI_FILE).is_file():
        yield from _beat_oddities(folder)


def _sensor_oddities(
    folder: Path, sensor: Sensor, starts: dict[str, float], ends: dict[str, float]
) -> Iterator[str]:
    """Those of one file; notes when it starts and ends."""
    try:
        found = read_sensor(folder, sensor)
    except Unscored as unscored:
        yield unscored.detail
        return
    if found is None or not len(found[1]):
        yield f"{sensor.file} holds no frame"
        return
    clock, frames = found
    starts[sensor.file], ends[sensor.file] = clock.start_s, clock.start_s + len(frames) / clock.rate_hz
    if clock.rate_hz != sensor.rate_hz:
        yield f"{sensor.file} is sampled at {clock.rate_hz:g} Hz; the device has {sensor.rate_hz:g} Hz"
    for text in signal_oddities(frames, clock.rate_hz):
        yield f"{sensor.file}: {text}"


def _differing(verb: str, edge: str, times_s: dict[str, float]) -> Iterator[str]:
    usual_s = statistics.median_low(times_s.values()) if times_s else 0.0
    for file, time_s in times_s.items():
        if abs(time_s - usual_s) > MAX_CLOCK_DIFFERENCE_S:
            yield f"{file} {verb} {time_s - usual_s:+.0f} s from the session's {edge}"


def _beat_oddities(folder: Path) -> Iterator[str]:
    try:
        found = read_beat_rows(folder)
    except Unscored as unscored:
        yield unscored.detail
        return
    rows = np.empty((0, 2)) if found is None else found[1]
    if not len(rows):
        yield f"{IBI_FILE} holds no beat"
    elif (np.diff(rows[np.isfinite(rows[:, 0]), 0]) <= 0).any():
        yield f"{IBI_FILE}: the times of the beats go backwards"
