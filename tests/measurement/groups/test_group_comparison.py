"""Who is compared with whom, and what each side rests on: counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from one_axis import pairs_of

from harness.arrays import Ints
from harness.measurement.cells import GroupTallies
from harness.measurement.groups import group_comparison
from harness.measurement.groups.group_comparison import (
    MANY_ROWS,
    PlannedComparison,
    compare_planned,
    num_tests,
    pairings,
    plan_comparison,
)
from harness.measurement.measure_settings import MeasureSettings
from harness.metrics.calibration import calibration
from harness.metrics.categorical import categorical
from harness.metrics.tally import Tally
from harness.statistics.max_t import STUDENT

CLASSES = ("a", "b")


def people(group: list[int], names: tuple[str, ...], *, clips: int = 4) -> GroupTallies:
    """A person each with so many clips, half of each class; person n answers the first n % 3 of them wrong."""
    row = np.repeat(np.arange(len(group)), clips)
    truth = np.tile(np.arange(clips) % 2, len(group))
    wrong = np.tile(np.arange(clips), len(group)) < row % 3
    tally = categorical(
        row, truth, np.where(wrong, 1 - truth, truth), num_rows=len(group), classes=CLASSES, per_class=False
    )
    return pairs_of([tally], group, names)


def planned(
    pairs: GroupTallies, *, least: int = 2, support: Ints | None = None, metric: str = "accuracy"
) -> PlannedComparison:
    (tally,) = pairs.tallies
    chosen = next(m for m in tally.metrics if m.name == metric)
    return plan_comparison(pairs, tally, chosen, least, support, CLASSES)


def test_each_group_is_compared_with_each_and_with_the_rest() -> None:
    sides, between, against_rest = pairings([0, 2, 3], [0, 1, 2, 3])
    assert sides == ((0,), (2,), (3,), (1, 2, 3), (0, 1, 3), (0, 1, 2))
    assert between == ((0, 1), (0, 2), (1, 2))
    assert against_rest == ((0, 3), (1, 4), (2, 5))


def test_of_two_groups_the_rest_is_the_other() -> None:
    assert pairings([0, 1], [0, 1]) == (((0,), (1,)), ((0, 1),), ())
    # With a third that is too small to be tested the rest holds it, too.
    assert pairings([0, 1], [0, 1, 2])[2] == ((0, 2), (1, 3))


def test_people_of_unknown_group_are_on_no_side() -> None:
    found = planned(people([0, 0, 1, 1, 2, 2], ("x", "y", "unknown")))
    assert found.rows.subject.tolist() == [0, 1, 2, 3]
    assert found.pairings.sides == ((0,), (1,))
    assert dict(found.untested) == {}


def test_small_groups_and_small_classes_are_said() -> None:
    pairs = people([0, 0, 0, 1, 1, 2], ("x", "y", "z", "nobody"))
    assert dict(planned(pairs, least=2).untested) == {
        2: "1 subject; at least 2 are needed",
        3: "0 subjects; at least 2 are needed",
    }
    support = np.array([[3, 3], [2, 1], [1, 1], [0, 0]])
    found = planned(pairs, least=2, support=support)
    assert found.untested[1] == "1 subject with b; at least 2 are needed"
    assert found.pairings.between == ()


def test_a_side_says_what_it_rests_on() -> None:
    """People 0 to 5 have 0, 1, 2, 0, 1, 2 of four clips wrong; x is the first three."""
    comparison = planned(people([0, 0, 0, 1, 1, 1], ("x", "y")))
    (found,) = compare_planned([comparison], MeasureSettings(resamples=100, permutations=100))
    assert [side.group.name for side in found.sides] == ["x", "y"]
    assert [(side.num_samples, side.num_subjects, side.carried_by) for side in found.sides] == [(12, 3, 2)] * 2
    assert found.sides[1].subjects.tolist() == [3, 4, 5]
    assert (found.num_tested, found.side_pairs) == (2, ((0, 1),))
    assert found.found is not None
    assert found.found.sides == pytest.approx([9 / 12, 9 / 12])


def test_the_rest_of_a_group_is_everybody_else() -> None:
    comparison = planned(people([0, 0, 1, 1, 2, 2], ("x", "y", "z")))
    (found,) = compare_planned([comparison], MeasureSettings(resamples=100, permutations=100))
    assert [side.group.name for side in found.sides] == ["x", "y", "z", "rest", "rest", "rest"]
    assert found.sides[4].subjects.tolist() == [0, 1, 4, 5]
    assert found.found is not None
    assert found.found.sides[4] == pytest.approx((16 - 1 - 1 - 2) / 16)  # wrong: 0 and 1, and 1 and 2 clips


def test_pairs_of_groups_come_before_groups_and_the_rest() -> None:
    comparison = planned(people([0, 0, 0, 1, 1, 1, 2, 2, 2], ("x", "y", "z")))
    (found,) = compare_planned([comparison], MeasureSettings(resamples=100, permutations=100))
    assert found.between == [0, 1, 2]
    assert num_tests([comparison]) == 2
    alone = planned(people([0, 0, 0], ("x",)))
    (nothing,) = compare_planned([alone], MeasureSettings(resamples=100, permutations=100))
    assert nothing.found is None
    assert num_tests([alone]) == 0
    assert num_tests([planned(people([0, 0, 0, 1, 1, 1], ("x", "y"))), alone]) == 1


def test_there_are_enough_draws_for_the_tests_that_they_are_corrected_for() -> None:
    comparison = planned(people([0, 0, 0, 1, 1, 1], ("x", "y")))
    (few,) = compare_planned([comparison], MeasureSettings(permutations=100), num_tests=2)
    (many,) = compare_planned([comparison], MeasureSettings(permutations=100), num_tests=30)
    assert few.found is not None
    assert many.found is not None
    assert (few.found.num_draws, many.found.num_draws) == (100, 1200)


def test_the_same_people_are_drawn_together_on_all_axes_and_others_apart() -> None:
    one, other = (planned(people(groups, ("x", "y"))) for groups in ([0, 0, 0, 1, 1, 1], [0, 1, 0, 1, 0, 1]))
    fewer = planned(people([0, 0, 1, 1, 1], ("x", "y")))
    assert one.who == other.who != fewer.who


def test_two_axes_of_many_people_are_beyond_chance_in_different_draws() -> None:
    """In the same draws, the p-values of a report would be corrected for one axis in place of two."""
    half, alternating = [0] * 300 + [1] * 300, [0, 1] * 300
    largest = []
    for groups in (half, alternating):
        (compared,) = compare_planned([planned(people(groups, ("x", "y")))], MeasureSettings(permutations=2000))
        assert compared.found is not None
        assert compared.found.method == STUDENT
        largest.append(compared.found.largest[0])
    assert abs(np.corrcoef(largest)[0, 1]) < 0.07  # three standard errors


@pytest.mark.parametrize(("metric", "num", "permutes"), [("ece", 6, True), ("ece", MANY_ROWS + 1, False)])
def test_calibration_is_always_permuted_as_long_as_that_is_cheap(metric: str, num: int, permutes: bool) -> None:
    row = np.arange(num)
    tally = calibration(row, np.full(num, 0.7), row % 2 == 0, num_rows=num, edges=np.array([0.5]))
    chosen = next(m for m in tally.metrics if m.name == metric)
    pairs = pairs_of([tally], (row % 2).tolist(), "xy")
    assert plan_comparison(pairs, tally, chosen, 2, None, ()).always_permute == permutes
    accuracy = planned(people([0, 0, 1, 1], ("x", "y")))
    assert not accuracy.always_permute


def test_metrics_of_the_same_rows_share_the_draws() -> None:
    pairs = people([0, 0, 0, 1, 1, 1], ("x", "y"))
    comparisons = [planned(pairs), planned(pairs, metric="uar")]
    assert comparisons[0].key == comparisons[1].key
    settings = MeasureSettings(resamples=100, permutations=100)
    together = list(compare_planned(comparisons, settings))
    for one, comparison in zip(together, comparisons, strict=True):
        (alone,) = compare_planned([comparison], settings)
        assert one.metric.name == comparison.metric.name
        assert one.found is not None
        assert alone.found is not None
        np.testing.assert_array_equal(one.found.null_value, alone.found.null_value)


def test_of_a_rate_the_rarer_deviation_counts() -> None:
    """Nobody is all right or all wrong but two people who are all wrong: three of five keep the rate from 0."""
    row, truth = np.repeat(np.arange(6), 2), np.tile([0, 1], 6)
    answer = np.array([1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1])
    tally = Tally(
        categorical(row, truth, answer, num_rows=6, classes=CLASSES, per_class=False).sums,
        categorical(row, truth, answer, num_rows=6, classes=CLASSES, per_class=False).metrics,
    )
    comparison = planned(pairs_of([tally], [0] * 5 + [1], "xy"), least=1)
    (found,) = compare_planned([comparison], MeasureSettings(resamples=100, permutations=100))
    assert [side.carried_by for side in found.sides] == [3, 0]


def test_a_subject_on_two_sides_is_one_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four people, two of them in both x and y; whoever is in z is in no other group."""
    monkeypatch.setattr(group_comparison, "CHUNK_SUBJECTS", 2)
    group, person = [0, 0, 0, 1, 1, 1, 2, 2], np.array([0, 1, 2, 1, 2, 3, 4, 5])
    pairs = replace(people(group, ("x", "y", "z")), subject=person)
    (found,) = compare_planned([planned(pairs)], MeasureSettings(resamples=100, permutations=100))
    x, y, z, rest_of_x, rest_of_y, rest_of_z = range(6)
    assert [side.num_subjects for side in found.sides] == [3, 3, 2, 5, 5, 4]
    for sides, expected in (((x, y), 4), ((x, z), 5), ((y, x), 4), ((x, rest_of_x), 6), ((y, rest_of_z), 4)):
        assert found.num_subjects(sides) == expected
    assert found.num_subjects((x, y, z)) == 6
    assert found.num_subjects((rest_of_y,)) == 5


def test_metrics_of_single_classes_share_the_draws_of_accuracy() -> None:
    """The second class has three clips of four for one person, and one for the others."""
    row, truth = np.repeat(np.arange(4), 4), np.array([0, 1, 1, 1, *[0, 0, 0, 1] * 3])
    tally = categorical(row, truth, truth, num_rows=4, classes=CLASSES, per_class=True)
    pairs = pairs_of([tally], [0, 0, 1, 1], ("x", "y"))
    of_all, first, second = (planned(pairs, metric=name) for name in ("accuracy", "recall:a", "recall:b"))
    assert of_all.key == first.key == second.key
    assert of_all.rows.size.tolist() == [4, 4, 4, 4]
