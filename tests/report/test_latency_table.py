from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from harness.metrics.latency import Latency
from harness.report.latency_table import MAX_GROUPS, latency_lines, latency_table, seconds, three_digits
from harness.report.numbers import ABSENT
from harness.report.run_page import Report, render_run

ALL = Latency(None, None, 1234, 0.0521, 1.95, 12.3, 5.126, attempts=1.25, throughput=61.2)
WOMEN = replace(ALL, axis="sex", group="<b>female</b>", num_samples=617, attempts=1.0, throughput=None)


def test_only_a_system_that_was_asked_one_by_one_has_a_table() -> None:
    assert latency_table([]) is None
    assert latency_table([replace(ALL, attempts=None)]) is None
    table = latency_table([ALL, WOMEN])
    assert table is not None
    assert (list(table.rows), table.num_more) == ([ALL, WOMEN], 0)
    many = latency_table([ALL, *[WOMEN] * (MAX_GROUPS + 3)])
    assert many is not None
    assert (len(many.rows), many.num_more) == (1 + MAX_GROUPS, 3)


def test_the_report_shows_the_times_of_every_group(study: Any, make_report: Callable[..., Report]) -> None:
    page = render_run(replace(make_report(study), times=[ALL, WOMEN]))
    section = page[page.index('<section id="times">') :].partition("</section>")[0]
    for figure in (
        "1,234 samples",
        "52.1\N{NO-BREAK SPACE}ms",
        "1.95\N{NO-BREAK SPACE}s",
        "12.3\N{NO-BREAK SPACE}s",
        "5.13",
        "1.25",
    ):
        assert figure in section
    assert "&lt;b&gt;female&lt;/b&gt;" in section
    assert "61.2 answers came per second" in section
    assert "How long answers took" not in render_run(make_report(study))


def test_the_lines_of_the_terminal() -> None:
    assert list(latency_lines([ALL, WOMEN])) == [
        "Time for an answer: median 0.0521 s, 95 % under 1.95 s, 99 % under 12.3 s, 5.13 per second one after "
        "another",
        "Throughput: 61.2 answers per second in all, 1.25 requests per answer",
    ]
    assert list(latency_lines([replace(ALL, attempts=1.0)]))[1].endswith(" in all, 1 request per answer")
    assert len(list(latency_lines([replace(ALL, attempts=None)]))) == 1
    assert list(latency_lines([])) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 ms"),
        (0.00512, "5.12 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1 s"),
        (61.0, "61 s"),
        (99.97, "100 s"),
        (3600.0, "3,600 s"),
    ],
)
def test_seconds(value: float, text: str) -> None:
    assert seconds(value) == text.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(
    ("value", "text"), [(None, ABSENT), (0.01234, "0.0123"), (9.753, "9.75"), (999.4, "999"), (12345.6, "12,346")]
)
def test_three_digits(value: float | None, text: str) -> None:
    assert three_digits(value) == text
