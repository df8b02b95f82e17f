"""Spans of whole row groups."""

from __future__ import annotations

import pytest

from harness.errors import HarnessError
from harness.measurement.streaming import spans
from harness.measurement.streaming.spans import HERE, Span, Stoppable, spans_of
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


def test_a_row_group_that_is_too_large_for_a_span_is_divided() -> None:
    found = spans_of([400, 950, 30, 80], num_workers=1)
    assert [span.num_rows for span in found] == [400, *[100] * 9, 50 + 30 + 80]
    assert [span.first for span in found] == [0, *range(400, 1300, 100), 1300]
    assert {span.num_rows for span in spans_of([3200], num_workers=4)} == {200}


def test_a_span_says_which_rows_it_has() -> None:
    assert str(Span(1_000_000, (250_000, 250_000))) == "rows 1,000,001 to 1,500,000"


def test_no_rows_are_no_spans() -> None:
    assert spans_of([], 1) == spans_of([0], 2) == []


def test_what_is_stopped_works_on_no_more_tasks() -> None:
    worked_on: list[int] = []
    stoppable = Stoppable(HERE)
    found = stoppable(worked_on.append, range(10))
    next(found)
    stoppable.end()
    with pytest.raises(HarnessError, match="stopped"):
        list(found)
    assert worked_on == [0, 1]
    assert (stoppable.num_workers, stoppable.is_elsewhere) == (1, False)
