"""One metric in the words of fairlearn, on rows written by hand."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from harness.api.metric_view import Estimate, MetricView
from harness.errors import HarnessError
from harness.tables.results import Result, results_table
from harness.verdicts.judge import not_tested


def row(**columns: Any) -> Result:
    known = {"dataset": "d", "model": "mine", "metric": "uar", "n_samples": 40, "n_subjects": 8, "n_unscored": 0}
    return Result(**{**known, **columns})


def on_sex(group: str, **columns: Any) -> Result:
    return row(axis="sex", attributes=("sex",), group=group, **columns)


def view(*rows: Result, metric: str = "uar") -> MetricView:
    return MetricView(results(*rows), "mine", metric)


def results(*rows: Result) -> pa.Table:
    return results_table([row(value=0.8, lo=0.7, hi=0.9), *rows])


LEVELS = (on_sex("female", value=0.6, lo=0.5, hi=0.7), on_sex("male", value=0.9, lo=0.8, hi=0.95))
DIFFERENCE = on_sex(
    "all", statistic="index", index="max_min_difference", value=0.3, lo=0.1, hi=0.5, null_mean=0.05, null_lo=0.0
)
OTHER_INDEX = on_sex("all", statistic="index", index="between_variance", value=0.01)


def ratio(group: str, versus: str, value: float, lo: float | None, hi: float | None) -> Result:
    return on_sex(group, versus=versus, statistic="ratio", value=value, lo=lo, hi=hi)


def test_overall_and_groups_have_their_values_and_intervals() -> None:
    found = view(*LEVELS, row(metric="accuracy", value=0.1), row(model="other", value=0.2))
    assert (found.overall.value, found.overall.lo, found.overall.hi) == (0.8, 0.7, 0.9)
    assert float(found.overall) == 0.8
    assert repr(found.overall) == "0.800 [0.700, 0.900]"
    assert found.by_group["value"].to_dict() == {("sex", "female"): 0.6, ("sex", "male"): 0.9}
    assert found.by_group["hi"].tolist() == [0.7, 0.95]


def test_the_value_of_a_group_that_is_not_tested_is_not_shown() -> None:
    few = on_sex("male", value=0.9, lo=0.8, hi=1.0, judgement=not_tested("2 subjects"))
    shown = view(LEVELS[0], few).by_group.loc[("sex", "male")]
    assert shown[["value", "lo", "hi"]].isna().all()
    assert shown["reason"] == "2 subjects"


def test_the_difference_is_the_index_of_that_name() -> None:
    found = view(*LEVELS, OTHER_INDEX, DIFFERENCE).difference()
    assert (found.value, found.lo, found.hi, found.null_mean, found.null_lo) == (0.3, 0.1, 0.5, 0.05, 0.0)
    assert repr(found) == "0.300 [0.100, 0.500]; 0.050 on average where groups are alike"


def test_the_smallest_ratio_is_taken_and_stands_below_one() -> None:
    found = view(*LEVELS, ratio("a", "b", 0.8, 0.7, 0.9), ratio("a", "c", 2.0, 1.6, 2.5)).ratio("sex")
    assert (found.value, found.lo, found.hi) == (0.5, 1 / 2.5, 1 / 1.6)
    as_it_is = view(*LEVELS, ratio("a", "b", 0.8, 0.7, 0.9), ratio("a", "c", 1.0, None, None)).ratio("sex")
    assert (as_it_is.value, as_it_is.lo, as_it_is.hi) == (0.8, 0.7, 0.9)
    no_interval = view(*LEVELS, ratio("a", "b", 4.0, None, None)).ratio()
    assert (no_interval.value, no_interval.lo, no_interval.hi) == (0.25, None, None)


def test_where_groups_are_not_compared_the_reason_is_said() -> None:
    few = not_tested("4 subjects; at least 5 are needed")
    untested = [on_sex(group, versus="rest", statistic="difference", value=None, judgement=few) for group in "ab"]
    found = view(on_sex("a", value=1.0, judgement=few), on_sex("b", value=1.0, judgement=few), *untested)
    for estimate in (found.difference("sex"), found.difference(), found.ratio()):
        assert estimate.value is None
        assert repr(estimate) == "- (a and b: 4 subjects; at least 5 are needed)"
    assert "largest difference by sex: - (a and b: 4 subjects" in repr(found)


def test_each_cause_has_its_own_reason() -> None:
    assert view(LEVELS[0]).difference().reason == "there is no other group than female"
    assert "measure={'gaps': ['uar']}" in str(view(*LEVELS).difference().reason)
    unclear = (ratio("a", "b", 0.8, 0.7, 0.9), on_sex("a", versus="c", statistic="ratio", value=None))
    assert (
        view(*LEVELS, *unclear).ratio().value,
        "zero or negative" in str(view(*LEVELS, *unclear).ratio().reason),
    ) == (
        None,
        True,
    )
    assert "zero or negative" in str(view(*LEVELS, DIFFERENCE).ratio().reason)
    absent = row(metric="ece", value=None, judgement=not_tested("the scores are not probabilities"))
    ece = view(*LEVELS, absent, metric="ece")
    assert repr(ece.overall) == "- (the scores are not probabilities)"
    assert ece.difference("sex").reason == "the scores are not probabilities"


def test_axes_that_do_not_exist_and_metrics_that_were_not_measured_are_told() -> None:
    with pytest.raises(HarnessError, match=r"uar: there are no groups to compare\. Give some with groups="):
        view().difference()
    with pytest.raises(HarnessError, match=r"uar: no axis 'age' was compared\. Name one of: sex\."):
        view(*LEVELS).ratio("age")
    with pytest.raises(HarnessError, match=r"uar: several axes were compared\. Name one of: sex, age\."):
        view(*LEVELS, row(axis="age", attributes=("age",), group="<18", value=0.5)).difference()
    with pytest.raises(HarnessError, match=r"There is no metric 'aur' in these results\. There are: uar\."):
        view(metric="aur")


def test_gaps_are_the_differences() -> None:
    pair = on_sex("female", versus="male", statistic="difference", value=-0.3, lo=-0.4, hi=-0.1, threshold=0.05)
    (gap,) = view(*LEVELS, pair, DIFFERENCE).gaps.to_dict("records")
    assert (gap["group"], gap["versus"], gap["value"], gap["lo"], gap["hi"]) == (
        "female",
        "male",
        -0.3,
        -0.4,
        -0.1,
    )


def test_an_estimate_without_a_number_is_nan() -> None:
    assert float(Estimate(None, None, None)) != float(Estimate(None, None, None))
    assert repr(Estimate(None, None, None)) == "-"
