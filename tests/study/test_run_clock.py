from __future__ import annotations

import pytest

from harness.evidence.run_seconds import STAGES
from harness.study import run_clock
from harness.study.run_clock import RunClock


def test_the_stages_add_up_to_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(run_clock.time, "perf_counter", lambda: now)
    clock = RunClock()
    for lap, seconds in (("listing", 0.5), ("predicting", 20.0), ("checking", 0.0), ("measuring", 1.2345)):
        now += seconds
        clock.lap(lap)
    clock.inference.opening, clock.inference.waiting, clock.inference.computing = 1.0, 2.0, 5.0
    clock.inference.preparing, clock.inference.reading, clock.inference.beside = 9.0, 6.0, 4.5
    found = clock.seconds()
    assert found == {
        "listing": 0.5,
        "opening": 1.0,
        "waiting": 2.0,
        "computing": 5.0,
        "concluding": 7.5,
        "checking": 4.5,
        "measuring": 1.234,
        "preparing": 9.0,
        "reading": 6.0,
    }
    assert sum(found[stage] for stage in STAGES) == pytest.approx(21.7345, abs=0.001)


def test_a_stage_that_took_no_time_takes_no_less_than_none(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(run_clock.time, "perf_counter", lambda: now)
    clock = RunClock()
    for lap in ("listing", "predicting", "checking", "measuring"):
        now += 0.3
        clock.lap(lap)
    clock.inference.waiting, clock.inference.computing = 0.1, 0.2000001
    assert str(clock.seconds()["concluding"]) == "0.0"
