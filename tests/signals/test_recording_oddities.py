"""Oddities of signals that were made odd by hand."""

from __future__ import annotations

import numpy as np
import pytest

from harness.errors import Reason, Unscored
from harness.signals.media import Channel, Recording
from harness.signals.recording_oddities import longest_run, odd_rates, recording_oddities, signal_oddities

VALUES = np.random.default_rng(0).normal(size=1200)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (VALUES, []),
        (np.zeros(1200), []),
        (np.r_[VALUES[:400], np.full(60, np.nan), VALUES[460:]], ["no value for 15 s at a stretch"]),
        (np.r_[VALUES[:400], np.full(40, np.nan), VALUES[440:]], []),
        (np.r_[VALUES, VALUES], ["the second half repeats the first: the signal is there twice"]),
        (
            np.r_[VALUES, 1_644_227_574.0, 4.0, VALUES[::-1]],
            ["1 frames are over 1,000,000: is there a second header among them?"],
        ),
        (np.full(1200, np.nan), ["no value for 300 s at a stretch"]),
        (np.empty(0), []),
        (np.stack([VALUES, VALUES, VALUES], axis=1), []),
    ],
)
def test_signals_at_four_frames_a_second(values: np.ndarray, found: list[str]) -> None:
    assert list(signal_oddities(values, 4.0)) == found


def test_longest_run() -> None:
    assert longest_run(np.array([1, 0, 1, 1, 0, 1, 1, 1], bool)) == 3
    assert longest_run(np.zeros(4, bool)) == 0


def test_channels_that_are_cut() -> None:
    channels = {
        "eda": Channel(VALUES, 4.0),
        "temperature": Channel(VALUES[:1000], 4.0),
        "bvp": Channel(VALUES, 8.0, start_s=150.0),
    }
    why = Unscored(Reason.UNREADABLE, "interval_ms holds text")
    assert list(recording_oddities(Recording(300.0, channels, refused={"beats": why}))) == [
        "beats: unreadable: interval_ms holds text",
        "temperature ends 50 s before the recording",
        "bvp starts 150 s after the recording",
    ]


def test_a_rate_that_few_have() -> None:
    rates = {f"p{number}.csv": {"bvp": 64.0 + number / 100, "eda": 4.0} for number in range(6)}
    assert odd_rates(rates) == []
    assert odd_rates(rates | {"q.csv": {"bvp": 32.0, "eda": 4.0}}) == [
        "q.csv: bvp is sampled at 32 Hz, most others at 64.03 Hz"
    ]
    assert odd_rates({"a": {"bvp": 64.0}, "b": {"bvp": 32.0}}) == [], "neither is that of most"
    assert odd_rates({}) == []
