from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judgements import judged
from rows_in_short import sides

from harness.attributes.group import THE_REST, Group
from harness.report.ranked_gaps import Untested, gaps, untested, worst
from harness.report.same_mix import axes_together
from harness.tables.results import Result, results_table


def _row(**columns: Any) -> Result:
    counts = {"n_samples": 90, "n_subjects": 9, "n_unscored": 0}
    columns |= sides(columns.pop("about", "all"))
    return Result(
        **{"dataset": "d", "model": "m", "metric": "uar", "value": 0.5, "axis": "sex", **counts, **columns}
    )


def _gap(value: float, **columns: Any) -> Result:
    given = {"about": "female - male", "lo": value - 0.03, "hi": value + 0.03, "null_lo": -0.02, "null_hi": 0.01}
    given |= {"threshold": 0.05, "judgement": judged("inconclusive"), "attributes": ("sex",)}
    return _row(statistic="difference", value=value, **{**given, **columns})


def _one(*rows: Result) -> Any:
    (found,) = gaps(results_table(rows), "m")
    return found


def test_lower_is_worse_where_higher_is_better_and_the_interval_turns_with_the_value() -> None:
    found = _one(_gap(-0.14))
    assert (found.worse, found.than, found.value) == (Group.of("female"), Group.of("male"), 0.14)
    assert (found.lo, found.hi) == pytest.approx((0.11, 0.17))
    assert (found.null_lo, found.null_hi) == (-0.01, 0.02)
    turned = _one(_gap(0.14))
    assert (turned.worse, turned.than, turned.value) == (Group.of("male"), Group.of("female"), 0.14)
    assert (turned.lo, turned.hi) == pytest.approx((0.11, 0.17))
    assert (turned.null_lo, turned.null_hi) == (-0.02, 0.01)


@pytest.mark.parametrize(
    "metric", ["ece", "brier", "rmse:valence", "negative_assignment", "failed:no_face", "aurc"]
)
def test_higher_is_worse_for_errors(metric: str) -> None:
    assert _one(_gap(0.14, metric=metric)).worse.name == "female"
    assert _one(_gap(-0.14, metric=metric)).worse.name == "male"


def test_of_a_signed_error_the_group_farther_from_zero_is_worse_off() -> None:
    levels = [
        _row(metric="bias:valence", about=group, value=value) for group, value in (("female", 0.1), ("male", -0.3))
    ]
    assert _one(*levels, _gap(0.4, metric="bias:valence")).worse.name == "male"
    levels = [
        _row(metric="bias:valence", about=group, value=value) for group, value in (("female", 0.4), ("male", 0.1))
    ]
    assert _one(*levels, _gap(0.3, metric="bias:valence")).worse.name == "female"


def test_the_ranking_puts_what_is_not_accepted_first_by_how_far_it_lies_beyond() -> None:
    rows = [
        _gap(-0.04, about="a - b", lo=-0.045, hi=-0.035, judgement=judged("met")),
        _gap(-0.30, about="c - d", lo=-0.6, hi=0.01),
        _gap(-0.10, about="e - f", lo=-0.12, hi=-0.08, judgement=judged("not_met")),
        _gap(-0.20, about="g - h", lo=-0.34, hi=-0.06, judgement=judged("not_met")),
        _gap(-0.20, about="i - j", judgement=judged("not_tested")),
        _gap(-0.09, about="m - n", lo=-0.17, hi=-0.01, level=0.95, p_corrected=0.04),
        _gap(-0.35, about="k - l", lo=-0.7, hi=0.01),
        _gap(
            -0.11,
            about="o=1 & p=2 - rest",
            axis="search",
            kind="search",
            lo=None,
            hi=None,
            threshold=None,
            judgement=None,
        ),
    ]
    assert [gap.worse.name for gap in gaps(results_table(rows), "m")] == [
        "e",
        "g",
        "o=1 & p=2",
        "m",
        "k",
        "c",
        "a",
    ]


def test_an_interval_that_excludes_zero_is_beyond_chance_only_after_correction_for_the_report() -> None:
    assert not _one(_gap(-0.09, lo=-0.17, hi=-0.01, level=0.95, p_corrected=0.2)).beyond_chance
    assert _one(_gap(-0.09, lo=-0.17, hi=-0.01, level=0.95, p_corrected=0.05)).beyond_chance
    # 1 - 0.9 is a little less than 0.1: the interval that belongs to a p-value of 0.1 excludes zero.
    assert _one(_gap(-0.09, lo=-0.17, hi=-0.01, level=0.9, p_corrected=0.1)).beyond_chance
    # Runs of before there was a correction have only the interval.
    assert _one(_gap(-0.09, lo=-0.17, hi=-0.01, level=0.95)).beyond_chance


def test_at_least_is_the_end_of_the_interval_nearest_to_zero() -> None:
    assert _one(_gap(-0.09, lo=-0.17, hi=-0.01)).least == pytest.approx(0.01)
    assert _one(_gap(0.09, lo=0.02, hi=0.17)).least == pytest.approx(0.02)
    assert _one(_gap(-0.09, lo=-0.17, hi=0.01)).least == 0.0
    assert _one(_gap(-0.09, lo=None, hi=None)).least is None


def test_each_group_stands_once_per_metric_with_its_worst_gap_and_pairs_go_before_the_rest() -> None:
    levels = [_row(about=group) for group in ("female", "male")]
    rows = [_gap(-0.1, about="female - rest"), _gap(-0.1), _gap(0.1, about="male - rest"), _gap(0.1, metric="ece")]
    found = worst(gaps(results_table([*levels, *rows]), "m"))
    assert [(gap.metric, gap.worse.name, gap.than.name) for gap in found] == [
        ("ece", "female", "male"),
        ("uar", "female", "male"),
    ]


@pytest.mark.parametrize(
    ("group", "versus"), [("a - b", "c"), ("a", "b - c"), ("a - b - c", "rest"), ("all", "a"), ("rest", "all")]
)
def test_the_worse_group_is_the_right_one_whatever_groups_are_called(group: str, versus: str) -> None:
    columns = {"group": group, "group_values": (group,), "versus": versus, "versus_values": (versus,)}
    found = gaps(results_table([_named(-0.1, columns)]), "m")
    assert [(gap.worse, gap.than) for gap in found] == [(Group.of(group), Group.of(versus))]
    turned = gaps(results_table([_named(0.1, columns)]), "m")
    assert [(gap.worse, gap.than) for gap in turned] == [(Group.of(versus), Group.of(group))]


def test_a_group_called_rest_is_not_everybody_else() -> None:
    columns = {"group": "a", "group_values": ("a",), "versus": "rest", "versus_values": None}
    (against_all,) = gaps(results_table([_named(-0.1, columns)]), "m")
    (against_one,) = gaps(results_table([_named(-0.1, columns | {"versus_values": ("rest",)})]), "m")
    assert against_all.than == THE_REST
    assert against_one.than == Group.of("rest") != THE_REST
    better = [_named(0.1, columns), _named(0.1, columns | {"versus_values": ("rest",)})]
    assert [gap.worse for gap in worst(gaps(results_table(better), "m"))] == [Group.of("rest")]


def test_the_gap_less_that_of_the_raters_is_no_gap_of_the_system() -> None:
    assert gaps(results_table([_gap(-0.1, versus_model="human_raters")]), "m") == []
    assert gaps(results_table([_gap(-0.1, versus_condition="clean")]), "m") == []


def _named(value: float, columns: dict[str, Any]) -> Result:
    row = _gap(value)
    return replace(row, **columns)


def test_rows_of_other_models_conditions_and_without_a_value_are_no_gaps() -> None:
    rows = [_gap(0.1, model="other"), _gap(0.1, condition="dark"), _row(statistic="difference", value=None)]
    assert gaps(results_table(rows), "m") == []


def test_a_group_is_not_tested_only_where_no_metric_of_it_is() -> None:
    few = {"about": "65+", "axis": "age", "n_subjects": 2, "judgement": judged("not_tested", "2 subjects")}
    rows = [
        _row(metric="coverage", **few),
        _row(**few),
        _row(metric="coverage", about="<18", axis="age"),
        _row(**{**few, "about": "<18"}),
        _row(axis="overall", judgement=judged("not_tested")),
    ]
    assert untested(results_table(rows), "m") == [Untested("age", Group.of("65+"), 2, "2 subjects")]


def test_the_gap_with_the_same_mix_stands_beside_it_and_turns_with_it() -> None:
    same = _gap(-0.01, kind="standardised", judgement=judged("met"))
    other = _gap(0.02, kind="adjusted", other_axis="skin_tone", lo=-0.08, hi=0.12)
    found = _one(_gap(-0.14), same, other, _gap(-0.3, kind="standardised", metric="macro_f1"))
    assert [(one.mix, one.value, one.verdict) for one in found.same_mix] == [
        ("classes", 0.01, "met"),
        ("skin tone", -0.02, "inconclusive"),
    ]
    assert (found.same_mix[0].lo, found.same_mix[0].hi) == pytest.approx((-0.02, 0.04))
    assert (found.same_mix[1].lo, found.same_mix[1].hi) == pytest.approx((-0.12, 0.08))
    assert all(one.disagrees for one in found.same_mix)
    (alike,) = _one(_gap(-0.14), _gap(-0.13, kind="standardised")).same_mix
    assert (alike.disagrees, alike.excludes_zero) == (False, True)


def test_a_gap_that_has_no_same_mix_says_so() -> None:
    columns = {"kind": "adjusted", "other_axis": "age", "lo": None, "hi": None, "null_lo": None, "null_hi": None}
    apart = replace(_gap(0.0, **columns, judgement=judged("not_tested", "none")), value=None)
    (found,) = _one(_gap(-0.14), apart).same_mix
    assert (found.mix, found.value, found.reason, found.disagrees) == ("age", None, "none", True)


def test_axes_that_go_together_are_listed_the_closest_first() -> None:
    rows = [
        _row(kind="association", metric="association", statistic="index", index="cramers_v", value=value)
        for value in (0.4, 0.2, 0.9)
    ]
    rows = [
        replace(row, other_axis=other, threshold=0.3)
        for row, other in zip(rows, ("age", "site", "skin_tone"), strict=True)
    ]
    assert axes_together(results_table(rows), "m") == {"sex": [("skin tone", 0.9), ("age", 0.4)]}
