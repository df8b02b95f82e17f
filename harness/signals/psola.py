"""Speech with another melody or tempo: pitch-synchronous overlap and add.

Pieces of two periods are cut out at the periods of the voice and laid down again at other distances, which changes
F0; pieces that are left out or used twice change the tempo; the resonances of the mouth stay where they are
(Moulines & Charpentier 1990, doi:10.1016/0167-6393(90)90021-Z). Where there is no voice, pieces lie 10 ms apart.
Small changes sound natural; F0 by more than half an octave and tempo by more than a factor of two do not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats
from harness.signals.f0_track import F0Track

Waveform = npt.NDArray[np.float32]

_UNVOICED_S = 0.01
_SEARCHED = 0.2
"""A period ends at the highest peak within this share of where the period before says."""


def overlap_added(
    waveform: Waveform,
    rate_hz: int,
    track: F0Track,
    *,
    new_f0: Callable[[Floats], Floats] | None = None,
    speed: float = 1.0,
) -> Waveform:
    """The clip with another melody or tempo.

    Args:
        waveform: of the clip.
        rate_hz: of it.
        track: its F0.
        new_f0: F0 of some moments in Hz → the one that they get; None leaves it.
        speed: how often faster; the result is 1/speed as long.
    """
    marks, periods = _marks(waveform, rate_hz, track)
    voiced_hz = track.at(marks / rate_hz)
    wanted_hz = voiced_hz if new_f0 is None else new_f0(voiced_hz)
    spacing = np.where(np.isfinite(voiced_hz), rate_hz / wanted_hz, periods)
    num_samples = round(len(waveform) / speed)
    result, weight = np.zeros(num_samples + rate_hz), np.zeros(num_samples + rate_hz)
    position = 0.0
    while position < num_samples:
        nearest = _nearest(marks, position * speed)
        _add(result, weight, waveform, round(position), int(marks[nearest]), int(periods[nearest]))
        position += float(spacing[nearest])
    # Where F0 falls, pieces leave gaps between them, which stay quiet: only sums above one are undone.
    return (result / np.maximum(weight, 1.0))[:num_samples].astype(np.float32)


def _marks(waveform: Waveform, rate_hz: int, track: F0Track) -> tuple[np.ndarray, np.ndarray]:
    """Moments in samples, one per period of the voice, and the period from each on; both (num_marks,)."""
    marks: list[int] = []
    periods: list[int] = []
    position, was_voiced = 0, False
    polarity = np.sign(np.mean(waveform.astype(np.float64) ** 3)) or 1.0
    while position < len(waveform):
        f0_hz = float(track.at(position / rate_hz))
        voiced = bool(np.isfinite(f0_hz))
        period = round(rate_hz / f0_hz) if voiced else round(_UNVOICED_S * rate_hz)
        if voiced:
            reach = round((_SEARCHED if was_voiced else 0.5) * period)
            start = max(position - reach, marks[-1] + 1 if marks else 0, 0)
            around = polarity * waveform[start : position + reach + 1]
            position = start + int(np.argmax(around)) if len(around) else position
        marks.append(position)
        periods.append(period)
        position, was_voiced = position + period, voiced
    return np.array(marks), np.array(periods)


def _nearest(marks: np.ndarray, position: float) -> int:
    after = int(np.searchsorted(marks, position))
    if after == 0:
        return 0
    if after == len(marks) or position - marks[after - 1] < marks[after] - position:
        return after - 1
    return after


def _add(result: Floats, weight: Floats, waveform: Waveform, to: int, centre: int, period: int) -> None:
    """Two periods around `centre`, faded in and out, around `to`."""
    before = min(period, to, centre)
    after = min(period, len(waveform) - centre)
    window = 0.5 + 0.5 * np.cos(np.pi * np.arange(-before, after) / period)
    result[to - before : to + after] += window * waveform[centre - before : centre + after]
    weight[to - before : to + after] += window
