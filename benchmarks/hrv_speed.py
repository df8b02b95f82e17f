"""How many windows of heart-rate variability a second, beside neurokit2 in the same run where it is importable.

    python benchmarks/hrv_speed.py [--intervals FILE] [--repeats 15]

A day of intervals (90,961 beats) is cut into windows of 60 s. With ``--intervals`` the day is tiled from a file of
real intervals (ms, one a line) with 1 % jitter, else it is drawn. The work is not like for like: we measure eight
values per window and remove artefacts and ectopic beats; ``neurokit2.hrv_time`` measures about 25 and removes
none. What is compared is the time until mean, SDNN, RMSSD and pNN50 are there; the values are checked against each
other.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from figures import take_down

from harness.arrays import Floats
from harness.signals.hrv import IntervalRules, TimeDomain, time_domain
from harness.signals.media import Beats

NUM_BEATS = 90_961
DAY_S = 86_400.0
WINDOW_S = 60.0
NUM_PEER_WINDOWS = 200


class Row(NamedTuple):
    """One line of the table."""

    what: str
    num_windows: int
    seconds: float
    fastest: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--intervals", type=Path, help="file of real intervals in ms, one a line")
    parser.add_argument("--repeats", type=int, default=15)
    arguments = parser.parse_args()
    beats = a_day(np.loadtxt(arguments.intervals) if arguments.intervals else None)
    rows = [ours(beats, step_s, arguments.repeats) for step_s in (30.0, 1.0)]
    rows += [naive(beats, arguments.repeats), *peer(beats)]
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, numpy {np.__version__}"
    )
    print(
        f"{len(beats.time_s):,} beats in {beats.time_s[-1] / 3600:.1f} h; "
        f"median of {arguments.repeats} runs (fastest)"
    )
    speed = [row.num_windows / row.seconds for row in rows]
    bare = "numpy, bare (neurokit2 is not installed)", speed[2]
    take_down("HRV windows / s", speed[0], *(("neurokit2", speed[3]) if len(speed) > 3 else bare))
    for row, rate in zip(rows, speed, strict=True):
        print(
            f"{row.what:<42} {row.num_windows:>7,} windows {1e3 * row.seconds:>9.2f} ms "
            f"({1e3 * row.fastest:.2f})  {rate:>12,.0f} windows/s"
        )


def a_day(intervals: Floats | None) -> Beats:
    """A day of gap-free beats, stretched to 24 h."""
    rng = np.random.default_rng(0)
    if intervals is None:
        intervals = 800.0 + np.cumsum(rng.normal(0.0, 3.0, 1_000)) + rng.normal(0.0, 20.0, 1_000)
    tiled = np.resize(intervals, NUM_BEATS) * (1.0 + 0.01 * rng.standard_normal(NUM_BEATS))
    interval_ms = tiled * (1000.0 * DAY_S / tiled.sum())
    return Beats(np.cumsum(interval_ms) / 1000.0, interval_ms)


def starts(step_s: float) -> Floats:
    """Where the windows of the day start."""
    return np.arange(0.0, DAY_S - WINDOW_S, step_s)


def ours(beats: Beats, step_s: float, repeats: int) -> Row:
    start_s = starts(step_s)
    seconds = timed(lambda: time_domain(beats, start_s, start_s + WINDOW_S), repeats)
    return Row(f"harness, {WINDOW_S:g} s windows every {step_s:g} s", len(start_s), *seconds)


def naive(beats: Beats, repeats: int) -> Row:
    """The four measures by numpy, window by window, without regard to gaps."""
    windows = cut(beats, starts(30.0))

    def run() -> None:
        for window in windows:
            differences = np.diff(window)
            _ = (
                window.mean(),
                window.std(ddof=1),
                np.sqrt(np.mean(differences**2)),
                np.mean(np.abs(differences) > 50),
            )

    return Row("numpy, window by window, every 30 s", len(windows), *timed(run, max(3, repeats // 5)))


def peer(beats: Beats) -> list[Row]:
    """neurokit2 on the first windows, its values checked against ours; no row where it is not installed."""
    try:
        import neurokit2
    except ImportError:
        print("neurokit2 is not installed: no peer in this run.")
        return []
    start_s = starts(30.0)[:NUM_PEER_WINDOWS]
    windows = cut(beats, start_s)
    series = [{"RRI": window, "RRI_Time": np.cumsum(window) / 1000.0} for window in windows]
    found = [neurokit2.hrv_time(intervals, sampling_rate=1000) for intervals in series]
    seconds = timed(lambda: [neurokit2.hrv_time(intervals, sampling_rate=1000) for intervals in series], 3)
    check(time_domain(beats, start_s, start_s + WINDOW_S, IntervalRules(ectopic_share=None)), found)
    return [Row(f"neurokit2 {neurokit2.__version__} hrv_time, every 30 s", len(windows), *seconds)]


def cut(beats: Beats, start_s: Floats) -> list[Floats]:
    """Each window's intervals."""
    first = np.searchsorted(beats.time_s, start_s)
    stop = np.searchsorted(beats.time_s, start_s + WINDOW_S)
    return [beats.interval_ms[i:j] for i, j in zip(first, stop, strict=True)]


def check(measured: TimeDomain, found: list[Any]) -> None:
    """Raise if the peer finds other values."""
    for name, ours_W in (("MeanNN", measured.mean_nn), ("SDNN", measured.sdnn), ("RMSSD", measured.rmssd)):
        theirs_W = np.array([float(frame[f"HRV_{name}"].iloc[0]) for frame in found])
        difference = float(np.abs(theirs_W - ours_W).max())
        assert difference < 1e-9, f"{name} differs by {difference} ms"


def timed(run: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Median and fastest seconds, after one run to warm up."""
    run()
    seconds = []
    for _ in range(repeats):
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds), min(seconds)


if __name__ == "__main__":
    main()
