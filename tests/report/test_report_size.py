"""A report stays below 2 MB, however many classes, groups, axes and models there are, however long their names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from large_results import MAX_BYTES, large_report

from harness.report.run_page import Report, render_run


@pytest.fixture(scope="module")
def page(study: Any, make_report: Callable[..., Report]) -> str:
    return render_run(large_report(make_report(study)))


def test_a_report_of_everything_at_once_is_bounded(page: str) -> None:
    assert len(page.encode()) < MAX_BYTES


def test_what_is_left_out_is_said_with_where_it_stands(page: str) -> None:
    assert "Shown are the 40 of 60 classes with the most samples. All counts are in curves.parquet." in page
    assert "Shown are the 10 groups with the most subjects; 38 more are in results.csv." in page
    assert "2 more axes are in results.csv." in page
    assert "408 more gaps are in results.csv." in page
    assert "more are in curves.parquet." in page


def test_answers_outside_the_shown_classes_are_counted_together(page: str) -> None:
    # Every label was given each of the 60 answers nine times: 40 in columns of their own, 20 in one.
    assert page.count(">33.3\N{NO-BREAK SPACE}%<small>180</small>") == 40
