"""Conditions compared with clean media: values by hand, and the same statistics as for two models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import paired_people as people
import pytest

from harness.attributes.groups import Groups
from harness.measurement.conditions.paired_counts import CleanAnswers, PairedCounts
from harness.measurement.conditions.severity_area import severity_series
from harness.measurement.conditions.versus_clean import versus_clean_rows
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import count_model
from harness.measurement.models.model_comparison import compare_models
from harness.measurement.models.shared_metrics import ComparedModel
from harness.tables.alignment import Aligned
from harness.tables.results import Result

SETTINGS = MeasureSettings(permutations=300, gaps=("accuracy",), min_subjects=4)


def pairs(clean: Aligned, axes: Sequence[Groups] = (), **changed: Aligned) -> list[PairedCounts]:
    """The model m under conditions, in whose names a _ stands for @."""
    on_clean = CleanAnswers("m", clean, count_model(clean, axes))
    found = []
    for name, aligned in changed.items():
        counts = count_model(aligned, axes, clean=clean)
        same = on_clean.to_the_same(aligned, counts, None)
        found.append(PairedCounts("m", name.replace("_", "@"), counts, same))
    return found


def rows_of(of: Sequence[PairedCounts], axes: Sequence[Groups] = (), **settings: object) -> list[Result]:
    return list(versus_clean_rows("d", of, axes, replace(SETTINGS, **settings)))


def one(rows: Sequence[Result], **wanted: object) -> Result:
    wanted = {"statistic": "difference", "axis": "overall", **wanted}
    (row,) = (row for row in rows if all(getattr(row, key) == value for key, value in wanted.items()))
    return row


def right(aligned: Aligned) -> np.ndarray:
    found: np.ndarray = aligned.answer == aligned.truth
    return found


def worsened(aligned: Aligned, share: float, chosen_N: np.ndarray | bool = True, seed: int = 9) -> Aligned:
    """Some of the right answers become wrong, in some of the samples."""
    rng = np.random.default_rng(seed)
    lost = (rng.random(len(aligned.truth)) < share) & chosen_N
    return replace(aligned, answer=np.where(lost, (aligned.truth + 1) % len(people.CLASSES), aligned.answer))


@pytest.fixture(scope="module")
def clean() -> Aligned:
    return people.models(np.random.default_rng(3), num_subjects=30)[0].aligned


def test_a_condition_is_compared_as_a_second_model_would_be(clean: Aligned) -> None:
    changed = worsened(clean, 0.2)
    of = pairs(clean, blur_2=changed)
    row = one(rows_of(of))
    two = [ComparedModel("blur@2", count_model(changed, ())), ComparedModel("clean", count_model(clean, ()))]
    (expected,) = compare_models(two, (), SETTINGS).differences
    assert (row.condition, row.versus_condition, row.versus_model) == ("blur@2", "clean", None)
    assert row.value == pytest.approx(right(changed).mean() - right(clean).mean(), abs=1e-12)
    assert (row.own_value, row.versus_value) == (right(changed).mean(), right(clean).mean())
    assert (row.value, row.lo, row.hi, row.p) == (expected.value, expected.lo, expected.hi, expected.p)
    assert (row.null_lo, row.null_hi) == (expected.null_lo, expected.null_hi)


def test_p_values_are_corrected_over_all_conditions_of_the_model(clean: Aligned) -> None:
    weak, strong = worsened(clean, 0.01), worsened(clean, 0.4)
    rows = rows_of(pairs(clean, grey=weak, mask=strong))
    p = {name: one(rows, condition=name) for name in ("grey", "mask")}
    assert p["mask"].p < p["grey"].p
    assert p["mask"].p_corrected == pytest.approx(2 * p["mask"].p)
    assert p["grey"].p_corrected == pytest.approx(max(p["grey"].p, 2 * p["mask"].p))


def test_samples_that_cannot_be_changed_are_left_out_of_both(clean: Aligned) -> None:
    applicable = np.random.default_rng(4).random(len(clean.truth)) < 0.7
    applicable[clean.subject == 5] = False
    changed = worsened(clean, 0.2)
    rows = rows_of(pairs(clean, mask=replace(changed, applicable=applicable)))
    row = one(rows)
    assert row.n_samples == applicable.sum()
    assert row.n_subjects == 29
    assert row.own_value == pytest.approx(right(changed)[applicable].mean())
    assert row.versus_value == pytest.approx(right(clean)[applicable].mean())
    assert row.note == f"without {(~applicable).sum()} samples that cannot be changed"
    rest = np.flatnonzero(applicable)
    alone = one(rows_of(pairs(clean.take(rest), mask=changed.take(rest))))
    assert (row.value, row.lo, row.hi, row.p) == pytest.approx((alone.value, alone.lo, alone.hi, alone.p))


def test_the_area_is_the_mean_of_the_trapezoids_from_clean_to_the_highest_severity(clean: Aligned) -> None:
    weak, strong = worsened(clean, 0.1), worsened(clean, 0.5)
    of = pairs(clean, blur_5=strong, blur_2=weak, grey=weak)
    (series,) = severity_series(of)
    assert (series.family, series.severities) == ("blur", (2.0, 5.0))
    np.testing.assert_allclose(series.weights(), [2 / 2 / 5, (2 + 3) / 2 / 5, 3 / 2 / 5])
    row = one(rows_of(of), condition="blur")
    at = [right(each).mean() for each in (clean, weak, strong)]
    area = np.trapezoid(at, [0, 2, 5]) / 5
    assert (row.own_value, row.versus_value) == (pytest.approx(area), pytest.approx(at[0]))
    assert row.value == pytest.approx(area - at[0])
    by_subject = [
        np.bincount(clean.subject, right(each), clean.num_subjects) / np.bincount(clean.subject)
        for each in (clean, weak, strong)
    ]
    of_subject = np.trapezoid(by_subject, [0, 2, 5], axis=0) / 5 - by_subject[0]
    error = of_subject.std(ddof=1) / np.sqrt(clean.num_subjects)  # all subjects have as many clips
    assert row.lo is not None
    assert row.hi is not None
    assert 1.9 < (row.hi - row.value) / error < 2.4
    assert 1.9 < (row.value - row.lo) / error < 2.4


def test_there_is_no_area_where_severities_change_other_samples(clean: Aligned) -> None:
    some = np.arange(len(clean.truth)) % 3 > 0
    rows = rows_of(pairs(clean, blur_1=clean, blur_2=replace(clean, applicable=some)))
    row = one(rows, condition="blur")
    assert row.value is None
    assert row.verdict == "not_tested"
    assert row.reason == "no area over severities: they do not change the same samples"


def test_relative_error_is_the_ratio_of_the_shares_of_wrong_answers(clean: Aligned) -> None:
    changed = worsened(clean, 0.3)
    row = one(rows_of(pairs(clean, mask=changed)), statistic="index", index="relative_error")
    error, on_clean = 1 - right(changed).mean(), 1 - right(clean).mean()
    assert (row.own_value, row.versus_value) == (pytest.approx(error), pytest.approx(on_clean))
    assert row.value == pytest.approx(error / on_clean)
    # The spread of the logarithm without each subject in turn, an independent road to the same error.
    logs = []
    for subject in range(clean.num_subjects):
        others = clean.subject != subject
        logs.append(np.log((1 - right(changed)[others].mean()) / (1 - right(clean)[others].mean())))
    num = len(logs)
    spread = np.sqrt((num - 1) / num * np.square(np.array(logs) - np.mean(logs)).sum())
    assert row.lo is not None
    assert row.hi is not None
    reach = np.log(row.hi / row.value)
    assert np.log(row.value / row.lo) == pytest.approx(reach)
    assert 1.9 < reach / spread < 2.4


def test_no_error_to_divide_by_gives_no_ratio() -> None:
    subject = np.repeat(np.arange(12), 10)
    truth = np.tile(np.arange(10) % 4, 12)
    perfect = people.aligned(subject, truth, truth)
    row = one(rows_of(pairs(perfect, mask=worsened(perfect, 0.5))), statistic="index")
    assert (row.value, row.lo, row.versus_value) == (None, None, 0.0)
    assert row.reason == "not defined: the error on clean media is not clear of zero"


def constant(aligned: Aligned, answer: int = 0) -> Aligned:
    return replace(aligned, answer=np.full_like(aligned.answer, answer))


def test_what_guesses_both_times_does_not_meet_the_tolerance(clean: Aligned) -> None:
    guess = constant(clean)
    row = one(rows_of(pairs(guess, mask=constant(clean, 1)), tolerance=0.4))
    assert row.verdict == "inconclusive"
    assert row.reason == "equivalent, but not better than chance for mask and clean"
    met = one(rows_of(pairs(clean, mask=worsened(clean, 0.02)), tolerance=0.1))
    assert met.verdict == "met"


def halves(aligned: Aligned) -> Groups:
    judge = people.Judge("m", aligned)
    return people.by_subject("sex", ("f", "m"), np.arange(aligned.num_subjects) % 2, judge)


def test_the_difference_of_differences_finds_who_is_affected(clean: Aligned) -> None:
    odd = clean.subject % 2 == 1
    changed = worsened(clean, 0.5, odd)
    axes = [halves(clean)]
    rows = rows_of(pairs(clean, axes, mask=changed), axes)
    row = one(rows, axis="sex", group="f", versus="m")
    gap, gap_clean = (right(each)[~odd].mean() - right(each)[odd].mean() for each in (changed, clean))
    assert (row.own_value, row.versus_value) == (pytest.approx(gap), pytest.approx(gap_clean))
    assert row.value == pytest.approx(gap - gap_clean)
    assert (row.condition, row.versus_condition, row.verdict) == ("mask", "clean", "not_met")
    of_groups = {name: one(rows, axis="sex", group=name, versus=None) for name in ("f", "m")}
    assert of_groups["f"].value == 0.0
    assert of_groups["m"].value == pytest.approx(right(changed)[odd].mean() - right(clean)[odd].mean())


def test_a_gap_that_shrinks_because_everyone_fails_is_no_fairness(clean: Aligned) -> None:
    odd = clean.subject % 2 == 1
    unfair = worsened(clean, 0.6, odd)
    axes = [halves(clean)]
    rows = rows_of(pairs(unfair, axes, mask=constant(clean)), axes)
    row = one(rows, axis="sex", group="f", versus="m")
    assert row.value < -0.2
    assert row.hi is not None
    assert row.hi < -0.05
    assert row.verdict == "inconclusive"
    assert row.reason is not None
    assert row.reason.endswith(
        "smaller than on clean media, but not better than chance for f and m: gaps shrink where everyone fails"
    )
    recovering = one(rows_of(pairs(unfair, axes, mask=clean), axes), axis="sex", group="f", versus="m")
    assert recovering.verdict == "not_met"


def test_invariance_is_measured_apart_from_accuracy(clean: Aligned) -> None:
    """Wrong answers become other wrong ones: accuracy stays, those answers do not."""
    other = (clean.answer + 1) % 4
    other = np.where(other == clean.truth, (clean.answer + 2) % 4, other)
    changed = replace(clean, answer=np.where(right(clean), clean.answer, other))
    (pair,) = pairs(clean, mask=changed)
    (tally,) = (each for each in pair.changed.tallies if each.metrics[0].name == "unchanged")
    same = float(tally.metrics[0].value(tally.sums.sum(0)))
    assert one(rows_of([pair])).value == 0.0
    assert same == pytest.approx(right(clean).mean())


def test_other_models_than_the_system_are_compared_over_the_whole_alone(clean: Aligned) -> None:
    axes = [halves(clean)]
    of = pairs(clean, axes, mask=worsened(clean, 0.2))
    assert {row.axis for row in rows_of(of, axes, system="other")} == {"overall"}
    assert {row.axis for row in rows_of(of, axes, system="m")} == {"overall", "sex"}
