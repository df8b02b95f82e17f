"""Spans of whole row groups, and functions of them that are called in other processes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import partial

import pytest

from harness.errors import HarnessError
from harness.measurement.streaming import spans
from harness.measurement.streaming.spans import HERE, Processes, Span, Stoppable, spans_of
from harness.tables import pieces


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "CHUNK_ROWS", 40)
    monkeypatch.setattr(spans, "LEAST_ROWS", 100)
    monkeypatch.setattr(spans, "MOST_ROWS", 400)


def test_a_span_is_of_whole_row_groups() -> None:
    found = spans_of([60, 60, 300, 10], num_workers=1)
    assert found == [Span(0, (40, 40, 40)), Span(120, (*[40] * 7, 20)), Span(420, (10,))]
    assert [span.num_rows for span in found] == [120, 300, 10]


@pytest.mark.parametrize(("num_workers", "rows"), [(1, 100), (2, 250), (10, 100)])
def test_more_workers_have_smaller_spans_within_limits(num_workers: int, rows: int) -> None:
    found = spans_of([10] * 200, num_workers)
    assert {span.num_rows for span in found} == {rows}
    assert sum(span.num_rows for span in found) == 2000
    assert max(span.num_rows for span in spans_of([10] * 2000, 2)) == 400


def test_no_rows_are_no_spans() -> None:
    assert spans_of([], 1) == spans_of([0], 2) == []


def _square(number: int) -> tuple[int, int]:
    time.sleep(0.05 * (number == 0))
    return number**2, os.getpid()


def test_outcomes_come_in_the_order_of_the_tasks_from_other_processes() -> None:
    found = list(Processes(2)(_square, iter(range(6))))
    assert [square for square, _ in found] == [0, 1, 4, 9, 16, 25]
    assert os.getpid() not in {process for _, process in found}
    assert {process for _, process in HERE(_square, range(3))} == {os.getpid()}


def _refused(limit: int, number: int) -> int:
    if number >= limit:
        raise HarnessError(f"{number} is too large")
    return number


def test_an_error_of_another_process_arrives() -> None:
    with pytest.raises(HarnessError, match="3 is too large"):
        list(Processes(2)(partial(_refused, 3), range(4)))


def _dying(number: int) -> int:
    if number == 1:
        os._exit(9)
    return number


def test_a_process_that_dies_is_one_message() -> None:
    with pytest.raises(HarnessError, match="that counts predictions has died"):
        list(Processes(2)(_dying, range(3)))


def test_who_stops_asking_is_told_nothing() -> None:
    """As where the disk is full in this process, while others still count."""
    code = (
        "import time; from harness.measurement.streaming.spans import Processes\n"
        "found = Processes(2)(time.sleep, iter([0, 0.3, 0.3, 0.3]))\n"
        "next(found); found.close()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""


def test_what_is_stopped_works_on_no_more_tasks() -> None:
    worked_on: list[int] = []
    stoppable = Stoppable(HERE)
    found = stoppable(worked_on.append, range(10))
    next(found)
    stoppable.stop()
    with pytest.raises(HarnessError, match="stopped"):
        list(found)
    assert worked_on == [0, 1]
    assert (stoppable.num_workers, stoppable.is_elsewhere) == (1, False)
