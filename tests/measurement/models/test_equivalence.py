"""Tests of equivalence: against the paired t-test, by simulation at the margin, and in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import paired_people as people
import pytest
from scipy import stats

from harness.attributes.groups import Groups
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.models.equal_answers import EqualAnswers
from harness.measurement.models.equivalence import Equivalence, equivalence, equivalence_rows, in_words
from harness.measurement.models.model_comparison import ModelDifference
from harness.tables.results import results_table, select

SETTINGS = MeasureSettings(permutations=400, gaps=("accuracy",), tolerance=0.3)
ANSWERS = EqualAnswers("m0", "m1", 288, 24, 0, 250, 0.125)


def judged(models: list[people.Judge], *axes: Groups, margin: float, **changes: object) -> Equivalence:
    counted = [model.counts_along(*axes) for model in models]
    settings = replace(SETTINGS, **changes)
    return equivalence(counted, axes, settings, margin=margin, answers=[ANSWERS])


def sexes(model: people.Judge) -> Groups:
    return people.by_subject("sex", ("female", "male"), np.arange(model.aligned.num_subjects) % 2, model)


def test_the_interval_is_the_90_percent_interval_of_the_paired_t_test() -> None:
    pair = people.models(np.random.default_rng(1), num_subjects=240, worse_by=0.05, for_subjects=range(240))
    rates = [people.right_by_subject(each) for each in pair]
    expected = stats.ttest_rel(*rates).confidence_interval(0.90)
    (one,) = judged(pair, margin=0.1, permutations=20_000).differences
    assert (one.lo, one.hi) == (pytest.approx(expected.low, abs=2e-3), pytest.approx(expected.high, abs=2e-3))
    assert one.method is not None
    assert one.method.startswith("two one-sided tests of 5 % each, paired by subject, Student's t")


def test_each_interval_holds_for_itself() -> None:
    """A group has the same interval however many are tested beside it; the margin, not the tolerance, decides."""
    pair = people.models(np.random.default_rng(2), num_subjects=40)
    (whole,) = judged(pair, margin=0.1).differences
    beside = judged(pair, sexes(pair[0]), margin=0.1).differences
    assert [d.group for d in beside] == ["all", "female", "male"]
    assert (beside[0].value, beside[0].error) == (pytest.approx(whole.value), pytest.approx(whole.error))
    assert beside[0].hi == pytest.approx(whole.hi, abs=3e-3)
    assert {d.tolerance for d in beside} == {0.1}


def test_verdicts_follow_from_the_margin() -> None:
    pair = people.models(np.random.default_rng(3), num_subjects=100, worse_by=0.1, for_subjects=range(100))
    verdicts = [judged(pair, margin=margin).differences[0].verdict for margin in (0.3, 0.1, 0.01)]
    assert verdicts == ["met", "inconclusive", "not_met"]


@pytest.mark.slow
def test_a_difference_as_large_as_the_margin_passes_for_equivalent_in_5_percent_of_studies() -> None:
    """400 studies of 30 people; three standard errors are 3.3 points."""
    rng = np.random.default_rng(4)
    met = sum(
        judged(
            people.models(rng, num_subjects=30, worse_by=0.08, for_subjects=range(30)),
            margin=0.08,
            permutations=199,
        )
        .differences[0]
        .verdict
        == "met"
        for _ in range(400)
    )
    assert 0.017 <= met / 400 <= 0.083


def test_equal_answers_of_few_people_do_not_show_it_of_others() -> None:
    judge = people.models(np.random.default_rng(8), num_subjects=24)[0]
    (one,) = judged([judge, people.Judge("copy", judge.aligned)], margin=0.02).differences
    assert (one.verdict, one.value) == ("inconclusive", 0.0)
    assert one.hi == pytest.approx(1 - 0.05 ** (1 / 24))
    many = people.models(np.random.default_rng(8), num_subjects=149)[0]
    assert judged([many, people.Judge("copy", many.aligned)], margin=0.02).differences[0].verdict == "met"


def test_rows_are_of_their_own_kind() -> None:
    pair = people.models(np.random.default_rng(5))
    found = judged(pair, sexes(pair[0]), margin=0.1)
    table = results_table(equivalence_rows(found, "clips", SETTINGS))
    assert select(table, kind="metric", versus_model="m1").num_rows == 0
    differences = select(table, kind="equivalence", versus_model="m1", statistic="difference").to_pylist()
    assert [(row["group"], row["level"], row["threshold"]) for row in differences] == [
        (group, 0.9, 0.1) for group in ("all", "female", "male")
    ]
    indices = select(table, kind="equivalence", versus_model="m1", statistic="index").to_pylist()
    assert {row["index"]: row["value"] for row in indices} == {
        "share_equal": 250 / 288,
        "largest_score_difference": 0.125,
    }


def test_in_words() -> None:
    pair = people.models(np.random.default_rng(6), num_subjects=40)
    found = judged(pair, sexes(pair[0]), margin=0.3)
    assert in_words(found) == [
        "m0 and m1: answers are equal for 250 of 288 samples; scores differ by 0.12 at most.",
        "m0 and m1, accuracy: equivalent within ±0.3 overall and in each of 2 tested groups.",
    ]
    whole, female, male = found.differences
    (other,) = judged(pair, margin=0.0001).differences
    mixed = [whole, replace(female, judgement=other.judgement), male]
    assert other.verdict == "inconclusive"
    assert (
        _said(mixed)
        == "equivalent within ±0.3 overall; of 2 tested groups undecided in 1 and equivalent within ±0.3 in 1"
    )


def _said(differences: list[ModelDifference]) -> str:
    return in_words(Equivalence(0.3, differences, [ANSWERS]))[1].removeprefix("m0 and m1, accuracy: ")[:-1]


def test_equal_answers_in_words() -> None:
    equal = EqualAnswers("a", "b", 480, 40, 0, 480, None)
    assert equal.sentence() == (
        "a and b: answers are equal for all 480 samples. On these samples they are one system; of other people, "
        "40 subjects can only show that at most 7.2 % get other answers."
    )
