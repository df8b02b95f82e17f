"""What each way to draw groups anew keeps, and what it makes equally likely."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from harness.statistics.relabelling import AmongSubjects, TogetherAmongSubjects, WithinSubjects

NUM = 6000


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_people_in_one_group_change_places_and_groups_keep_their_sizes() -> None:
    group = np.array([0, 0, 1, 1, 2])
    drawn = AmongSubjects(np.arange(5), group).draw(rng(), NUM)
    assert (np.sort(drawn, axis=1) == group).all()
    assert len({tuple(labels) for labels in drawn.tolist()}) == 30  # 5! / (2! 2! 1!)


def test_who_is_in_several_groups_stays_in_them() -> None:
    subject, group = np.array([0, 1, 1, 2, 2]), np.array([0, 0, 1, 1, 2])
    drawn = AmongSubjects(subject, group).draw(rng(), NUM)
    assert (drawn[:, 0] == 0).all()
    assert {tuple(labels) for labels in drawn[:, 1:3].tolist()} == {(0, 1), (1, 0)}
    assert {tuple(labels) for labels in drawn[:, 3:].tolist()} == {(1, 2), (2, 1)}


@pytest.mark.parametrize(("models", "orders"), [(2, 2), (3, 6)])
def test_models_take_each_order_equally_often_within_every_subject(models: int, orders: int) -> None:
    # Two subjects in groups 0 and 1; the first also in group 1: its models keep their order there.
    subject = np.repeat([0, 0, 1], models)
    label = np.repeat([0, 1, 1], models) * models + np.tile(np.arange(models), 3)
    drawn = WithinSubjects(subject, label, models).draw(rng(), NUM)
    assert (drawn // models == label // models).all()
    first, again, second = (drawn[:, i * models : (i + 1) * models] % models for i in range(3))
    assert (first == again).all()
    counted = Counter(tuple(order) for order in np.hstack([first, second]).tolist())
    assert len(counted) == orders**2
    expected = NUM / orders**2
    assert np.abs(np.array(list(counted.values())) - expected).max() < 5 * np.sqrt(expected)


def test_both_models_of_a_subject_change_places_together() -> None:
    subject, group = np.repeat(np.arange(4), 2), np.repeat([0, 0, 1, 1], 2)
    label = 2 * group + np.tile([0, 1], 4)
    drawn = TogetherAmongSubjects(subject, label).draw(rng(), NUM)
    assert (drawn % 2 == np.tile([0, 1], 4)).all()
    assert (drawn[:, ::2] // 2 == drawn[:, 1::2] // 2).all()
    assert len({tuple(labels) for labels in drawn.tolist()}) == 6  # 4! / (2! 2!)
