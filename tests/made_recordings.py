"""Recordings whose beats and channels are known, and how they are under a condition."""

from __future__ import annotations

import numpy as np

from harness.signals.hrv import IntervalRules, time_domain
from harness.signals.media import Beats, Channel, Recording
from harness.study.assembly import open_condition


def beats_of(num: int, *, swing_ms: float = 40.0, seed: int = 0) -> Beats:
    interval_ms = 850 + swing_ms * np.random.default_rng(seed).standard_normal(num)
    return Beats(np.cumsum(interval_ms) / 1000.0, interval_ms)


def made(seconds: float = 120.0) -> Recording:
    rng = np.random.default_rng(1)
    beats = beats_of(int(seconds / 0.85) - 2)
    wave_s = np.arange(int(64 * seconds)) / 64
    channels = {
        "bvp": Channel(np.sin(2 * np.pi * wave_s / 0.85), 64.0),
        "eda": Channel(2 + 0.01 * rng.standard_normal(int(4 * seconds)), 4.0),
        "temperature": Channel(33 + 0.01 * rng.standard_normal(int(4 * seconds)), 4.0),
        "acceleration": Channel(np.tile([0.0, 0.6, 0.8], (int(32 * seconds), 1)), 32.0),
        "heart_rate": Channel(np.full(int(seconds), 70.6), 1.0),
    }
    return Recording(seconds, channels, beats)


def changed(name: str, recording: Recording, seed: int = 77) -> Recording:
    found = open_condition(name).apply(recording, np.random.default_rng(seed))
    assert isinstance(found, Recording)
    return found


def rmssd(recording: Recording) -> float:
    assert recording.beats is not None
    rules = IntervalRules(ectopic_share=None)
    return float(time_domain(recording.beats, np.zeros(1), np.array([recording.duration_s]), rules).rmssd[0])
