"""Heart-rate variability in the time domain, for any number of windows at once, without differences across gaps.

A successive difference is taken only between two valid intervals that directly follow one another, never across a
beat that was missed, removed or misplaced. (Most libraries silently ignore the gap, and two false beats can then
quadruple RMSSD.)

Every statistic is a difference of prefix sums, so the cost is O(beats + windows), however much windows overlap.
The sums are float64 and centred on the mean of the series: in float32, or without centring, cancellation would
destroy SDNN. They agree with sums taken window by window to a relative 1e-9.

Definitions: Task Force of the ESC and NASPE (1996), Circulation 93:1043-1065, table 1.
Shapes: N intervals, W windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from harness.arrays import Bools, Floats, Indices
from harness.signals.media import Beats
from harness.signals.nan_statistics import ratio_if_positive


@dataclass(frozen=True)
class IntervalRules:
    """What makes an interval valid, and two intervals successive.

    Attributes:
        shortest_ms: shorter intervals are artefacts (over 200 beats per minute).
        longest_ms: longer intervals are artefacts (under 30 beats per minute).
        ectopic_share: an interval that differs by more than this share from the mean of the previous and the next
            one is an artefact (Karlsson et al. 2012, BioMedical Engineering OnLine 11:2); None keeps all.
        gap_ms: two beats are successive if the time between them equals the interval within this tolerance. It
            allows for the resolution of a wristband (1/64 s) and is far below the shortest missed beat.
    """

    shortest_ms: float = 300.0
    longest_ms: float = 2000.0
    ectopic_share: float | None = 0.2
    gap_ms: float = 100.0


class TimeDomain(NamedTuple):
    """One value per window, float64, shape (W,); NaN where the window has too few beats to define it.

    Attributes:
        heart_rate: beats per minute, 60,000 / mean_nn.
        mean_nn: mean of the valid intervals, ms.
        sdnn: their standard deviation, ms, ddof 1 (as neurokit2, hrv-analysis, flirt; heartpy uses ddof 0).
        rmssd: root mean square of the successive differences, ms.
        pnn50: share of the successive differences over 50 ms, 0 to 1. The denominator is the number of
            differences (as in hrv-analysis), not of intervals (neurokit2).
        num_beats: number of beats, valid or not; never NaN.
        coverage: share of the window's time that valid intervals cover, 0 to 1; never NaN.
        artefact_share: share of the intervals that are not valid, 0 to 1.
    """

    heart_rate: Floats
    mean_nn: Floats
    sdnn: Floats
    rmssd: Floats
    pnn50: Floats
    num_beats: Floats
    coverage: Floats
    artefact_share: Floats


def time_domain(beats: Beats, start_s: Floats, end_s: Floats, rules: IntervalRules | None = None) -> TimeDomain:
    """Measure the windows ``[start_s, end_s)``; they may overlap, in any order.

    An interval belongs to the window that contains its last beat, a difference to the window that contains both of
    its intervals.

    Args:
        beats: times in seconds, rising; intervals in ms.
        start_s: the windows' starts, shape (W,), on the clock of the beats.
        end_s: their ends, shape (W,), each after its start.
        rules: what counts as a valid interval; None for the defaults.
    """
    rules = rules or IntervalRules()
    follows = _follows(beats, rules)
    valid = _valid(beats.interval_ms, follows, rules)
    first = np.searchsorted(beats.time_s, start_s, side="left")
    stop = np.maximum(first, np.searchsorted(beats.time_s, end_s, side="left"))
    num_beats = (stop - first).astype(np.float64)
    num_valid = _sum(valid, first, stop)

    centre = float(beats.interval_ms[valid].mean()) if valid.any() else 0.0
    centred = np.where(valid, beats.interval_ms - centre, 0.0)
    total = _sum(centred, first, stop)
    mean_nn = centre + ratio_if_positive(total, num_valid)
    squares = _sum(centred**2, first, stop) - ratio_if_positive(total**2, num_valid)

    differences, paired = _successive(beats.interval_ms, valid, follows)
    second = np.minimum(first + 1, stop)  # the first interval's difference involves an interval before the window
    num_differences = _sum(paired, second, stop)
    return TimeDomain(
        heart_rate=60_000.0 / mean_nn,
        mean_nn=mean_nn,
        sdnn=np.sqrt(ratio_if_positive(np.maximum(squares, 0.0), num_valid - 1)),
        rmssd=np.sqrt(ratio_if_positive(_sum(differences**2, second, stop), num_differences)),
        pnn50=ratio_if_positive(_sum(np.abs(differences) > 50.0, second, stop), num_differences),
        num_beats=num_beats,
        coverage=_coverage(beats, valid, total + centre * num_valid, first, stop, start_s, end_s),
        artefact_share=1.0 - ratio_if_positive(num_valid, num_beats),
    )


def valid_intervals(beats: Beats, rules: IntervalRules | None = None) -> Bools:
    """Which intervals are valid, shape (N,): finite, within the limits and not ectopic."""
    rules = rules or IntervalRules()
    return _valid(beats.interval_ms, _follows(beats, rules), rules)


def _follows(beats: Beats, rules: IntervalRules) -> Bools:
    """Whether interval i begins at the beat that ended interval i-1, shape (N,); False for the first."""
    follows = np.zeros(len(beats.time_s), bool)
    gap_ms = np.diff(beats.time_s) * 1000.0 - beats.interval_ms[1:]
    follows[1:] = np.abs(gap_ms) <= rules.gap_ms
    return follows


def _valid(interval_ms: Floats, follows: Bools, rules: IntervalRules) -> Bools:
    valid = (interval_ms >= rules.shortest_ms) & (interval_ms <= rules.longest_ms)
    if rules.ectopic_share is None or len(interval_ms) < 3:
        return valid
    neighbours = (interval_ms[:-2] + interval_ms[2:]) / 2
    known = valid[:-2] & valid[2:] & follows[1:-1] & follows[2:]
    ectopic = np.abs(interval_ms[1:-1] - neighbours) > rules.ectopic_share * neighbours
    inner = valid[1:-1] & ~(known & ectopic)
    return np.concatenate([valid[:1], inner, valid[-1:]])


def _successive(interval_ms: Floats, valid: Bools, follows: Bools) -> tuple[Floats, Bools]:
    """Each interval less the one before (0 where undefined), and where it is defined."""
    paired = np.zeros(len(interval_ms), bool)
    paired[1:] = follows[1:] & valid[1:] & valid[:-1]
    differences = np.zeros(len(interval_ms))
    np.subtract(interval_ms[1:], interval_ms[:-1], out=differences[1:], where=paired[1:])
    return differences, paired


def _coverage(
    beats: Beats,
    valid: Bools,
    sum_ms: Floats,
    first: Indices,
    stop: Indices,
    start_s: Floats,
    end_s: Floats,
) -> Floats:
    """The share of the window that valid intervals cover, without the part of the first that lies before it."""
    before = np.zeros(len(first))
    opened = np.flatnonzero(first < stop)
    opening = first[opened]
    begins_s = beats.time_s[opening] - beats.interval_ms[opening] / 1000.0
    before[opened] = np.where(valid[opening], np.maximum(start_s[opened] - begins_s, 0.0), 0.0)
    share: Floats = np.clip((sum_ms / 1000.0 - before) / (end_s - start_s), 0.0, 1.0)
    return share


def _sum(values: npt.NDArray[np.generic], first: Indices, stop: Indices) -> Floats:
    """The sums of ``values[first:stop]``, shape (W,)."""
    sums = np.zeros(len(values) + 1, np.int64 if values.dtype == np.bool_ else np.float64)
    np.cumsum(values, out=sums[1:])
    result: Floats = (sums[stop] - sums[first]).astype(np.float64)
    return result
