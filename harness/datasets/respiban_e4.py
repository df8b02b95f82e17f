"""One person's RespiBAN (chest) and Empatica E4 (wrist), synchronised in one pickle: WESAD, PPG-DaLiA.

``signal`` holds ``chest`` (700 Hz) and ``wrist`` (each sensor at its own rate), all from the same start. Chest
signals are in physical units already; acceleration of the wrist is in 1/64 g.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

import numpy as np

from harness.errors import Reason, Unscored
from harness.signals.covered import require_covered
from harness.signals.media import UNITS, Channel, Recording
from harness.signals.numpy_pickle import NumpyPickle

CHEST_RATE_HZ = 700.0

Place = Literal["wrist", "chest"]


class Sensor(NamedTuple):
    """A signal's name in the file, its rate, the factor to our unit, and its number of axes."""

    name: str
    rate_hz: float
    unit: float = 1.0
    num_axes: int = 1


SENSORS: Mapping[Place, Mapping[str, Sensor]] = {
    "wrist": {
        "bvp": Sensor("BVP", 64.0),
        "eda": Sensor("EDA", 4.0),
        "temperature": Sensor("TEMP", 4.0),
        "acceleration": Sensor("ACC", 32.0, unit=1 / 64, num_axes=3),
    },
    "chest": {
        "ecg": Sensor("ECG", CHEST_RATE_HZ),
        "emg": Sensor("EMG", CHEST_RATE_HZ),
        "eda": Sensor("EDA", CHEST_RATE_HZ),
        "temperature": Sensor("Temp", CHEST_RATE_HZ),
        "respiration": Sensor("Resp", CHEST_RATE_HZ),
        "acceleration": Sensor("ACC", CHEST_RATE_HZ, num_axes=3),
    },
}
_MORE_UNITS: Mapping[str, str] = {"emg": "mV", "respiration": "%"}


def read_window(
    pickle: NumpyPickle, place: Place, start_s: float, end_s: float, without: tuple[str, ...] = ()
) -> Recording:
    """The signals of one place of the body between two times from the start of the recording.

    A signal that is absent gives no channel; one that is no array of numbers in its shape is `Recording.refused`.

    Args:
        pickle: the person's file.
        place: which of the two devices.
        start_s: where the window begins.
        end_s: where it ends (exclusive).
        without: channels that are left out.

    Raises:
        Unscored: none of the signals is there (``no_signal``), or they end before the window (``too_short``).
    """
    channels: dict[str, Channel] = {}
    refused: dict[str, Unscored] = {}
    recorded = []
    for name, sensor in SENSORS[place].items():
        if name in without or not pickle.has("signal", place, sensor.name):
            continue
        try:
            frames = pickle.array("signal", place, sensor.name)
            if frames.size != len(frames) * sensor.num_axes:
                raise Unscored(Reason.UNREADABLE, f"{place}.{sensor.name} has the shape {frames.shape}")
        except Unscored as unscored:
            refused[name] = unscored
            continue
        first, last = (math.ceil(edge * sensor.rate_hz - 1e-6) for edge in (start_s, end_s))
        values = np.asarray(frames[first:last], np.float64) * sensor.unit
        channels[name] = Channel(
            values.ravel() if sensor.num_axes == 1 else values,
            sensor.rate_hz,
            first / sensor.rate_hz - start_s,
            _MORE_UNITS.get(name, UNITS.get(name)),
        )
        recorded.append((0.0, len(frames) / sensor.rate_hz))
    if not channels:
        raise next(iter(refused.values()), Unscored(Reason.NO_SIGNAL, f"no signal of the {place}"))
    require_covered(recorded, start_s, end_s)
    return Recording(end_s - start_s, channels, None, refused)


def durations_s(pickle: NumpyPickle) -> dict[str, float]:
    """How long each signal of both places is, in s, by ``<place>.<name in the file>``; those that can be read."""
    found = {}
    for place, sensors in SENSORS.items():
        for sensor in sensors.values():
            try:
                found[f"{place}.{sensor.name}"] = len(pickle.array("signal", place, sensor.name)) / sensor.rate_hz
            except Unscored:
                continue
    return found
