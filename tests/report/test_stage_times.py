from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from harness.evidence.run_seconds import STAGES
from harness.report.run_page import Report, render_run
from harness.report.stage_times import stage_times, time_line

NOTHING = dict.fromkeys((*STAGES, "preparing", "reading"), 0.0)


def test_stages_are_named_in_their_order_with_what_workers_did() -> None:
    seconds = NOTHING | {"listing": 0.4, "waiting": 8.06, "computing": 1234.5, "measuring": 0.6, "preparing": 15.9}
    assert time_line(seconds) == (
        "Time: 1,243.6 s: listing samples 0.4, waiting for samples 8.1, computing 1,234.5, measuring 0.6; samples "
        "took 15.9 s to prepare"
    )
    assert time_line(seconds | {"reading": 9.04}).endswith("; samples took 15.9 s to prepare, 9.0 s of it to read")


def test_what_took_no_time_is_not_named() -> None:
    assert time_line(NOTHING | {"listing": 0.04, "measuring": 0.3}) == "Time: 0.3 s: measuring 0.3"
    assert time_line(NOTHING) == "Time: 0.0 s"
    assert time_line(NOTHING | {"measuring": 0.3, "preparing": 0.04}) == "Time: 0.3 s: measuring 0.3"


def test_the_table_names_what_took_longest() -> None:
    assert stage_times(None) is None
    assert stage_times(NOTHING) is None
    times = stage_times(NOTHING | {"listing": 1.0, "checking": 3.0, "preparing": 9.0})
    assert times is not None
    assert (times.total, times.longest.stage.title, times.longest.share) == (4.0, "checks on the test", 0.75)
    assert [row.share for row in times.rows] == [0.25, 0.0, 0.0, 0.0, 0.0, 0.75, 0.0]


def test_the_report_shows_it_where_it_is_known(study: Any, make_report: Callable[..., Report]) -> None:
    report = make_report(study)
    assert "Where the time of the run went" not in render_run(report)
    seconds = NOTHING | {"waiting": 30.0, "computing": 0.25, "preparing": 58.5, "reading": 4.0}
    page = render_run(replace(report, seconds=seconds))
    assert '<a href="#stages">' in page
    section = _section(page)
    for said in ("30.2 s in all; the longest stage was waiting for samples", "more workers", "250 ms", "99.2 %"):
        assert said in section
    assert "58.5 s to prepare, of all workers together; 4 s of that" in section
    assert "Meanwhile" not in _section(render_run(replace(report, seconds=seconds | {"preparing": 0.0})))


def _section(page: str) -> str:
    section = page[page.index('<section id="stages">') :].partition("</section>")[0]
    return section.replace("\N{NO-BREAK SPACE}", " ")
