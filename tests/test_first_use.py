from __future__ import annotations

import signal
import time

import pytest

from harness.first_use import first_use, first_use_s


def test_it_is_no_part_of_what_a_sample_takes_and_counts_once_within_another() -> None:
    start, before_s = time.perf_counter(), first_use_s()
    with first_use():
        time.sleep(0.05)
        with first_use():
            time.sleep(0.05)
    assert first_use_s() - before_s == pytest.approx(time.perf_counter() - start, abs=0.01)
    assert first_use_s() - before_s >= 0.1


def test_the_time_of_a_sample_goes_on_where_it_stood_also_after_an_error() -> None:
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    signal.setitimer(signal.ITIMER_REAL, 30.0)
    try:
        with pytest.raises(ImportError):
            fails_within_a_first_use()
        assert 29 < signal.getitimer(signal.ITIMER_REAL)[0] <= 30
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


@first_use()
def fails_within_a_first_use() -> None:
    """What is imported is not there."""
    assert signal.getitimer(signal.ITIMER_REAL)[0] > 60
    raise ImportError


def test_without_a_timer_there_is_none_afterwards() -> None:
    with first_use():
        assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0
