"""What the report says of groups, gaps and the test itself, read from the page as a reader would."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from itertools import combinations
from typing import Any

import pyarrow as pa
import pytest
from rows_in_short import sides

from harness.report.numbers import ABSENT
from harness.report.run_page import Report, render_run

SYSTEM = "fer_mini_xception"
HOSTILE = "<script>alert(1)</script>\"' onload=x \u202egnitset\x07"


BEHIND = re.compile(r'<details class="behind">.*?</details>')
"""The command beside a verdict: tests/report/test_row_numbers.py."""


def text_of(html: str) -> str:
    body = re.sub(r"<style>.*?</style>", "", BEHIND.sub("", html), flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body))).replace("\N{MINUS SIGN}", "-")


@pytest.fixture(scope="module")
def html(gap_study: Any, make_report: Callable[..., Report]) -> str:
    return render_run(make_report(gap_study))


@pytest.fixture(scope="module")
def text(html: str) -> str:
    return text_of(html)


def _rows(study: Any, **where: Any) -> list[dict[str, Any]]:
    wanted = {"model": SYSTEM, "versus_model": None, "kind": "metric", **where}
    return [row for row in study.results.to_pylist() if all(row[key] == value for key, value in wanted.items())]


def _changed(study: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([change(row) for row in study.results.to_pylist()], study.results.schema)


def test_every_gap_stands_with_interval_chance_tolerance_and_verdict(gap_study: Any, text: str) -> None:
    (row,) = _rows(gap_study, metric="accuracy", axis="sex", group="female", versus="male", statistic="difference")
    assert row["value"] > 0
    assert (
        f"male than female Accuracy; 40 subjects {row['value']:.3f} [{row['lo']:.3f}, {row['hi']:.3f}] "
        f"at least 0.000 [{row['null_lo']:.3f}, {row['null_hi']:.3f}] 0.050 inconclusive about" in text
    )


def test_the_summary_counts_verdicts_and_never_calls_silence_a_pass(gap_study: Any, text: str) -> None:
    judged = [
        row
        for row in _rows(gap_study, statistic="difference")
        if row["verdict"] in ("met", "not_met", "inconclusive")
    ]
    count = [sum(row["verdict"] == verdict for row in judged) for verdict in ("not_met", "inconclusive", "met")]
    said = "{} differences between groups on 4 axes: {} not met, {} inconclusive, {} met."
    assert said.format(len(judged), *count) in text
    assert count[0] == 0
    assert "This does not prove that there is none" in text
    assert "This is not a pass." in text


def test_a_gap_that_is_not_met_is_said_in_words(gap_study: Any, make_report: Callable[..., Report]) -> None:
    def worse(row: dict[str, Any]) -> dict[str, Any]:
        is_it = (row["axis"], row["metric"], row["group"], row["versus"]) == ("sex", "uar", "female", "male")
        found = {"value": -0.2, "lo": -0.3, "hi": -0.1, "verdict": "not_met", "reason": None}
        return row | found if is_it and row["statistic"] == "difference" else row

    text = text_of(render_run(make_report(gap_study, results=_changed(gap_study, worse))))
    assert "female (sex): UAR lower than for male by 0.200 [0.100, 0.300], accepted 0.050." in text
    assert "This does not prove" not in text


def test_what_the_plan_demands_beyond_chance_is_said(
    gap_study: Any, text: str, make_report: Callable[..., Report]
) -> None:
    assert "and both groups do better than chance." in text
    assert "Demanded for met" not in text
    plan = {**gap_study.plan, "measure": {**gap_study.plan["measure"], "min_above_chance": 0.1}}
    said = text_of(render_run(make_report(replace(gap_study, plan=plan))))
    assert "and both groups do better than chance by at least 0.1." in said
    assert "Demanded for met UAR (CCC) better than chance by 0.1 in both groups" in said


def test_sources_of_attributes_stand_with_their_axis(text: str) -> None:
    assert "Skin tone Source: estimated from the signal: measured on these groups" in text
    assert "Sex: simulated (dataset). Age: not stated by whom (dataset)." in text


def test_the_map_holds_every_combination_with_its_subjects(gap_study: Any, html: str) -> None:
    table = re.search(r'<table class="confusion heat">(.*?)</table>', html, re.DOTALL)
    assert table is not None
    cells = re.findall(r"<td class=.*?</td>", table[1], re.DOTALL)
    rows = _rows(gap_study, metric="accuracy", axis="sex*age", statistic="level")
    assert len(cells) == len(rows) == 10
    shown = text_of(table[1])
    for row in rows:
        if row["verdict"] == "not_tested":
            assert row["n_subjects"] == 0
            continue
        (shrunken,) = _rows(gap_study, kind="shrunken", metric="accuracy", axis="sex*age", group=row["group"])
        assert f"{row['value']:.3f} → {shrunken['value']:.3f} {row['n_subjects']} subjects" in shown
    assert shown.count("nobody") == 2


def test_small_groups_keep_their_figures_to_themselves(gap_study: Any, text: str) -> None:
    few = _rows(gap_study, axis="skin_tone", verdict="not_tested", statistic="level", metric="accuracy")
    assert {row["group"] for row in few} == {"monk_01", "monk_04", "monk_07", "monk_10"}
    for row in few:
        assert f"{row['group']} 3 subjects, 63 samples Not tested: 3 subjects; at least 4 are needed." in text


def test_an_index_stands_with_what_chance_gives(gap_study: Any, html: str) -> None:
    (row,) = _rows(gap_study, axis="age", metric="uar", index="max_min_difference", statistic="index")
    tables = re.findall(r'aria-label="[^"]*, indices, table">(.*?)</table>', html, re.DOTALL)
    shown = text_of(tables[1])
    largest, garbe = f"{row['value']:.3f} by chance 0.120 [0.010, 0.300]", "0.040 by chance 0.120 [0.010, 0.300]"
    assert f"UAR {largest} {ABSENT} {ABSENT} {garbe} 0.310 1.000" in shown


def test_the_system_stands_beside_the_raters(text: str) -> None:
    assert "All samples Accuracy" in text
    assert "-0.110 [-0.160, -0.060]" in text
    assert "female minus male Accuracy, gap" in text
    assert "0.020 [-0.030, 0.070] -0.070 [-0.130, -0.010]" in text


def test_what_a_search_found_stands_with_its_threshold(text: str) -> None:
    said = "sex=female & age=65+ (found by searching all combinations): Accuracy lower than for the rest by 0.210"
    assert f"{said}, by chance at most 0.160." in text
    assert "sex=female & age=65+ than the rest Accuracy 0.210 [-0.160, 0.160] 5" in text
    assert "Searched: 63 combinations of attributes, on Accuracy. Groups for whom" in text


def test_a_search_that_found_nobody_says_what_it_searched(
    gap_study: Any, make_report: Callable[..., Report]
) -> None:
    rows = [
        row for row in gap_study.results.to_pylist() if (row["kind"], row["statistic"]) != ("search", "difference")
    ]
    without = pa.Table.from_pylist(rows, gap_study.results.schema)
    said = text_of(render_run(make_report(gap_study, results=without)))
    assert "A search over 63 combinations of attributes on Accuracy found nobody for whom it is worse" in said


def test_findings_about_the_test_come_with_their_remedy_and_the_found_ones_first(html: str, text: str) -> None:
    section = text[text.index("Findings about the test itself") : text.index("A face that was not found")]
    assert "1 of 3 checks found something" in section
    found = "Label order found 0.540 by chance [0.100, 0.190] UAR rises from 0.46 to 0.54"
    assert (
        section.index(found)
        < section.index("Proxy leakage inconclusive")
        < section.index("Batch invariance passed")
    )
    assert "Remedy: compare the label list of the card" in section
    folded = re.search(r"<details><summary>1 not tested</summary>(.*?)</details>", BEHIND.sub("", html), re.DOTALL)
    assert folded is not None
    assert "Near duplicates" in folded[1]


def test_the_confidence_of_each_group_is_drawn(gap_study: Any, html: str) -> None:
    drawn = re.findall(r'<li><svg class="curve system" role="img" aria-label="confident [^"]+">', html)
    tested = _rows(gap_study, metric="coverage", statistic="level", verdict=None)
    assert len(drawn) == len([row for row in tested if row["axis"] != "overall"])


def test_every_fold_says_what_it_holds(html: str) -> None:
    folds = BEHIND.sub("", html)
    assert folds.count("<details>") == folds.count("<details><summary>") == folds.count("</details>") > 5


def test_hostile_names_are_shown_and_not_run(make_gap_study: Any, make_report: Callable[..., Report]) -> None:
    study = make_gap_study(hostile=HOSTILE, num_subjects=12, per_class=1)
    html = render_run(make_report(study))
    assert "<script" not in html
    assert "\u202e" not in html
    assert "\x07" not in html
    assert not re.search(r"<[^>]*\sonload=", html)
    assert "<script>alert(1)</script>" in text_of(html)


def test_fifty_groups_and_many_metrics_stay_a_page(gap_study: Any, make_report: Callable[..., Report]) -> None:
    """One axis with 50 groups: 1,225 pairs for each of 20 metrics."""
    levels = [row for row in gap_study.results.to_pylist() if row["axis"] == "overall"]
    (like,) = [
        row for row in levels if (row["model"], row["metric"], row["statistic"]) == (SYSTEM, "uar", "level")
    ]
    names = [f"town {index}" for index in range(50)]
    metrics = ["accuracy", "uar", *(f"recall:class {index}" for index in range(18))]
    like = like | {"axis": "town", "attributes": ["town"]}
    rows = [like | {"metric": metric} | sides(name) for metric in metrics for name in names]
    gap = {"statistic": "difference", "verdict": "inconclusive", "threshold": 0.05}
    rows += [
        like | gap | {"metric": metric, "value": 0.1} | sides(f"{a} - {b}")
        for metric in metrics
        for a, b in combinations(names, 2)
    ]
    samples = gap_study.samples.append_column("attr.town", pa.array(["town 1"] * gap_study.samples.num_rows))
    results = pa.Table.from_pylist([*levels, *rows], gap_study.results.schema)
    html = render_run(make_report(gap_study, results=results, samples=samples))
    assert len(html) < 1_000_000
    text = text_of(html)
    assert "10 more are in results.csv" in text
    assert re.search(r"[\d,]+ more gaps are in results\.csv", text)


def test_each_group_has_its_own_chance_level(gap_study: Any, make_report: Callable[..., Report]) -> None:
    """The chance level is higher in a group with fewer classes."""
    chance = {"female": 0.25, "male": 0.5}

    def with_chance(row: dict[str, Any]) -> dict[str, Any]:
        own = row["axis"] == "sex" and row["statistic"] == "level" and row["metric"] == "accuracy"
        return row | {"chance": chance.get(row["group"]) if own else None}

    page = render_run(make_report(gap_study, results=_changed(gap_study, with_chance)))
    assert re.findall(r'class="chance" x1="([\d.]+)%"', page[page.index("Sex") :])[:2] == ["25.00", "50.00"]
    assert "Dashed line: chance, with the classes that occur in the group." in page
