from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from judgements import judged
from printed_tables import printed
from rows_in_short import sides
from stated_claims import STATED, with_claims

from harness.attributes.group import THE_REST, Group
from harness.commands.study_tables import GAPS_IN_TERMINAL, gaps_table, show_claims, show_results
from harness.report.ranked_gaps import Gap
from harness.tables.curves import Curve, curves_table
from harness.tables.results import Result, results_table

NO_CURVES = curves_table([])

GAP = Gap(
    metric="negative_assignment",
    axis="sex*age",
    attributes=("sex", "age"),
    worse=Group.of("female", "65+"),
    than=THE_REST,
    value=0.14,
    lo=-0.012,
    hi=0.292,
    null_lo=-0.1,
    null_hi=0.1,
    p=0.31,
    level=0.95,
    tolerance=0.05,
    verdict="inconclusive",
    reason=None,
    num_subjects=1234,
)


def _shown(ranked: list[Gap], width: int = 80, *, is_narrow: bool = False) -> str:
    table = gaps_table(ranked, is_narrow=is_narrow)
    return printed(table, width, is_terminal=True)


def test_a_gap_fits_eighty_columns_with_all_that_it_rests_on() -> None:
    shown = _shown([GAP])
    assert max(map(len, shown.splitlines())) <= 80
    figures = ("0.140", "[-0.012, 0.292]", "inconclusive", "1,234")
    assert all(figure in shown for figure in figures)
    row = "sex * age female * 65+ the rest 0.140 [-0.012, 0.292] inconclusive 1,234"
    assert row in re.sub(r"\s+", " ", _shown([GAP], width=200))


def test_the_name_of_an_attribute_is_not_broken_where_there_is_room() -> None:
    named = {"worse": Group.of("not disclosed"), "than": Group.of("African American")}
    widest = replace(GAP, axis="ethnicity", attributes=("ethnicity",), **named)
    shown = _shown([widest, GAP], is_narrow=True)
    assert max(map(len, shown.splitlines())) <= 80
    assert "ethnicity" in shown
    assert "African American" in shown
    assert "1,234" in shown


def test_no_word_is_broken_in_eighty_columns() -> None:
    named = {"worse": Group.of("none reported"), "than": Group.of("not disclosed")}
    gap = replace(GAP, metric="standardised_uar", axis="neurodivergence", attributes=("neurodivergence",), **named)
    shown = _shown([gap, GAP], is_narrow=True)
    words = "standardised neurodivergence none reported not disclosed inconclusive 1,234 0.140 negative assignment"
    assert set(words.split()) <= set(shown.split())
    assert max(map(len, shown.splitlines())) <= 80
    assert "[-0.012, 0.292]" in shown


def test_long_and_hostile_names_keep_the_table_whole() -> None:
    hostile = "\x1b[31mred\u202e [bold]" + "x" * 4000
    shown = _shown([replace(GAP, worse=Group.of(hostile))])
    assert max(map(len, shown.splitlines())) <= 80
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(shown) < 4000
    assert "inconclusive" in shown


def test_the_table_is_bounded_and_says_how_many_more() -> None:
    shown = _shown([GAP] * (GAPS_IN_TERMINAL + 7))
    assert shown.count("1,234") == GAPS_IN_TERMINAL
    assert "7 more: report.html, results.csv." in shown
    assert "more" not in _shown([GAP] * GAPS_IN_TERMINAL)


def _row(**columns: Any) -> Result:
    counts = {"n_samples": 90, "n_subjects": 9, "n_unscored": 0}
    if "about" in columns:
        columns |= sides(columns.pop("about"))
    return Result(**{"dataset": "d", "model": "m", "metric": "uar", "value": 0.5, **counts, **columns})


def test_a_study_ends_with_who_it_is_worse_for_who_was_not_tested_and_what_is_wrong_with_the_test(
    capsys: pytest.CaptureFixture[str],
) -> None:
    gap = {"axis": "sex", "about": "female - male", "statistic": "difference", "lo": -0.2, "hi": -0.08}
    gap |= {"attributes": ("sex",)}
    check = {"kind": "check", "metric": "label_order", "statistic": "index", "value": 0.6}
    few = {"axis": "age", "value": 0.1}
    rows = [
        _row(),
        _row(axis="sex", about="female", value=0.43),
        _row(axis="sex", about="male", value=0.57),
        _row(**gap, value=-0.14, threshold=0.05, judgement=judged("not_met")),
        _row(
            **few, about="65+", n_subjects=2, judgement=judged("not_tested", "2 subjects; at least 5 are needed")
        ),
        _row(**few, about="<18", n_subjects=1, judgement=judged("not_tested")),
        _row(
            **check,
            judgement=judged("not_met", "Two labels\x1b[2J change places. More on it. Remedy: turn them."),
        ),
        _row(kind="search", statistic="index", axis="search", index="cells", value=11.0),
        _row(**{**check, "metric": "determinism"}, judgement=judged("met", "Two passes agree.")),
    ]
    show_results(results_table(rows), NO_CURVES, "m on d", "m")
    shown = re.sub(r"\s+", " ", capsys.readouterr().out)
    assert "uar sex female male 0.140* [0.080, 0.200] not met 9" in shown
    assert "Not tested: age 65+ (2 subjects), age <18 (1 subject)" in shown
    assert "Searched on uar: 11 combinations of attributes, 0 beyond chance Not tested" in shown
    assert "Findings about the test itself: - label order: Two labels\ufffd[2J change places." in shown
    assert "\x1b" not in shown
    assert "More on it" not in shown
    assert "Two passes agree" not in shown
    assert "0.100" not in shown


def test_a_group_that_is_not_tested_is_spelt_as_one_that_is(capsys: pytest.CaptureFixture[str]) -> None:
    group = Group.of("*f", "65+")
    few = {"axis": "sex*age", "attributes": ("sex", "age"), "group": group.name, "group_values": group.values}
    row = replace(_row(n_subjects=2, judgement=judged("not_tested", "2 subjects; at least 5 are needed")), **few)
    show_results(results_table([_row(), row]), NO_CURVES, "m on d", "m")
    assert "Not tested: sex*age *f * 65+ (2 subjects)" in re.sub(r"\s+", " ", capsys.readouterr().out)


def test_without_groups_only_the_headline_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    show_results(results_table([_row()]), NO_CURVES, "m on d", "m")
    shown = capsys.readouterr().out
    assert "0.500" in shown
    assert "no attributes of people to compare groups by. Add some with attributes.file=people.csv" in shown
    assert "worse" not in shown
    assert "Not tested" not in shown


def test_a_gap_that_is_another_one_with_the_same_mix_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    gap = {"axis": "sex", "about": "female - male", "statistic": "difference", "attributes": ("sex",)}
    gap |= {"threshold": 0.05, "lo": -0.2, "hi": -0.08}
    rows = [
        _row(),
        _row(**gap, value=-0.14, judgement=judged("not_met")),
        _row(**gap | {"lo": -0.02, "hi": 0.04}, value=0.01, kind="standardised", judgement=judged("met")),
        _row(**gap, value=-0.13, kind="adjusted", other_axis="age", judgement=judged("not_met")),
        _row(
            **gap | {"lo": None, "hi": None},
            value=None,
            kind="adjusted",
            other_axis="site",
            judgement=judged("not_tested", "none"),
        ),
    ]
    show_results(results_table(rows), NO_CURVES, "m on d", "m")
    shown = re.sub(r"\s+", " ", capsys.readouterr().out)
    named = "uar, worse for female than male: with the same mix of"
    assert f"{named} classes: -0.010 [-0.040, 0.020], met" in shown
    assert f"{named} site: it is not possible" in shown
    assert "mix of age" not in shown  # it is the same gap


def test_nobody_is_called_worse_off_where_groups_are_alike(capsys: pytest.CaptureFixture[str]) -> None:
    gap = {"axis": "sex", "about": "female - male", "statistic": "difference", "attributes": ("sex",)}
    gap |= {"threshold": 0.05, "lo": -0.4, "hi": 0.4, "judgement": judged("inconclusive")}
    alike = _row(**gap, value=0.0)
    show_results(results_table([_row(), alike]), NO_CURVES, "m on d", "m")
    shown = capsys.readouterr().out
    assert "For whom is it worse? In these samples for nobody: all groups that were compared are alike." in shown
    assert "Too few people to judge groups: 1 of 1 gap is open." in " ".join(shown.split())
    assert "worse for" not in shown
    assert "no attributes" not in shown
    show_results(
        results_table([_row(), alike, _row(**gap | {"metric": "ece"}, value=0.1)]), NO_CURVES, "m on d", "m"
    )
    table = capsys.readouterr().out
    assert "ece" in table
    assert "0.000" not in table


def test_a_gap_beyond_chance_in_the_report_has_a_star_that_is_explained() -> None:
    shown = _shown([replace(GAP, p=0.04), replace(GAP, p=0.06, value=0.15)], width=200)
    assert "0.140*" in shown
    assert "0.150 " in shown
    assert "* beyond chance, corrected for all metrics and axes" in shown


def _without_score(reason: str, num: int) -> Curve:
    place = {"dataset": "d", "model": "m", "condition": "clean", "curve": "unscored"}
    return Curve(**place, truth="failed", answer=reason, n_samples=num, n_subjects=num)


def test_a_system_that_answered_nothing_says_so_and_groups_are_not_compared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    gap = {"axis": "sex", "about": "female - male", "statistic": "difference", "attributes": ("sex",)}
    rows = [
        _row(metric="coverage", value=0.0, n_samples=50),
        _row(**gap, value=0.0, lo=-0.5, hi=0.5, threshold=0.05, judgement=judged("inconclusive")),
        _row(kind="search", statistic="index", axis="search", index="cells", value=11.0),
    ]
    curves = curves_table([_without_score("missing_file", 48), _without_score("time\x1b[2Jout", 2)])
    show_results(results_table(rows), curves, "m on d", "m")
    shown = capsys.readouterr().out
    assert "m scored nothing: 48 missing_file, 2 time\ufffd[2Jout.\n" in shown
    assert "worse" not in shown
    assert "open" not in shown
    assert "Searched" not in shown


def test_samples_without_a_score_are_counted_by_their_reasons_the_rare_ones_together(
    capsys: pytest.CaptureFixture[str],
) -> None:
    reasons = [("no_face", 9), ("timeout", 8), ("unreadable", 7), ("refused", 6), ("empty", 3), ("odd", 2)]
    curves = curves_table([_without_score(*reason) for reason in reasons])
    show_results(results_table([_row(metric="coverage", n_samples=1000)]), curves, "m on d", "m")
    said = "35 of 1,000 samples without a score: 9 no_face, 8 timeout, 7 unreadable, 6 refused, 5 other.\n"
    assert said in capsys.readouterr().out


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        (("inconclusive",) * 3, "Too few people to judge groups: 3 of 3 gaps are open.\n"),
        (
            ("met", "inconclusive"),
            "1 of 2 gaps is open: too few people, or too close to the tolerance, to judge.\n",
        ),
        (("met", "not_met"), None),
    ],
)
def test_what_could_not_be_judged_is_one_line(
    capsys: pytest.CaptureFixture[str], verdicts: tuple[str, ...], said: str | None
) -> None:
    gap = {"axis": "sex", "about": "female - male", "statistic": "difference", "attributes": ("sex",)}
    gap |= {"value": 0.01, "lo": -0.2, "hi": 0.2, "threshold": 0.05}
    rows = [
        _row(**gap, metric=metric, judgement=judged(verdict))
        for metric, verdict in zip(("uar", "accuracy", "ece"), verdicts, strict=False)
    ]
    show_results(results_table([_row(), *rows]), NO_CURVES, "m on d", "m")
    shown = capsys.readouterr().out
    assert said in shown if said else "open" not in shown


def test_a_contradicted_figure_is_said_before_the_list(study: Any, capsys: pytest.CaptureFixture[str]) -> None:
    show_claims(with_claims(study.plan, [{**STATED, "value": 0.99}, {**STATED, "value": 0.1}]), study.results)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [
        "FINDING: What was measured contradicts 1 of 2 stated figures.",
        "Figures stated by the provider:",
    ]
    show_claims(with_claims(study.plan, [{**STATED, "value": 0.1}]), study.results)
    assert capsys.readouterr().out.startswith("Figures stated by the provider:")
