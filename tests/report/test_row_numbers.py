"""Every verdict of a report names its row of the results, by which its samples are found."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from harness.report.run_page import Report, render_run
from harness.verdicts.judge import JUDGED

VERDICT = re.compile(r'<span class="verdict (\w+)">[^<]+</span>(?:<details class="behind">.*?--result (\d+)<)?')
LINK = re.compile(r'<span class="verdict (\w+)">[^<]+</span>(?:<a class="behind" href="\./#result=(\d+)">)?')
EXPLAINED = len((*JUDGED, "not_tested"))
"""Above the gaps each word stands once with what it means."""


@pytest.fixture(scope="module")
def report(gap_study: Any, make_report: Callable[..., Report]) -> Report:
    return make_report(gap_study)


@pytest.mark.parametrize(("served", "found"), [(False, VERDICT), (True, LINK)])
def test_every_verdict_stands_with_the_number_of_its_row(
    report: Report, served: bool, found: re.Pattern[str]
) -> None:
    rows = report.results.to_pylist()
    shown = found.findall(render_run(report, served=served))
    numbers = [(verdict, number) for verdict, number in shown if number]
    assert len(shown) - len(numbers) == EXPLAINED
    assert len(numbers) > 20
    for verdict, number in numbers:
        row = rows[int(number)]
        is_of_a_claim = row["verdict"] is None and row["statistic"] == "level"  # it is judged in the report alone
        assert row["verdict"] == verdict or is_of_a_claim


def test_a_gap_names_its_own_row(report: Report) -> None:
    rows = report.results.to_pylist()
    table = re.findall(r'<table class="drawings gaps stack">(.*?)</table>', render_run(report), re.DOTALL)[0]
    lines = re.findall(
        r'<tr><th scope="row">(.*?)<span class="than">than (.*?)</span>.*?--result (\d+)<', table, re.DOTALL
    )
    assert lines
    for worse, than, number in lines:
        row = rows[int(number)]
        others = {row["group"], "the rest" if row["versus"] == "rest" else row["versus"]}
        assert {unescape(worse).strip(), unescape(than).strip()} == others


def test_a_group_that_is_not_tested_names_its_row(report: Report) -> None:
    rows = report.results.to_pylist()
    numbers = re.findall(r"Not tested: [^<]*<details class=\"behind\">.*?--result (\d+)<", render_run(report))
    assert numbers
    assert {rows[int(number)]["verdict"] for number in numbers} == {"not_tested"}


def test_what_is_served_takes_nothing_that_the_viewer_forbids(report: Report) -> None:
    page = render_run(report, served=True)
    assert not re.search(r"<style|style=|<script|http-equiv|<details class=.behind", page)
    assert '<link rel="stylesheet" href="report.css">' in page


def test_the_file_names_no_place_of_a_machine(report: Report) -> None:
    commands = re.findall(r"<code>(harness [^<]*)</code>", render_run(report))
    assert {re.sub(r"\d+$", "N", one) for one in commands} == {
        "harness score .",
        "harness view . --result N",
    }
    assert str(Path.cwd()) not in render_run(report)
