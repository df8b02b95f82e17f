from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.arrays import Ints
from harness.statistics.relabelling import AmongSubjects, PairedAmongSubjects, Relabelling, WithinSubjects


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def mixed() -> tuple[Ints, Ints]:
    """Six subjects in one group each, one in two, one in all three; in no order."""
    subject = np.array([0, 6, 1, 7, 2, 3, 7, 6, 4, 5, 7])
    group = np.array([0, 1, 0, 2, 1, 1, 0, 2, 2, 2, 1])
    return subject, group


def test_groups_keep_their_sizes() -> None:
    group = np.repeat([0, 1, 2], [3, 5, 9])
    drawn = AmongSubjects(np.arange(17), group).draw(rng(), 50)
    assert all(np.bincount(labels).tolist() == [3, 5, 9] for labels in drawn)


def test_every_choice_of_subjects_is_equally_likely() -> None:
    drawn = AmongSubjects(np.arange(5), np.array([0, 0, 1, 1, 1])).draw(rng(), 5000)
    _, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(counts) == 10
    assert stats.chisquare(counts).pvalue > 0.001


def test_a_subject_in_several_groups_stays_in_them() -> None:
    subject, group = mixed()
    drawn = AmongSubjects(subject, group).draw(rng(), 600)
    for who, groups in ((6, [1, 2]), (7, [0, 1, 2])):
        own = drawn[:, subject == who]
        assert (np.sort(own, axis=1) == groups).all()
        _, counts = np.unique(own, axis=0, return_counts=True)
        assert len(counts) == {2: 2, 3: 6}[len(groups)]
        assert stats.chisquare(counts).pvalue > 0.001
    alone = drawn[:, subject < 6]
    assert (np.sort(alone, axis=1) == [0, 0, 1, 1, 2, 2]).all()
    assert len(np.unique(alone, axis=0)) == 90


def test_two_models_change_places_within_a_subject() -> None:
    subject, group = np.repeat([0, 1, 2, 3], 2), np.repeat([0, 0, 1, 1], 2)
    label = 2 * group + np.tile([0, 1], 4)
    drawn = WithinSubjects(subject, label).draw(rng(), 1600)
    assert (drawn // 2 == group).all()
    assert (drawn[:, ::2] + drawn[:, 1::2] == 4 * group[::2] + 1).all()
    _, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(counts) == 16
    assert stats.chisquare(counts).pvalue > 0.001


def test_three_models_of_a_subject_take_one_order_in_all_its_groups() -> None:
    subject, label = np.zeros(6, dtype=np.int64), np.arange(6)
    drawn = WithinSubjects(subject, label, num_models=3).draw(rng(), 300)
    assert (drawn[:, :3] + 3 == drawn[:, 3:]).all()
    assert len(np.unique(drawn, axis=0)) == 6


def test_two_models_of_a_subject_move_together() -> None:
    subject, model = np.repeat(np.arange(7), 2), np.tile([0, 1], 7)
    label = 2 * np.repeat([0, 0, 0, 1, 1, 2, 2], 2) + model
    drawn = PairedAmongSubjects(subject, label).draw(rng(), 300)
    assert (drawn % 2 == model).all()
    assert (drawn[:, ::2] // 2 == drawn[:, 1::2] // 2).all()
    assert all(np.bincount(labels).tolist() == np.bincount(label).tolist() for labels in drawn)
    assert len(np.unique(drawn, axis=0)) > 100


def relabellings() -> dict[str, Relabelling]:
    subject, group = mixed()
    twice, model = np.repeat(subject, 2), np.tile([0, 1], len(subject))
    return {
        "among": AmongSubjects(subject, group),
        "among, one group each": AmongSubjects(np.arange(11), group),
        "within": WithinSubjects(twice, 2 * np.repeat(group, 2) + model),
        "together": PairedAmongSubjects(twice, 2 * np.repeat(group, 2) + model),
    }


@pytest.mark.parametrize("name", relabellings())
def test_chunks_are_parts_of_the_whole(name: str) -> None:
    relabelling = relabellings()[name]
    whole = relabelling.draw(rng(), 10)
    generator = rng()
    parts = [relabelling.draw(generator, num) for num in (1, 6, 3)]
    assert np.array_equal(np.concatenate(parts), whole)


def test_subjects_change_places_with_those_of_their_stratum_alone() -> None:
    group, stratum = np.array([0, 0, 1, 1, 0, 1, 1]), np.array([0, 0, 0, 0, 2, 2, 2])
    drawn = AmongSubjects(np.arange(7), group, stratum).draw(rng(), 3600)
    assert (drawn[:, :4].sum(1) == 2).all()
    assert (drawn[:, 4:].sum(1) == 2).all()
    _, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(counts) == 6 * 3
    assert stats.chisquare(counts).pvalue > 0.001


def test_a_subject_in_several_groups_is_in_no_stratum_of_others() -> None:
    subject, group = np.array([0, 1, 2, 2, 3]), np.array([0, 1, 0, 1, 1])
    drawn = AmongSubjects(subject, group, np.array([1, 1, 0, 0, 3])).draw(rng(), 200)
    assert (np.sort(drawn[:, 2:4], axis=1) == [0, 1]).all()
    assert (drawn[:, 4] == 1).all()
    assert len(np.unique(drawn, axis=0)) == 4
