"""A system's gaps beside those of raters, against formulas worked by hand and people with a known truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import paired_people as people
import pytest
from rows_in_short import in_short

from harness.attributes.group import Group
from harness.attributes.groups import Groups
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.models.gaps_less_reference import gaps_less_reference
from harness.measurement.models.paired_intervals import ALIKE_IN_BOTH
from harness.measurement.result_rows import RowFactory
from harness.tables.results import Result


def gaps(
    system: people.Judge,
    raters: people.Judge,
    axis: Groups,
    permutations: int = 400,
    tolerance: float = 0.05,
    metric: str = "accuracy",
) -> dict[str, Result]:
    settings = MeasureSettings(permutations=permutations, gaps=(metric,), tolerance=tolerance)
    factory = RowFactory("people", system.name, "clean", settings, versus_model=raters.name)
    return {
        in_short(row): row
        for row in gaps_less_reference(system.counts_along(axis), raters.counts_along(axis), [axis], factory)
    }


def axis_of(model: people.Judge, *names: str) -> Groups:
    group_S = np.arange(model.aligned.num_subjects) % len(names)
    return people.by_subject("group", names, group_S, model)


def test_the_difference_of_gaps_and_its_error_are_those_of_two_samples_of_differences() -> None:
    raters, system = people.models(np.random.default_rng(1), worse_by=0.2, for_subjects=range(0, 24, 2))
    row = gaps(system, raters, axis_of(system, "female", "male"))["female - male"]
    difference_S = people.right_by_subject(system) - people.right_by_subject(raters)
    parts = difference_S[::2], difference_S[1::2]
    error = np.sqrt(sum(part.var(ddof=1) / len(part) for part in parts))
    assert row.value == pytest.approx(parts[0].mean() - parts[1].mean())
    assert row.lo is not None
    assert row.hi is not None
    assert (row.hi - row.lo) / 2 / error == pytest.approx(2.07, abs=0.2)  # Student's t, 22 degrees of freedom
    assert (row.axis, row.statistic, row.model, row.versus_model) == ("group", "difference", "m1", "m0")
    assert (row.n_subjects, row.n_samples) == (24, 24 * 12)
    assert row.level == 0.95
    assert row.method is not None


def test_of_three_groups_all_pairs_and_each_against_the_rest_are_listed() -> None:
    raters, system = people.models(np.random.default_rng(2), num_subjects=30)
    found = gaps(system, raters, axis_of(system, "a", "b", "c"))
    assert list(found) == ["a - b", "a - c", "b - c", "a - rest", "b - rest", "c - rest"]
    of_system, of_raters = people.right_by_subject(system), people.right_by_subject(raters)
    for name, row in found.items():
        left = np.arange(30) % 3 == "abc".index(name[0])
        right = ~left if name.endswith("rest") else np.arange(30) % 3 == "abc".index(name[-1])
        assert row.own_value == pytest.approx(of_system[left].mean() - of_system[right].mean())
        assert row.versus_value == pytest.approx(of_raters[left].mean() - of_raters[right].mean())
        assert row.value == pytest.approx(row.own_value - row.versus_value)


def test_where_both_do_worse_for_a_group_nothing_counts_against_the_system() -> None:
    both = people.models(np.random.default_rng(3), num_subjects=40, clips=24)
    harmed = [lowered(each, for_subjects=range(0, 40, 2)) for each in both]
    row = gaps(harmed[1], harmed[0], axis_of(harmed[0], "female", "male"))["female - male"]
    assert row.lo is not None
    assert row.hi is not None
    assert row.lo < 0 < row.hi
    assert row.reason is not None
    assert row.reason.startswith("gap of m1 -0.")
    assert ", of m0 -0." in row.reason


def test_met_needs_a_system_that_is_better_than_chance_in_both_groups() -> None:
    raters, good = people.models(np.random.default_rng(7), num_subjects=60, clips=24)
    of = good.aligned
    answer_N = np.random.default_rng(8).integers(0, len(people.CLASSES), len(of.truth))
    guessing = people.Judge("m1", people.aligned(of.subject, of.truth, answer_N))
    axis = axis_of(good, "female", "male")
    row, guessed = (gaps(system, raters, axis, tolerance=0.3)["female - male"] for system in (good, guessing))
    assert row.verdict == "met"
    assert guessed.lo is not None
    assert guessed.hi is not None
    assert -0.3 < guessed.lo < guessed.hi < 0.3
    assert guessed.verdict == "inconclusive"
    assert (guessed.reason or "").endswith("; equivalent, but not better than chance for female and male")


def test_of_gaps_that_are_the_same_for_everybody_the_bound_is_exact() -> None:
    """A gap in accuracy is 1 at most and two of them differ by 2; the smaller group has 9 people."""
    raters = people.models(np.random.default_rng(1))[0]
    system = people.Judge("copy", raters.aligned)
    axis = people.by_subject("sex", ("female", "male"), [0] * 15 + [1] * 9, system)
    row = gaps(system, raters, axis)["female - male"]
    widest = 2 * (1 - 0.025 ** (1 / 9))
    assert (row.value, row.lo, row.hi) == (0.0, pytest.approx(-widest), pytest.approx(widest))
    assert row.method == ALIKE_IN_BOTH


def test_what_the_raters_never_answer_has_no_gap_beside_theirs() -> None:
    raters, system = people.models(np.random.default_rng(1))
    of = raters.aligned
    never = people.Judge("m0", people.aligned(of.subject, of.truth, np.where(of.answer == 0, 1, of.answer)))
    axis = axis_of(system, "female", "male")
    assert gaps(system, never, axis, metric="precision:anger") == {}
    assert list(gaps(system, never, axis, metric="precision:happiness")) == ["female - male"]


def test_what_would_decide_is_said() -> None:
    raters, system = people.models(np.random.default_rng(1))
    row = gaps(system, raters, axis_of(system, "female", "male"))["female - male"]
    assert row.verdict == "inconclusive"
    expected = (
        "subjects in both groups together would be needed to decide, if the difference stays the same (24 now)"
    )
    assert expected in (row.reason or "")


def test_where_a_metric_is_undefined_there_is_no_interval_and_it_says_why() -> None:
    """CCC of a constant with itself: 0 / 0."""
    raters, system = (
        people.Judge(each.name, replace(each.aligned, dimensions={"valence": (half_N, half_N)}))
        for each in people.models(np.random.default_rng(9))
        for half_N in [np.full(len(each.aligned.truth), 0.5)]
    )
    row = gaps(system, raters, axis_of(system, "female", "male"), metric="ccc:valence")["female - male"]
    assert row.value is not None
    assert np.isnan(row.value)
    assert (row.lo, row.hi, row.level, row.method) == (None, None, None, None)
    assert row.verdict == "inconclusive"
    assert row.reason == "gap of m1 +nan, of m0 +nan; undefined on these samples"


def test_people_who_are_unknown_or_too_few_are_not_compared() -> None:
    raters, system = people.models(np.random.default_rng(4))
    names = ("female", "male", "other", "unknown")
    group_S = [0] * 9 + [1] * 9 + [2] * 3 + [3] * 3
    axis = people.by_subject("sex", names, group_S, system)
    assert list(gaps(system, raters, axis)) == ["female - male", "female - rest", "male - rest"]
    assert gaps(system, raters, people.by_subject("sex", names, [0] * 20 + [2] * 4, system)) == {}


def test_people_in_several_groups_are_compared_with_themselves() -> None:
    raters, system = people.models(np.random.default_rng(5))
    bright_N = np.arange(len(system.aligned.truth)) % 2 == 0
    axis = Groups(("light",), (Group.of("bright"), Group.of("dark")), np.where(bright_N, 0, 1))
    row = gaps(system, raters, axis)["bright - dark"]
    bright, dark = (
        people.right_by_subject(system, chosen) - people.right_by_subject(raters, chosen)
        for chosen in (bright_N, ~bright_N)
    )
    assert row.value == pytest.approx((bright - dark).mean())
    error = (bright - dark).std(ddof=1) / np.sqrt(24)
    assert row.lo is not None
    assert row.hi is not None
    assert (row.hi - row.lo) / 2 / error == pytest.approx(2.07, abs=0.2)


@pytest.mark.slow
def test_where_gaps_are_alike_in_law_5_percent_of_studies_say_otherwise() -> None:
    """400 studies of two groups of 10 people; three standard errors are 3.3 points."""
    rng = np.random.default_rng(6)
    alarms = 0
    for _ in range(400):
        raters, system = people.models(rng, num_subjects=20)
        row = gaps(system, raters, axis_of(system, "female", "male"), permutations=199)["female - male"]
        assert row.lo is not None
        assert row.hi is not None
        alarms += not row.lo <= 0 <= row.hi
    assert 0.017 <= alarms / 400 <= 0.083


def lowered(model: people.Judge, for_subjects: range) -> people.Judge:
    """Every fourth clip of some subjects answered wrong."""
    of = model.aligned
    hit = np.isin(of.subject, for_subjects) & (np.arange(len(of.truth)) % 4 == 0)
    return people.Judge(model.name, people.aligned(of.subject, of.truth, np.where(hit, -1, of.answer)))
