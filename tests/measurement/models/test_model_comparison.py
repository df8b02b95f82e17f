"""Paired comparison against scipy's paired tests, hand-worked examples, and people with a known truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import paired_people as people
import pytest
from scipy import stats

from harness.arrays import Floats
from harness.attributes.group import Group
from harness.attributes.groups import Groups
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.models.model_comparison import ModelDifference, compare_models
from harness.metrics.calibration import NUM_CALIBRATION_BINS

ONLY_ACCURACY = MeasureSettings(permutations=400, gaps=("accuracy",))


def found(differences: list[ModelDifference], group: str = "all", metric: str = "accuracy") -> ModelDifference:
    (one,) = [d for d in differences if d.group == group and d.metric.name == metric]
    return one


def run(
    models: list[people.Judge], *axes: Groups, settings: MeasureSettings = ONLY_ACCURACY
) -> list[ModelDifference]:
    return list(compare_models([model.counts_along(*axes) for model in models], axes, settings).differences)


def sexes(model: people.Judge) -> Groups:
    return people.by_subject("sex", ("female", "male"), np.arange(model.aligned.num_subjects) % 2, model)


def test_with_equal_clips_the_standard_error_is_that_of_the_paired_t_test() -> None:
    first, second = people.models(np.random.default_rng(1), worse_by=0.2, for_subjects=range(0, 24, 2))
    rates = [people.right_by_subject(each) for each in (first, second)]
    for group, chosen in (("all", slice(None)), ("female", slice(0, None, 2)), ("male", slice(1, None, 2))):
        expected = stats.ttest_rel(rates[0][chosen], rates[1][chosen])
        one = found(run([first, second], sexes(first)), group)
        assert one.value == pytest.approx(rates[0][chosen].mean() - rates[1][chosen].mean())
        assert one.value / one.error == pytest.approx(expected.statistic, rel=1e-6)
        assert one.num_subjects == len(rates[0][chosen])


def test_alone_the_test_is_the_studentised_exchange_of_both_models() -> None:
    first, second = people.models(np.random.default_rng(3), worse_by=0.03, for_subjects=range(24))
    rates = [people.right_by_subject(each) for each in (first, second)]
    expected = stats.permutation_test(
        rates,
        lambda a, b, axis: np.abs(stats.ttest_rel(a, b, axis=axis).statistic),
        permutation_type="samples",
        alternative="greater",
        vectorized=True,
        n_resamples=9999,
        random_state=0,
    )
    one = found(run([first, second], settings=MeasureSettings(permutations=9999, gaps=("accuracy",))))
    assert 0.005 < expected.pvalue < 0.5
    assert one.p == pytest.approx(expected.pvalue, abs=0.012)


def test_an_attribute_that_varies_within_subjects_is_compared_among_the_clips_of_each() -> None:
    first, second = people.models(np.random.default_rng(4), worse_by=0.1, for_subjects=range(24))
    bright_N = np.arange(len(first.aligned.truth)) % 3 > 0
    light = Groups(("light",), (Group.of("bright"), Group.of("dark")), np.where(bright_N, 0, 1))
    rates = [people.right_by_subject(each, bright_N) for each in (first, second)]
    one = found(run([first, second], light, sexes(first)), "bright")
    assert one.value / one.error == pytest.approx(stats.ttest_rel(*rates).statistic, rel=1e-6)
    assert one.num_subjects == 24


def test_the_order_of_the_models_only_turns_the_sign() -> None:
    first, second = people.models(np.random.default_rng(5), worse_by=0.2, for_subjects=range(24))
    one, other = (found(run(pair, sexes(first)), "female") for pair in ([first, second], [second, first]))
    assert (one.first, one.second) == (other.second, other.first) == ("m0", "m1")
    assert one.value == -other.value
    assert one.worse == other.worse == "m1"


def test_a_model_that_is_better_overall_may_be_worse_for_a_group() -> None:
    rng = np.random.default_rng(6)
    better, worse = people.models(rng, num_subjects=60, worse_by=0.3, for_subjects=range(10, 60))
    harmed = np.isin(worse.aligned.subject, range(10))
    answer_N = np.where(harmed, (better.aligned.truth + 1) % 4, better.aligned.answer)
    improved = people.Judge("new", people.aligned(better.aligned.subject, better.aligned.truth, answer_N))
    axis = people.by_subject("age", ("old", "young"), [0] * 10 + [1] * 50, worse)
    differences = run([worse, improved], axis)
    assert found(differences).worse == "m1"
    assert found(differences, "old").worse == "new"
    assert found(differences, "old").verdict == "not_met"


def test_of_three_models_every_pair_is_compared_and_the_intervals_hold_together() -> None:
    three = people.models(np.random.default_rng(7), models=3, num_subjects=40)
    differences = run(three)
    assert [(d.first, d.second) for d in differences] == [("m0", "m1"), ("m0", "m2"), ("m1", "m2")]
    alone = found(run(three[:2]))
    together = differences[0]
    assert together.value == alone.value
    assert together.error == pytest.approx(alone.error)
    assert together.hi is not None
    assert alone.hi is not None
    assert together.hi - together.value > alone.hi - alone.value


def test_models_that_answer_alike_are_not_proved_alike_by_few_people() -> None:
    few, many = (people.models(np.random.default_rng(8), num_subjects=num)[0] for num in (10, 150))
    one, other = (found(run([each, people.Judge("copy", each.aligned)])) for each in (few, many))
    assert (one.value, one.error, one.worse) == (0.0, 0.0, None)
    assert one.hi == pytest.approx(1 - 0.025 ** (1 / 10))
    assert one.verdict == "inconclusive"
    assert other.verdict == "met"


def test_the_exact_bound_of_models_that_answer_alike_is_a_share_of_the_metrics_range() -> None:
    """CCC reaches from -1 to 1: of 10 people who do not differ, those not tested may differ by 2."""
    judge = people.models(np.random.default_rng(8), num_subjects=10)[0]
    truth_N, predicted_N = np.random.default_rng(0).uniform(-1, 1, (2, len(judge.aligned.truth)))
    rated = replace(judge.aligned, dimensions={"valence": (truth_N, predicted_N)})
    settings = MeasureSettings(permutations=100, gaps=("ccc",))
    pair = [people.Judge(name, rated) for name in ("m0", "copy")]
    one = found(run(pair, settings=settings), metric="ccc:valence")
    below = 2 * (1 - 0.025 ** (1 / 10))
    assert (one.lo, one.hi) == (pytest.approx(-below), pytest.approx(below))


def test_groups_with_few_or_no_people_are_listed_and_not_tested() -> None:
    first, second = people.models(np.random.default_rng(9))
    axis = people.by_subject("age", ("young", "old", "65+"), [1] * 4 + [0] * 20, first)
    differences = run([first, second], axis)
    old, oldest = found(differences, "old"), found(differences, "65+")
    assert (old.verdict, old.judgement.reason, old.num_subjects) == (
        "not_tested",
        "4 subjects; at least 5 are needed",
        4,
    )
    assert np.isfinite(old.value)
    assert (oldest.verdict, oldest.num_samples, oldest.lo) == ("not_tested", 0, None)
    assert np.isnan(oldest.value)
    assert found(differences, "young").lo is not None


def test_of_the_calibration_error_every_model_keeps_its_own_bins() -> None:
    first, second = people.models(np.random.default_rng(10), num_subjects=15)
    fine = with_scores(first, np.random.default_rng(0).uniform(0.4, 0.95, len(first.aligned.truth)))
    coarse = with_scores(second, np.where(np.arange(len(second.aligned.truth)) % 2, 0.9, 0.5))
    one = found(run([fine, coarse], settings=MeasureSettings(permutations=100, gaps=("ece",))), metric="ece")
    assert one.first_value == pytest.approx(equal_mass_ece(fine, NUM_CALIBRATION_BINS), abs=1e-9)
    assert one.second_value == pytest.approx(equal_mass_ece(coarse, 2), abs=1e-9)


def test_squares_of_a_subjects_sums_are_taken_before_groups_divide_it() -> None:
    first, second = people.models(np.random.default_rng(17), num_subjects=15)
    rng = np.random.default_rng(0)
    scored = [with_scores(each, rng.uniform(0.4, 0.95, len(each.aligned.truth))) for each in (first, second)]
    light = Groups(
        ("light",), (Group.of("bright"), Group.of("dark")), rng.integers(0, 2, len(first.aligned.truth))
    )
    settings = MeasureSettings(permutations=100, gaps=("calibration_error_sq",))
    whole, divided = (
        found(run(scored, *axes, settings=settings), metric="calibration_error_sq") for axes in ((), (light,))
    )
    assert (divided.first_value, divided.second_value) == (whole.first_value, whole.second_value)


def test_a_metric_that_only_one_model_has_is_not_compared() -> None:
    first, second = people.models(np.random.default_rng(11))
    scored = with_scores(first, np.full(len(first.aligned.truth), 0.7))
    settings = MeasureSettings(permutations=100, gaps=("accuracy", "ece"))
    assert {d.metric.name for d in run([scored, second], settings=settings)} == {"accuracy"}


def test_where_one_model_never_answers_a_class_its_precision_is_not_tested() -> None:
    first, second = people.models(np.random.default_rng(18))
    of = second.aligned
    never = people.Judge("m1", people.aligned(of.subject, of.truth, np.where(of.answer == 0, 1, of.answer)))
    settings = MeasureSettings(permutations=100, gaps=("precision",))
    differences = run([first, never], sexes(first), settings=settings)
    for group in ("all", "female", "male"):
        one = found(differences, group, metric="precision:anger")
        assert (one.verdict, one.judgement.reason) == ("not_tested", "0 subjects; at least 5 are needed")
        assert np.isnan(one.value)
    assert found(differences, metric="precision:happiness").lo is not None


def test_samples_without_a_score_count_as_wrong_in_either_model() -> None:
    first, second = people.models(np.random.default_rng(12))
    of = second.aligned
    unscored = people.aligned(of.subject, of.truth, np.where(np.arange(len(of.truth)) % 2, -1, of.answer))
    settings = MeasureSettings(permutations=100, gaps=("accuracy", "coverage"))
    differences = run([first, people.Judge("m1", unscored)], settings=settings)
    assert found(differences).second_value == np.mean(unscored.answer == unscored.truth)
    assert found(differences, metric="coverage").value == 0.5
    assert found(differences).num_unscored == len(of.truth) // 2


def test_p_values_are_corrected_for_the_metrics_by_holm() -> None:
    first, second = people.models(np.random.default_rng(13), worse_by=0.08, for_subjects=range(24))
    settings = MeasureSettings(permutations=400, gaps=("accuracy", "uar", "macro_f1"))
    differences = run([first, second], settings=settings)
    ordered = sorted(differences, key=lambda d: d.p)
    factors = [3 * ordered[0].p, 2 * ordered[1].p, ordered[2].p]
    assert [d.p_corrected for d in ordered] == pytest.approx(np.minimum(np.maximum.accumulate(factors), 1.0))


def test_the_same_seed_gives_the_same_numbers_and_another_does_not() -> None:
    first, second = people.models(np.random.default_rng(14))
    one, again, other = (
        found(run([first, second], settings=MeasureSettings(permutations=400, gaps=("accuracy",), seed=seed)))
        for seed in (0, 0, 1)
    )
    assert one.metric.name == again.metric.name
    assert replace(one, metric=again.metric) == again
    assert one.value == other.value
    assert one.p != other.p


@pytest.mark.slow
def test_where_models_are_alike_in_law_worse_for_a_group_is_said_in_5_percent_of_studies() -> None:
    """Over the whole, two axes and 600 studies of 16 people; three standard errors are 2.7 points."""
    rng = np.random.default_rng(15)
    settings = MeasureSettings(permutations=199, gaps=("accuracy",))
    alarms = 0
    for _ in range(600):
        pair = people.models(rng, num_subjects=16)
        ages = people.by_subject("age", ("young", "old"), [0] * 8 + [1] * 8, pair[0])
        alarms += any(d.worse for d in run(pair, sexes(pair[0]), ages, settings=settings))
    assert 0.023 <= alarms / 600 <= 0.077


def test_a_loss_of_15_points_in_one_group_is_found_there_and_not_elsewhere() -> None:
    rng = np.random.default_rng(16)
    settings = MeasureSettings(permutations=199, gaps=("accuracy",))
    there, elsewhere = 0, 0
    for _ in range(60):
        pair = people.models(rng, num_subjects=40, clips=20, worse_by=0.15, for_subjects=range(0, 40, 2))
        differences = run(pair, sexes(pair[0]), settings=settings)
        there += found(differences, "female").worse == "m1"
        elsewhere += found(differences, "male").worse is not None
    assert there >= 48
    assert elsewhere <= 8


def with_scores(model: people.Judge, confidence_N: Floats) -> people.Judge:
    """Probabilities with so much on the answer and the rest spread evenly."""
    of = model.aligned
    num_classes = len(people.CLASSES)
    scores_NU = np.repeat(((1 - confidence_N) / (num_classes - 1))[:, None], num_classes, axis=1)
    scores_NU[np.arange(len(of.truth)), of.answer] = confidence_N
    return people.Judge(model.name, people.aligned(of.subject, of.truth, of.answer, scores_NU))


def equal_mass_ece(model: people.Judge, num_bins: int) -> float:
    """By sorting and cutting into equal parts."""
    of = model.aligned
    assert of.class_scores is not None
    confidence_N, right_N = of.class_scores.max(1), of.answer == of.truth
    parts = np.array_split(np.argsort(confidence_N, kind="stable"), num_bins)
    return float(sum(abs((right_N[part] - confidence_N[part]).sum()) for part in parts) / len(right_N))
