"""Which groups are compared with which, over which rows: counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from one_axis import pairs_of
from planned_people import CLASSES, people, planned

from harness.measurement.groups.planned_comparison import (
    MANY_ROWS,
    pairings,
    plan_comparison,
)
from harness.metrics.calibration import calibration
from harness.metrics.categorical import categorical
from harness.statistics.max_t import MANY_SUBJECTS


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


def test_the_same_people_are_drawn_together_on_all_axes_and_others_apart() -> None:
    one, other = (planned(people(groups, ("x", "y"))) for groups in ([0, 0, 0, 1, 1, 1], [0, 1, 0, 1, 0, 1]))
    fewer = planned(people([0, 0, 1, 1, 1], ("x", "y")))
    assert one.who == other.who != fewer.who


@pytest.mark.parametrize(("metric", "num", "permutes"), [("ece", 6, True), ("ece", MANY_ROWS + 1, False)])
def test_calibration_is_always_permuted_as_long_as_that_is_cheap(metric: str, num: int, permutes: bool) -> None:
    row = np.arange(num)
    tally = calibration(row, np.full(num, 0.7), row % 2 == 0, num_rows=num, edges=np.array([0.5]))
    chosen = next(m for m in tally.metrics if m.name == metric)
    pairs = pairs_of([tally], (row % 2).tolist(), "xy")
    assert plan_comparison(pairs, tally, chosen, 2, None, ()).always_permute == permutes
    accuracy = planned(people([0, 0, 1, 1], ("x", "y")))
    assert not accuracy.always_permute


def test_metrics_of_single_classes_share_the_draws_of_accuracy() -> None:
    """The second class has three clips of four for one person, and one for the others."""
    row, truth = np.repeat(np.arange(4), 4), np.array([0, 1, 1, 1, *[0, 0, 0, 1] * 3])
    tally = categorical(row, truth, truth, num_rows=4, classes=CLASSES, per_class=True)
    pairs = pairs_of([tally], [0, 0, 1, 1], ("x", "y"))
    of_all, first, second = (planned(pairs, metric=name) for name in ("accuracy", "recall:a", "recall:b"))
    assert of_all.key == first.key == second.key
    assert of_all.rows.size.tolist() == [4, 4, 4, 4]


def test_metrics_that_are_always_permuted_share_the_draws_of_others_where_all_are_permuted() -> None:
    """With few people on a side every metric is permuted; with many, only calibration is."""
    for num, shared in ((6, True), (2 * MANY_SUBJECTS, False)):
        row = np.arange(num)
        truth = row // 2 % 2
        answers = categorical(row, truth, truth, num_rows=num, classes=CLASSES, per_class=False)
        edges = np.array([0.5])
        calibrated = calibration(row, np.full(num, 0.7), row % 2 == 0, num_rows=num, edges=edges)
        pairs = pairs_of([answers, calibrated], (row % 2).tolist(), "xy")
        of_answers, of_calibration = (
            plan_comparison(pairs, tally, tally.metrics[0], 2, None, ()) for tally in (answers, calibrated)
        )
        assert of_answers.is_permuted == shared
        assert of_calibration.is_permuted
        assert (of_answers.key == of_calibration.key) == shared
