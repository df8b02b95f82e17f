"""What comparisons find and rest on: counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from one_axis import pairs_of
from planned_people import CLASSES, people, planned

from harness.measurement.groups import group_comparison
from harness.measurement.groups.group_comparison import compare_planned
from harness.measurement.groups.planned_comparison import (
    num_tests,
)
from harness.measurement.measure_settings import MeasureSettings
from harness.metrics.categorical import categorical
from harness.metrics.tally import Tally
from harness.statistics.max_t import STUDENT


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


def test_people_are_exchanged_within_their_stratum_alone() -> None:
    """Where all of a group are one stratum, nobody changes sides, and every draw is as observed."""
    comparison = planned(people([0, 0, 1, 0, 0, 1], ("x", "y")))
    apart = replace(comparison, stratum=comparison.rows.label)
    for each, moves in ((comparison, True), (apart, False)):
        (compared,) = compare_planned([each], MeasureSettings(permutations=100))
        assert compared.found is not None
        drawn = compared.found.null_sides[:, 0] - compared.found.null_sides[:, 1]
        assert bool((np.abs(drawn - compared.found.value[0]) > 0.1).any()) == moves


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
        np.testing.assert_array_equal(one.found.null_sides, alone.found.null_sides)
        assert one.found.null_ranges == alone.found.null_ranges


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
