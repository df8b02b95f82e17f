"""What is said of a comparison, and in which order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from judgements import judged

from harness.attributes.group import Group
from harness.measurement.models.conclusions import conclusions, sentence
from harness.measurement.models.model_comparison import ModelDifference
from harness.measurement.result_rows import OVERALL, Scope
from harness.metrics.categorical import ACCURACY, accuracy
from harness.metrics.tally import Metric
from harness.verdicts.judge import Judgement, NoChanceTest, Undecided, judge

LEVEL = 0.95


def difference(value: float, half_width: float | None = 0.05, **changes: Any) -> ModelDifference:
    """A less B: above zero, A is the more accurate."""
    better = changes.pop("better", "higher")
    count = changes.pop("count", accuracy)
    choices: dict[str, Any] = {
        "metric": Metric(
            facts=replace(ACCURACY, better=better), value=count, num_samples=count, num_unscored=count
        ),
        "first": "A",
        "second": "B",
        "scope": OVERALL,
        "first_value": 0.6,
        "second_value": 0.6 - value,
        "value": value,
        "lo": None if half_width is None else value - half_width,
        "hi": None if half_width is None else value + half_width,
        "p": 0.01,
        "p_corrected": 0.01,
        "num_samples": 100,
        "num_subjects": 20,
        "num_unscored": 0,
        "tolerance": 0.05,
        "judgement": by_interval(value, half_width),
    }
    return ModelDifference(**{**choices, **changes})


def by_interval(value: float, half_width: float | None) -> Judgement:
    return judge(
        value=value,
        interval="none" if half_width is None else (value - half_width, value + half_width),
        tolerance=0.05,
        too_few=None,
        above_chance=NoChanceTest.NOT_ASKED,
        min_above_chance=0.0,
        size_bias=None,
        over_report=None,
        shrunk=None,
        undecided=Undecided(20, "subjects"),
    )


def in_group(group: str, value: float, **changes: Any) -> ModelDifference:
    return difference(value, scope=Scope("sex", ("sex",), Group.of(group)), **changes)


def test_harm_to_a_group_comes_before_being_better_overall() -> None:
    said = conclusions([difference(-0.12), in_group("female", 0.15), in_group("male", -0.3)], LEVEL)
    assert said == [
        "B is worse than A for female (sex), though better overall: accuracy 0.450 against 0.600, difference "
        "-0.150 [-0.200, -0.100].",
        "A is worse than B overall: accuracy 0.600 against 0.720, difference -0.120 [-0.170, -0.070]; also for "
        "male (1 of 2 tested groups).",
    ]


def test_a_group_that_shares_what_holds_overall_is_not_said_twice() -> None:
    (said,) = conclusions([difference(0.2), in_group("female", 0.2), in_group("male", 0.2)], LEVEL)
    assert said.endswith("[-0.250, -0.150]; also for each of the 2 tested groups.")


def test_harm_that_the_whole_hides_comes_before_harm_where_the_whole_is_undecided() -> None:
    """Though its difference is the smaller one."""
    undecided = [difference(0.0), in_group("female", 0.4)]
    uar = replace(undecided[0].metric, facts=replace(ACCURACY, name="uar"))
    hidden = [difference(-0.12, metric=uar), in_group("male", 0.1, metric=uar)]
    said = conclusions([*undecided, *hidden], LEVEL)
    assert [text.partition(":")[0] for text in said] == [
        "B is worse than A for male (sex), though better overall",
        "B is worse than A for female (sex), though not worse overall",
        "A is worse than B overall",
    ]


@pytest.mark.parametrize(
    ("num", "named"),
    [(5, "a, b, c, d, e (5 of 9"), (6, "a, b, c, d, e, f (6 of 9"), (7, "a, b, c, d, e, f and 1 more (7 of 9")],
)
def test_up_to_six_groups_that_share_it_are_named(num: int, named: str) -> None:
    groups = [in_group(name, 0.2 if index < num else 0.0) for index, name in enumerate("abcdefghi")]
    said = conclusions([difference(0.2), *groups], LEVEL)
    assert said[-1].endswith(f"; also for {named} tested groups).")


def test_groups_that_could_not_be_tested_do_not_count() -> None:
    nothing = {"judgement": judged("not_tested", "1 subject")}
    untested = in_group("unknown", 0.2, half_width=None, **nothing)
    said = conclusions([difference(0.2), in_group("female", 0.2), in_group("male", 0.0), untested], LEVEL)
    assert said[-1].endswith("; also for female (1 of 2 tested groups).")


def test_what_does_not_stay_after_correction_comes_last_and_says_so() -> None:
    weak = {"p_corrected": 0.2}
    said = conclusions([difference(0.0), in_group("female", 0.3, **weak), in_group("male", 0.1)], LEVEL)
    assert said[0].startswith("B is worse than A for male (sex), though not worse overall")
    assert said[1].startswith("B seems worse than A for female (sex)")
    assert said[1].endswith("but not beyond chance after correction for 1 metric (p = 0.2).")


def test_where_nothing_was_found_it_is_said_what_that_does_not_mean() -> None:
    (said,) = conclusions([difference(0.0), in_group("female", 0.02)], LEVEL)
    assert said.startswith("No difference beyond chance")
    assert "does not show" in said
    nothing = {"judgement": judged("not_tested", "1 subject")}
    assert conclusions([difference(0.1, None, **nothing)], LEVEL) == ["Nothing could be tested: see the reasons."]


def test_lower_is_better_where_the_metric_says_so() -> None:
    assert difference(0.2, better="lower").worse == "A"
    assert difference(0.2, better="higher").worse == "B"
    assert difference(0.2, better="zero").worse is None
    assert sentence(difference(0.2, better="zero"), LEVEL, 1).startswith("a difference beyond chance; ")


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (difference(0.2), "B is worse; by more than the tolerance of 0.05"),
        (in_group("female", -0.2), "A is worse for female; by more than the tolerance of 0.05"),
        (difference(0.01, 0.03), "no difference beyond chance; equivalent within ±0.05"),
        # Half the width is 0.1 and the room to the tolerance 0.05: four times 20 subjects.
        (
            difference(0.0, 0.1),
            "no difference beyond chance; about 80 subjects would be needed to decide, if the difference stays "
            "the same (20 now)",
        ),
        (
            difference(0.05, 0.1),
            "no difference beyond chance; the difference is close to the tolerance: no realistic number of "
            "subjects would settle it",
        ),
        (
            difference(0.1, None, judgement=judged("not_tested", "2 subjects; at least 5 are needed")),
            "2 subjects; at ",
        ),
    ],
)
def test_a_difference_in_words(found: ModelDifference, text: str) -> None:
    assert sentence(found, LEVEL, 1).startswith(text)
