"""Interval logs: made-up logs with known beat times, and the real ones against the ECG."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from harness.errors import HarnessError, Reason, Unscored
from harness.signals.beat_intervals import (
    Intervals,
    LogKind,
    beat_times,
    beats_between,
    read_intervals,
    subject_of_r_peaks,
    time_zone,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def test_r_peaks_are_local_time(tmp_path: Path) -> None:
    """14:08:59.580 in Amsterdam on 30 June 2023 (UTC+2) is 1688126939.580; the first peak ends no interval."""
    log = tmp_path / "vu.txt"
    rows = ["30-06-23/14:08:59.580\t0\t0\tO", "30-06-23/14:09:00.516\t936\t936\tO", ""]
    log.write_text("Subject Id: P37\nR-peak time\tibi_cumulative\tibi\tinterpolated\n" + "\n".join(rows))
    found = read_intervals(log, "r_peaks", AMSTERDAM)
    np.testing.assert_allclose(found.time_s, [1_688_126_940.516], rtol=0, atol=1e-6)
    np.testing.assert_array_equal(found.interval_ms, [936])
    assert subject_of_r_peaks(log) == "P37"


def test_sums_stamp_the_start_of_an_interval(tmp_path: Path) -> None:
    log = tmp_path / "sums.csv"
    log.write_text("timestamp,rr\n1000000,718\n1000718,982\n")
    found = read_intervals(log, "sums", AMSTERDAM)
    np.testing.assert_allclose(found.time_s, [1000.718, 1001.7])


def test_bursts_do_not_move_beats() -> None:
    """Beats every second, received two by two with delays of 0.1 s and 1.1 s: the smallest delay remains."""
    elapsed = np.arange(1.0, 41.0)
    arrival = 5_000.0 + elapsed + np.tile([1.1, 0.1], 20)
    np.testing.assert_allclose(beat_times(arrival, elapsed), 5_000.1 + elapsed)


def test_lost_beats_move_the_later_ones() -> None:
    """Seven seconds are lost between beat 20 and 21; the device's count knows nothing of it."""
    elapsed = np.arange(1.0, 41.0)
    arrival = 5_000.0 + elapsed + np.tile([1.1, 0.1], 20)
    arrival[20:] += 7.0
    found = beat_times(arrival, elapsed)
    np.testing.assert_allclose(found[:20], 5_000.1 + elapsed[:20])
    np.testing.assert_allclose(found[20:], 5_007.1 + elapsed[20:])


def test_jitter_shorter_than_a_beat_is_no_loss() -> None:
    rng = np.random.default_rng(0)
    elapsed = np.cumsum(rng.uniform(0.6, 1.0, 500))
    arrival = elapsed + rng.uniform(0.0, 0.25, 500)
    np.testing.assert_allclose(np.diff(beat_times(arrival, elapsed)), np.diff(elapsed))


def test_no_beats() -> None:
    assert beat_times(np.empty(0), np.empty(0)).shape == (0,)


def test_arrivals_with_a_blank_line(tmp_path: Path) -> None:
    log = tmp_path / "kyto.csv"
    log.write_text("timestamp, rr, since_start \n\n1000000,900,7000\n1000850,800,7800\n")
    found = read_intervals(log, "arrivals", AMSTERDAM)
    np.testing.assert_allclose(found.time_s, [1000.0, 1000.8])
    np.testing.assert_array_equal(found.interval_ms, [900, 800])


def test_whole_intervals_only() -> None:
    intervals = Intervals(np.array([10.4, 11.0, 12.0, 13.0]), np.array([500.0, 600.0, 1000.0, 1000.0]))
    beats = beats_between(intervals, 10.4, 13.0)
    np.testing.assert_allclose(beats.time_s, [0.6, 1.6])
    np.testing.assert_array_equal(beats.interval_ms, [600, 1000])


@pytest.mark.parametrize(
    ("kind", "text", "detail"),
    [
        ("sums", "timestamp,rr\n1,2\nx,3\n", "log: row 3 is not 2 numbers"),
        ("sums", "timestamp,rr\n1,nan\n", "log: row 2 is not 2 numbers"),
        ("sums", "timestamp,rr\n1,-5\n", "log: row 2 is not 2 numbers"),
        ("sums", "timestamp,rr\n5000,10\n1000,10\n", "log: the beats' times do not increase"),
        ("arrivals", "h\n1,2\n", "log: row 2 is not 3 numbers"),
        ("r_peaks", "h\nh\n14:08\t0\t0\n", "log: row 3 is not a time and an interval"),
        ("r_peaks", "h\nh\n30-06-23/14:08:59.580\n", "log: row 3 is not a time and an interval"),
    ],
)
def test_broken_log_is_named_with_its_row(tmp_path: Path, kind: LogKind, text: str, detail: str) -> None:
    (tmp_path / "log").write_text(text)
    with pytest.raises(Unscored) as caught:
        read_intervals(tmp_path / "log", kind, AMSTERDAM)
    assert (caught.value.reason, caught.value.detail) == (Reason.UNREADABLE, detail)


@pytest.mark.parametrize("kind", ["sums", "arrivals", "r_peaks"])
def test_log_without_beats(tmp_path: Path, kind: LogKind) -> None:
    (tmp_path / "log").write_text("head\nhead\n"[: 5 if kind != "r_peaks" else None])
    assert read_intervals(tmp_path / "log", kind, AMSTERDAM).time_s.shape == (0,)


def test_unknown_time_zone() -> None:
    with pytest.raises(HarnessError, match="tzdata"):
        time_zone("Europe/Atlantis")


def test_real_ecg_has_the_published_hrv(shared_data: Path) -> None:
    """RMSSD, SDNN and pNN50 of this series by neurokit2, hrv-analysis and flirt (pNN50: over n-1)."""
    interval = read_intervals(shared_data / "wearable_hrv/test_vu.txt", "r_peaks", AMSTERDAM).interval_ms
    steps = np.diff(interval)
    assert len(interval) == 3040
    assert np.sqrt(np.mean(steps**2)) == pytest.approx(90.201265, abs=1e-6)
    assert interval.std(ddof=1) == pytest.approx(194.100873, abs=1e-6)
    assert 100 * np.mean(np.abs(steps) > 50) == pytest.approx(45.4097, abs=1e-4)


@pytest.mark.parametrize("device", ["heartmath", "kyto", "rhythm"])
def test_rebuilt_times_agree_with_the_ecg(shared_data: Path, device: str) -> None:
    """While standing (14:24:35 to 14:27:35) both series of intervals run together at a lag of 1 to 2 s."""
    folder = shared_data / "wearable_hrv"
    ecg = read_intervals(folder / "test_vu.txt", "r_peaks", AMSTERDAM)
    found = read_intervals(folder / f"test_{device}.csv", "arrivals", AMSTERDAM)
    grid = 1_688_127_875 + np.arange(15, 165, 0.25)
    lags = np.arange(-10, 10.25, 0.25)
    reference = np.interp(grid, ecg.time_s, ecg.interval_ms)
    correlations = [
        np.corrcoef(reference, np.interp(grid + lag, found.time_s, found.interval_ms))[0, 1] for lag in lags
    ]
    assert max(correlations) > 0.95
    assert 1.0 <= lags[np.argmax(correlations)] <= 2.0
