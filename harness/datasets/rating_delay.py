"""How far raters lag behind what they rate, told from how loud it is.

Raters who move a slider while they listen react seconds late. Loud speech is rated as aroused, so the delay is
about the lag at which a course of ratings goes best with the loudness (the idea of Mariooryad & Busso 2015,
doi:10.1109/TAFFC.2014.2334294, with one feature and correlation in place of mutual information).

Shapes: T moments, F frames, L lags.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from harness.arrays import Floats
from harness.signals.media import Audio

MAX_DELAY_S = 10.0
STEP_S = 0.1
SMOOTHED_S = 1.0
"""Loudness is averaged over so long, as raters do not follow syllables."""

_SILENCE = 1e-5


class Course(NamedTuple):
    """A regular course of one clip: its values, the first at `start_s`, `STEP_S` apart."""

    start_s: float
    values: Floats


class Delay(NamedTuple):
    """The lag with the highest correlation, which is the mean over the clips."""

    seconds: float
    correlation: float


def loudness(audio: Audio) -> Course:
    """The level in dB of stretches of `STEP_S`, smoothed over `SMOOTHED_S`."""
    frame = max(1, round(audio.sample_rate * STEP_S))
    whole = len(audio.waveform) // frame
    frames_FS = audio.waveform[: whole * frame].reshape(whole, frame).astype(np.float64)
    level_F = 20 * np.log10(np.sqrt(np.mean(frames_FS**2, axis=1)) + _SILENCE)
    width = round(SMOOTHED_S / STEP_S)
    smooth_F = np.convolve(level_F, np.full(width, 1 / width), "same") if whole >= width else level_F
    return Course(0.0, smooth_F)


def resampled(time_s: Floats, values_T: Floats) -> Course:
    """A course at rising times, at steps of `STEP_S`."""
    known = ~np.isnan(values_T)
    if known.sum() < 2:
        return Course(0.0, np.empty(0))
    at_s = np.arange(time_s[known][0], time_s[known][-1], STEP_S)
    return Course(float(at_s[0]) if len(at_s) else 0.0, np.interp(at_s, time_s[known], values_T[known]))


def estimated_delay(levels: Sequence[Course], ratings: Sequence[Course]) -> Delay | None:
    """The delay by which ratings follow the loudness; None where nothing varies.

    Args:
        levels: of each clip.
        ratings: of the same clips.
    """
    lags = range(round(MAX_DELAY_S / STEP_S) + 1)
    found = [
        np.array([_at_lag(level, rating, lag) for lag in lags])
        for level, rating in zip(levels, ratings, strict=True)
    ]
    usable = [of_clip_L for of_clip_L in found if not np.isnan(of_clip_L).any()]
    if not usable:
        return None
    mean_L = np.mean(usable, axis=0)
    best = int(mean_L.argmax())
    return Delay(round(lags[best] * STEP_S, 3), float(mean_L[best]))


def _at_lag(level: Course, rating: Course, lag: int) -> float:
    """The correlation of the level with the rating so many steps later."""
    first = round((rating.start_s - level.start_s) / STEP_S) - lag
    level_T, rating_T = level.values[max(first, 0) :], rating.values[max(-first, 0) :]
    num = min(len(level_T), len(rating_T))
    level_T, rating_T = level_T[:num], rating_T[:num]
    if num < 2 or level_T.std() == 0 or rating_T.std() == 0:
        return np.nan
    return float(np.corrcoef(level_T, rating_T)[0, 1])
