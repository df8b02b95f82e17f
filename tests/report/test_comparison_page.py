"""The page of a comparison."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pyarrow as pa
import pytest
from judgements import judged

from harness.report.comparison_page import render_comparison
from harness.tables.results import Result, results_table
from harness.tables.schemas import RESULTS


def difference(axis: str, group: str, value: float | None, **changes: Any) -> Result:
    whole = axis == "overall"
    made: dict[str, Any] = {
        "dataset": "clips",
        "model": "old",
        "versus_model": "new",
        "metric": "accuracy",
        "statistic": "difference",
        "axis": axis,
        "attributes": () if whole else (axis,),
        "group": group,
        "group_values": None if whole else (group,),
        "own_value": 0.6,
        "versus_value": 0.6 - (value or 0),
        "value": value,
        "lo": None if value is None else value - 0.05,
        "hi": None if value is None else value + 0.05,
        "null_lo": -0.06,
        "null_hi": 0.06,
        "p": 0.01,
        "p_corrected": 0.02,
        "n_samples": 1200,
        "n_subjects": 20,
        "n_unscored": 0,
        "threshold": 0.05,
        "judgement": judged("not_met"),
        "note": "new is worse for female",
        "method": "simultaneous max-t over subjects, permuted 400 times",
    }
    return Result(**{**made, **changes})


UNTESTED: dict[str, Any] = {
    "lo": None,
    "hi": None,
    "null_lo": None,
    "null_hi": None,
    "judgement": judged("not_tested", "2 subjects"),
    "note": None,
}


def run(name: str, num_left_out: int = 0) -> dict[str, Any]:
    return {"name": name, "dataset": "clips", "plan_sha256": "a" * 64, "num_left_out": num_left_out}


def page(*differences: Result, **changes: Any) -> str:
    document = {
        "dataset": "clips",
        "title": "Clips of 2026",
        "runs": [run("old"), run("new", 3)],
        "num_shared": 1200,
        "num_subjects": 20,
        "on": "sample_id",
        "conclusions": ["new is worse than old for female (sex)."],
        "notes": [],
        "settings": {"level": 0.95, "min_subjects": 5, "permutations": 1000, "seed": 0},
    }
    results = results_table(differences) if differences else pa.Table.from_pylist([], RESULTS)
    return render_comparison({**document, **changes}, results)


def test_the_heading_names_the_dataset_by_its_title() -> None:
    assert "compared on</small> Clips of 2026</h1>" in page()


def test_on_a_narrow_screen_every_cell_says_what_it_is() -> None:
    text = page(difference("sex", "female", -0.2))
    for table in re.findall(r"<table.*?</table>", text, re.DOTALL):
        rows = [
            row for row in re.findall(r"<tr.*?</tr>", table, re.DOTALL) if "<td" in row and "scale-row" not in row
        ]
        headings = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', table)[1:]
        assert rows
        for row in rows:
            assert re.findall(r'<td[^>]* data-label="(.*?)"', row) == headings


def test_values_verdicts_and_groups_are_shown() -> None:
    text = page(
        difference("overall", "all", 0.12),
        difference("sex", "female", 0.2),
        difference("sex", "male", 0, **UNTESTED),
    )
    for shown in (
        "new is worse than old for female",
        "all samples",
        "0.120",
        "[0.070, 0.170]",
        "not met",
        "2 subjects",
    ):
        assert shown in text
    assert text.count(">sex</th>") == 1
    assert text.count('<svg class="strip') == 2


def test_the_values_of_a_group_that_is_not_tested_stay_hidden() -> None:
    shown = page(
        difference("overall", "all", 0.1),
        difference("age", "65+", 0.2345, own_value=0.8765, versus_value=0.642, n_subjects=2, **UNTESTED),
    )
    assert "65+" in shown
    assert "2 subjects" in shown
    for value in ("0.234", "0.235", "0.876", "0.877", "0.642"):
        assert value not in shown


def test_every_name_is_escaped_and_nothing_can_be_fetched() -> None:
    evil = '"><script src=//x></script>'
    text = page(
        difference(evil, evil, 0.2, model=evil, versus_model="\u202eb"),
        runs=[run(evil), run("\u202eb")],
        conclusions=[evil],
        notes=[evil],
        dataset=evil,
        on=evil,
    )
    found = Elements(text)
    assert "script" not in found.tags
    assert "\u202e" not in text
    assert not any(name in ("src", "href", "onerror") for name, _ in found.attributes)
    assert "default-src 'none'" in text


def test_the_page_is_whole_and_the_same_every_time() -> None:
    differences = [difference("overall", "all", 0.12)]
    assert page(*differences) == page(*differences)
    assert Elements(page(*differences)).unclosed == []


@pytest.mark.parametrize(("num", "expected"), [(2, "both runs"), (3, "all 3 runs")])
def test_it_says_how_many_runs_share_the_samples(num: int, expected: str) -> None:
    runs = [run(f"r{i}") for i in range(num)]
    assert expected in page(difference("overall", "all", 0.1), runs=runs)


def test_a_page_of_more_than_three_sections_lists_its_contents_in_their_order() -> None:
    pairs = [("old", "new"), ("old", "<b>"), ("new", "<b>")]
    text = page(*(difference("overall", "all", 0.1, model=a, versus_model=b) for a, b in pairs))
    places = re.findall(r'<section id="([^"]+)">', text)
    assert places == ["found", "pair-1", "pair-2", "pair-3", "methods"]
    assert re.findall(r'<a href="#([^"]+)">', text) == places
    assert '<a href="#pair-2">old minus &lt;b&gt;</a>' in text


def test_a_shorter_page_lists_none() -> None:
    assert "<nav" not in page(difference("overall", "all", 0.1))
    assert "<nav" not in page()


def test_runs_without_a_metric_in_common_say_so() -> None:
    assert "no metric in common" in page(conclusions=["Nothing could be tested: see the reasons."])


def test_very_many_conclusions_are_cut_and_counted() -> None:
    text = page(difference("overall", "all", 0.1), conclusions=[f"sentence {i}." for i in range(100)])
    assert "60 more in the tables below" in text
    assert "sentence 40." not in text


class Elements(HTMLParser):
    """Tags, attributes, and what was opened and never closed."""

    VOID = ("meta", "br", "line", "circle", "rect")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.unclosed: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.unclosed.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.unclosed.pop() == tag
