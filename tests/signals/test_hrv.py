"""Time-domain HRV against published values, hand-worked examples and naive sums per window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.arrays import Floats
from harness.signals.hrv import IntervalRules, TimeDomain, time_domain, valid_intervals
from harness.signals.media import Beats

KEEP_ECTOPIC = IntervalRules(ectopic_share=None)


def beats_of(interval_ms: list[float] | Floats, start_s: float = 0.0) -> Beats:
    """A gap-free series; the first interval ends at its own length after the start."""
    intervals = np.asarray(interval_ms, float)
    return Beats(start_s + np.cumsum(intervals) / 1000.0, intervals)


def whole(beats: Beats, rules: IntervalRules | None = None) -> TimeDomain:
    """One window over everything."""
    return time_domain(beats, np.array([0.0]), np.array([beats.time_s[-1] + 0.001]), rules)


def random_beats(num_beats: int, seed: int = 0) -> Beats:
    """A series with slow drift, ectopic beats, missing beats and intervals out of range."""
    rng = np.random.default_rng(seed)
    intervals = 800 + 250 * np.sin(np.arange(num_beats) / 3000) + rng.normal(0, 40, num_beats)
    intervals[rng.random(num_beats) < 0.01] *= 0.6
    intervals[rng.random(num_beats) < 0.005] = 2500.0
    kept = rng.random(num_beats) > 0.03
    return Beats((np.cumsum(intervals) / 1000.0)[kept], intervals[kept])


def test_published_values(shared_data: Path) -> None:
    # five libraries agree on RMSSD; hrv-analysis publishes it to 15 digits
    intervals = np.loadtxt(shared_data / "hrv" / "nn_intervals_1000.txt")
    found = whole(beats_of(intervals))
    assert found.rmssd[0] == pytest.approx(19.519400785039664, rel=1e-12)
    assert found.sdnn[0] == pytest.approx(43.113075, abs=5e-7)
    assert found.mean_nn[0] == pytest.approx(718.248, rel=1e-12)
    assert found.heart_rate[0] == pytest.approx(60_000 / 718.248, rel=1e-12)
    assert 100 * found.pnn50[0] == pytest.approx(2.402402, abs=5e-7)
    assert found.num_beats[0] == 1000
    assert found.artefact_share[0] == 0


def test_hand_worked_window() -> None:
    found = whole(beats_of([800, 860, 800, 810]), KEEP_ECTOPIC)
    assert found.mean_nn[0] == pytest.approx(817.5)
    assert found.rmssd[0] == pytest.approx(np.sqrt((60**2 + 60**2 + 10**2) / 3))
    assert found.pnn50[0] == pytest.approx(2 / 3)
    assert found.coverage[0] == pytest.approx(1.0, abs=1e-3)


def test_no_difference_across_a_missing_beat() -> None:
    # 700, 700, then a beat is lost (1.6 s pass), then 900, 900: naive RMSSD would hold 200 ms
    beats = Beats(np.array([0.7, 1.4, 3.0, 3.9]), np.array([700.0, 700.0, 900.0, 900.0]))
    found = whole(beats)
    assert found.rmssd[0] == 0.0
    assert found.pnn50[0] == 0.0
    assert found.mean_nn[0] == 800.0
    assert found.coverage[0] == pytest.approx(3.2 / 3.901)


def test_no_difference_across_a_removed_interval() -> None:
    beats = beats_of([800, 800, 2400, 1000, 1000])
    found = whole(beats, KEEP_ECTOPIC)
    assert found.rmssd[0] == 0.0
    assert found.artefact_share[0] == pytest.approx(1 / 5)
    assert found.mean_nn[0] == 900.0


def test_ectopic_beat_is_an_artefact() -> None:
    # a premature beat and its pause: 500 departs from (800+1100)/2 by 47 %, 1100 from (500+800)/2 by 69 %; the one
    # before departs from its neighbours' mean by 23 %, the one after by 16 %
    intervals = np.array([800.0, 800, 800, 500, 1100, 800, 800, 800])
    expected = [True, True, False, False, False, True, True, True]
    assert valid_intervals(beats_of(intervals)).tolist() == expected
    assert valid_intervals(beats_of(intervals), KEEP_ECTOPIC).all()
    assert whole(beats_of(intervals)).rmssd[0] == 0.0


def test_limits_are_inclusive_and_nan_is_an_artefact() -> None:
    beats = beats_of([300, 300, 299.9, 2000, 2000.1])
    assert valid_intervals(beats, KEEP_ECTOPIC).tolist() == [True, True, False, True, False]
    beats = Beats(np.array([0.8, 1.6, 2.4]), np.array([800.0, np.nan, 800.0]))
    found = whole(beats)
    assert found.artefact_share[0] == pytest.approx(1 / 3)
    assert np.isnan(found.rmssd[0])


def test_difference_needs_both_intervals_in_the_window() -> None:
    beats = beats_of([800.0, 800, 900, 900])  # beats at 0.8, 1.6, 2.5, 3.4
    found = time_domain(beats, np.array([0.0, 2.0]), np.array([2.0, 4.0]))
    assert found.rmssd.tolist() == [0.0, 0.0]
    assert found.num_beats.tolist() == [2.0, 2.0]


def test_matches_naive_sums_over_a_day() -> None:
    beats = random_beats(100_000)
    start_s = np.arange(0.0, beats.time_s[-1] - 60, 30.0)
    found = time_domain(beats, start_s, start_s + 60)
    valid = valid_intervals(beats)
    for window in range(0, len(start_s), 23):
        first, stop = np.searchsorted(beats.time_s, [start_s[window], start_s[window] + 60])
        intervals, good = beats.interval_ms[first:stop], valid[first:stop]
        follows = np.abs(np.diff(beats.time_s[first:stop]) * 1000 - intervals[1:]) <= 100
        differences = np.diff(intervals)[good[1:] & good[:-1] & follows]
        assert found.mean_nn[window] == pytest.approx(intervals[good].mean(), rel=1e-9)
        assert found.sdnn[window] == pytest.approx(intervals[good].std(ddof=1), rel=1e-9)
        assert found.rmssd[window] == pytest.approx(np.sqrt(np.mean(differences**2)), rel=1e-9)
        assert found.pnn50[window] == pytest.approx(np.mean(np.abs(differences) > 50), rel=1e-9)
        assert found.artefact_share[window] == pytest.approx(1 - good.mean(), abs=1e-12)


def test_windows_of_a_concatenated_recording_equal_those_measured_apart() -> None:
    parts = [random_beats(2_000, seed) for seed in range(5)]
    shifts = np.cumsum([0.0, *(part.time_s[-1] + 100.0 for part in parts[:-1])])
    times = np.concatenate([part.time_s + shift for part, shift in zip(parts, shifts, strict=True)])
    together = Beats(times, np.concatenate([part.interval_ms for part in parts]))
    ends = np.array([part.time_s[-1] + 1.0 for part in parts])
    found = np.stack(time_domain(together, shifts, shifts + ends), axis=1)
    for row, part, end in zip(found, parts, ends, strict=True):
        apart = np.concatenate(time_domain(part, np.array([0.0]), np.array([end])))
        np.testing.assert_allclose(row, apart, rtol=1e-9)


def test_windows_in_any_order_and_of_any_length() -> None:
    beats = random_beats(3_000)
    start_s, end_s = np.array([500.0, 10.0, 10.0]), np.array([620.0, 70.0, 40.0])
    forward = np.stack(time_domain(beats, start_s, end_s))
    backward = np.stack(time_domain(beats, start_s[::-1], end_s[::-1]))
    np.testing.assert_array_equal(forward, backward[:, ::-1])


@pytest.mark.parametrize("num_beats", [0, 1, 2])
def test_few_beats_are_nan_not_an_error(num_beats: int) -> None:
    found = time_domain(beats_of([800.0] * num_beats), np.array([0.0]), np.array([60.0]))
    assert found.num_beats[0] == num_beats
    assert found.coverage[0] == pytest.approx(0.8 * num_beats / 60)
    assert np.isnan(found.rmssd[0]) == (num_beats < 2)
    assert np.isnan(found.sdnn[0]) == (num_beats < 2)
    assert np.isnan(found.heart_rate[0]) == (num_beats < 1)
    assert np.isnan(found.artefact_share[0]) == (num_beats < 1)


def test_coverage_counts_only_time_inside_the_window() -> None:
    beats = Beats(np.array([10.5, 11.5]), np.array([1000.0, 1000.0]))
    found = time_domain(beats, np.array([10.0]), np.array([20.0]))
    assert found.coverage[0] == pytest.approx(0.15)


def test_float64_survives_a_day() -> None:
    # a quiet hour after a day of large swings: float32 prefix sums are wrong by up to 0.07 ms here
    rng = np.random.default_rng(1)
    intervals = np.concatenate([800 + 200 * np.sin(np.arange(90_000) / 500), 800 + rng.normal(0, 1, 1_000)])
    beats = beats_of(intervals)
    start = beats.time_s[-900]
    found = time_domain(beats, np.array([start]), np.array([beats.time_s[-1]]))
    assert found.sdnn.dtype == np.float64
    assert found.sdnn[0] == pytest.approx(intervals[-900:-1].std(ddof=1), abs=1e-8)
