"""What is odd about a whole recording although every window of it can be read: for ``harness check``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from harness.arrays import Bools, Floats
from harness.errors import Unscored
from harness.signals import recording
from harness.signals.media import Recording
from harness.signals.plausible_units import IMPLAUSIBLE

MAX_GAP_S = 10.0
"""A longer stretch without a value, or without a channel that others of the recording have, is named."""

_SAME_RATE = 0.02
_MIN_FRAMES = 100


def signal_oddities(values: Floats, rate_hz: float) -> Iterator[str]:
    """What is odd about one signal of shape (num_frames,) or (num_frames, num_axes), NaN where it is missing."""
    frames_FA = values if values.ndim == 2 else values[:, None]
    num_wild = int((np.abs(frames_FA) > IMPLAUSIBLE).any(axis=1).sum())
    if num_wild:
        yield f"{num_wild:,} frames are over {IMPLAUSIBLE:,.0f}: is there a second header among them?"
    missing: Bools = np.logical_or.reduce(np.isnan(frames_FA), axis=1)
    gap_s = longest_run(missing) / rate_hz
    if gap_s > MAX_GAP_S:
        yield f"no value for {gap_s:.0f} s at a stretch"
    first_FA, second_FA = frames_FA[: len(frames_FA) // 2], frames_FA[-(len(frames_FA) // 2) :]
    varies = len(first_FA) >= _MIN_FRAMES and np.nanmax(np.append(np.ptp(first_FA, axis=0), 0.0)) > 0.0
    if varies and np.array_equal(first_FA, second_FA, equal_nan=True):
        yield "the second half repeats the first: the signal is there twice"


def longest_run(marked: Bools) -> int:
    """The length of the longest run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def recording_oddities(whole: Recording) -> Iterator[str]:
    """What is odd about the channels of a recording, from its first to its last row."""
    for name, why in whole.refused.items():
        yield f"{name}: {why.text}"
    for name, channel in whole.channels.items():
        for text in signal_oddities(channel.values, channel.rate_hz):
            yield f"{name}: {text}"
        late_s = channel.start_s
        early_s = whole.duration_s - channel.start_s - len(channel.values) / channel.rate_hz
        if late_s > MAX_GAP_S:
            yield f"{name} starts {late_s:.0f} s after the recording"
        if early_s > MAX_GAP_S:
            yield f"{name} ends {early_s:.0f} s before the recording"


def odd_rates(rates_hz: Mapping[str, Mapping[str, float]]) -> list[str]:
    """Channels that few recordings sample at another rate than most: recording → channel → Hz."""
    found: list[str] = []
    for channel in sorted({name for of in rates_hz.values() for name in of}):
        known = {recording: of[channel] for recording, of in rates_hz.items() if channel in of}
        usual = _usual(list(known.values()))
        found += [
            f"{recording}: {channel} is sampled at {rate:.4g} Hz, most others at {usual:.4g} Hz"
            for recording, rate in known.items()
            if usual is not None and abs(rate / usual - 1) > _SAME_RATE
        ]
    return found


def _usual(rates_hz: Sequence[float]) -> float | None:
    """The rate of most; None where no rate is that of more than half."""
    rounded = Counter(float(f"{rate:.2g}") for rate in rates_hz)
    rate, num = rounded.most_common(1)[0]
    alike = [of for of in rates_hz if abs(of / rate - 1) <= 2 * _SAME_RATE]
    return float(np.median(alike)) if num > len(rates_hz) / 2 else None


def oddities_of_files(uris: Iterable[str], path_of: Callable[[str], Path]) -> list[str]:
    """What is odd about recordings that are tables of signals, one line each; unreadable ones are passed over.

    Args:
        uris: of the recordings.
        path_of: the path of one; raises `Unscored` if it is not there.
    """
    problems: list[str] = []
    rates_hz: dict[str, dict[str, float]] = {}
    for uri in uris:
        try:
            whole = recording.decode(path_of(uri))
        except Unscored:
            continue  # every sample of it is refused
        problems += [f"{uri}: {text}" for text in recording_oddities(whole)]
        rates_hz[uri] = {name: channel.rate_hz for name, channel in whole.channels.items()}
    return [*problems, *odd_rates(rates_hz)]
