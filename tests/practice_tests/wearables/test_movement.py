"""What movement does, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from harness.practice_tests.questions import answered
from harness.practice_tests.wearables.movement import availability_rows, false_stress_question
from harness.practice_tests.wearables.scores import Scores


def made(score: list[float], moving: list[float], stressor: list[float] | None = None, people: int = 2) -> Scores:
    num = len(score)
    return Scores(
        dataset="d",
        subject_n=np.repeat(np.arange(people), num // people),
        device_n=np.full(num, "watch"),
        time_s_n=np.arange(num, dtype=np.float64),
        score_n=np.array(score),
        moving_n=np.array(moving),
        motion_n=np.arange(num, dtype=np.float64),
        stressor_n=np.full(num, np.nan) if stressor is None else np.array(stressor),
    )


def test_availability_by_hand() -> None:
    scores = made([1, np.nan, np.nan, 4, 5, np.nan], [0, 1, 1, 0, 0, 1])
    found = {row.group: row for row in availability_rows(scores, 0.95)}
    assert {group: row.value for group, row in found.items()} == {
        "all": 0.5,
        "rest": 1.0,
        "moving": 0.0,
        "motion_1": 0.5,
        "motion_2": 0.5,
        "motion_3": 0.5,
    }
    assert (found["moving"].n_samples, found["moving"].n_unscored) == (3, 3)


def test_alarms_in_movement_count_only_where_no_stressor_is_known() -> None:
    """At rest 0 of 4 calm moments are called stress, in movement 2 of 4; those under a stressor do not count."""
    score, moving = [1, 9, 1, 9, 9, 1, 9, 1, 1, 9], [0, 1, 0, 1, 1, 0, 1, 0, 1, 1]
    stressor = [0, 0, 0, 1, 1, 0, 0, 0, 0, 1]
    scores = made([*map(float, score)], [*map(float, moving)], [*map(float, stressor)])
    (row,) = answered([false_stress_question(scores, 5.0, (0.1, 0.5), 2)], 0.95)
    assert row.metric == "false_alarm_when_moving"
    assert (row.own_value, row.versus_value) == (pytest.approx(2 / 3), 0.0)
    assert row.n_samples == 7


def test_people_who_never_moved_take_no_part() -> None:
    scores = made([1.0, 2, 3, 4, 5, 6], [0, 1, 0, 0, 0, 0])
    (row,) = answered([false_stress_question(scores, None, (0.1, 0.5), 2)], 0.95)
    assert row.verdict == "not_tested"
    assert row.reason == "too few people were both at rest and in movement: 1, and 2 are needed"
