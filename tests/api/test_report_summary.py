"""What a report shows of itself, on rows written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from judgements import judged

from harness.api.measurement_report import MeasurementReport
from harness.attributes.group import THE_REST
from harness.tables.results import Result, results_table
from harness.verdicts.judge import not_tested

LONG = "m" * 300


def row(**columns: Any) -> Result:
    known = {"dataset": "d", "model": "mine", "metric": "uar", "n_samples": 1240, "n_subjects": 8, "n_unscored": 0}
    return Result(**{**known, **columns})


def pair(group: str, versus: str, **columns: Any) -> Result:
    sides = {"group": group, "group_values": (group,), "versus": versus, "versus_values": (versus,)}
    return row(axis="sex", attributes=("sex",), statistic="difference", **sides, **columns)


def report(*rows: Result) -> MeasurementReport:
    results = results_table([row(value=0.8123, lo=0.7, hi=0.9), *rows])
    return MeasurementReport(results, "mine", "voices", Path("/runs/<one>"))


def test_the_metrics_stand_first_with_their_figures() -> None:
    text = repr(report())
    assert text.splitlines()[0] == "mine on voices"
    assert "uar  0.812 0.700 0.900       1240" in text
    html = report()._repr_html_()
    assert "<td>uar</td><td class='number'>0.812</td><td class='number'>0.700</td>" in html
    assert "<td class='number'>1,240</td>" in html
    assert "/runs/&lt;one&gt;/report.html" in html


def test_what_was_not_measured_is_said_once_per_reason() -> None:
    absent = [row(metric=of, value=None, judgement=not_tested("no probabilities")) for of in ("brier", "ece")]
    text = repr(report(*absent, row(metric="auc", value=None)))
    assert "Not measured\n\n- brier and ece: no probabilities\n- auc: not defined" in text


def test_gaps_are_shown_the_worst_first_and_the_rest_is_counted() -> None:
    rows = [
        pair("a", f"g{i}", value=-i / 100, lo=-0.5, hi=0.5, threshold=0.05, judgement=judged("inconclusive"))
        for i in range(12)
    ]
    shown = repr(report(*rows))
    assert "For whom is it worse? (2 more in report.gaps)" in shown
    assert shown.index("g11") < shown.index("g10") < shown.index("g2")
    assert "  g1 " not in shown


def search_row(group: str, value: float, attributes: tuple[str, ...]) -> Result:
    return row(
        axis="search",
        attributes=attributes,
        kind="search",
        statistic="difference",
        group=group,
        versus=THE_REST.name,
        value=value,
    )


def test_a_search_is_explained_and_repeats_no_axis() -> None:
    text = repr(
        report(
            pair("Male", "Female", value=-0.1, lo=-0.2, hi=0.0, threshold=0.05, judgement=judged("inconclusive")),
            search_row("sex=Male", -0.3, ("sex",)),
            search_row("sex=Male & age=65+", -0.2, ("sex", "age")),
            search_row("sex=Female & age=<18", 0.1, ("sex", "age")),
        )
    )
    assert "Flagged by a search over combinations of attributes on uar: farther" in text
    assert "- sex=Male & age=65+: uar is worse by 0.200 than for the rest" in text
    assert "sex=Male:" not in text
    assert "than for the rest" in text
    assert "Female & " not in text
    assert "rest: " not in text


def test_findings_are_printed_with_their_remedy() -> None:
    wrong = row(
        kind="check",
        metric="label_order",
        judgement=judged("not_met", "It is shifted. Remedy: sort it."),
        value=1.0,
    )
    fine = row(kind="check", metric="determinism", judgement=judged("met", "It is steady."), value=0.0)
    for shown in (repr(report(wrong, fine)), report(wrong, fine)._repr_html_()):
        assert "label order: It is shifted. Remedy: sort it." in shown
        assert "steady" not in shown


def test_long_and_hostile_names_break_nothing() -> None:
    gap = pair(
        LONG, "<b>\x1b[31m\n", value=-0.1, lo=-0.2, hi=0.1, threshold=0.05, judgement=judged("inconclusive")
    )
    text, html = repr(report(gap)), report(gap)._repr_html_()
    assert "\x1b" not in text
    assert LONG not in text
    assert max(map(len, text.splitlines())) < 200
    assert "<b>" not in html
    assert "overflow-x:auto" in html
    assert "overflow-wrap:break-word" in html
