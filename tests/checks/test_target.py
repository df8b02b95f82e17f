"""What can be predicted, and what occurs with one class only: people counted by hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from harness.checks import target as module
from harness.checks.checked_system import CheckedSystem
from harness.checks.properties import Property
from harness.checks.target import Target, target_of
from harness.tables.alignment import NO_LABEL

MakeSystem = Callable[..., CheckedSystem]


def of(make_system: MakeSystem, label: Sequence[str | None], subject: Sequence[int]) -> CheckedSystem:
    return make_system(subject, label, ["a"] * len(label))


def test_classes_of_enough_people_are_numbered_anew(make_system: MakeSystem) -> None:
    """Of four classes the second has four people only; the sample of no class is left out."""
    subject = [0, 1, 2, 3, 4, 10, 11, 12, 13, 20, 21, 22, 23, 24, 30, 31, 32, 33, 34, 99]
    index = np.array([0] * 5 + [1] * 4 + [2] * 5 + [3] * 5 + [NO_LABEL])
    found = target_of(of(make_system, ["x"] * 20, subject), ("a", "b", "c", "d"), index)
    assert found is not None
    assert found.classes == ("a", "c", "d")
    assert found.index.tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert found.rows.tolist() == [0, 1, 2, 3, 4, *range(9, 19)]
    assert sorted(found.subject.tolist()) == list(range(15))
    assert (found.chance, found.drawn) == (pytest.approx(1 / 3), False)


def test_samples_of_one_person_are_one_person(make_system: MakeSystem) -> None:
    subject = [*range(5), *([7] * 20)]
    system = of(make_system, ["x"] * 25, subject)
    assert target_of(system, ("a", "b"), np.array([0] * 5 + [1] * 20)) is None


@pytest.mark.parametrize(("num_classes", "is_target"), [(1, False), (2, True), (40, True), (41, False)])
def test_from_two_to_forty_classes(make_system: MakeSystem, num_classes: int, is_target: bool) -> None:
    index = np.repeat(np.arange(num_classes), 5)
    system = of(make_system, ["x"] * len(index), list(range(len(index))))
    found = target_of(system, [str(number) for number in range(num_classes)], index)
    assert (found is not None) == is_target


def test_whole_people_are_drawn_until_their_samples_are_enough(
    make_system: MakeSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SAMPLES", 48)
    subject = np.repeat(np.arange(20), 4)
    system = of(make_system, ["x"] * 80, subject.tolist())
    found = target_of(system, ("a", "b"), np.tile([0, 1], 40))
    assert found is not None
    assert found.drawn
    assert np.bincount(found.subject).tolist() == [4] * 12  # 12 · 4 samples are 48
    monkeypatch.setattr(module, "MAX_SUBJECTS", 7)
    fewer = target_of(system, ("a", "b"), np.tile([0, 1], 40))
    assert fewer is not None
    assert np.bincount(fewer.subject).tolist() == [4] * 7


def target(index: Sequence[int], subject: Sequence[int]) -> Target:
    return Target(("anger", "fear"), np.arange(len(index)), np.array(index), np.array(subject), drawn=False)


def rooms(code: Sequence[int]) -> Property:
    return Property("ctx.room", np.array(code), ("studio", "lab"), measured=False)


def test_a_value_with_one_class_only_is_no_chance_from_twelve_people_on() -> None:
    """Half of the samples are anger: n people in the studio are all angry by chance in 2^-n of cases.

    Of two values and two classes, one such case or another is under 1 in 1,000 from 2^-12 on.
    """
    for num, said in ((12, ["studio only with anger"]), (11, [])):
        # n people are angry in the studio; in the lab others are both, so that classes are even.
        index = [0] * num + [1] * num + [0, 1]
        subject = [*range(num), *range(100, 100 + num), 200, 200]
        code = [0] * num + [1] * num + [1, 1]
        assert [one.said for one in target(index, subject).only_with(rooms(code), 5)] == said


def test_a_class_with_one_value_only_is_said_the_other_way_round() -> None:
    """Half of all samples are in the studio: 2^-12 for anger of 12 people; 0.75^24 for fear of 24 in the lab."""
    index = [0] * 12 + [1] * 12 + [1] * 24
    subject = [*range(12), *range(100, 112), *range(200, 224)]
    code = [0] * 12 + [0] * 12 + [1] * 24
    (only,) = target(index, subject).only_with(rooms(code), 5)
    assert (only.value, only.target, only.said) == (0, 0, "anger only with studio")


def test_a_hundred_sentences_with_a_class_each_by_chance_are_no_fault() -> None:
    """Six people read each of a hundred sentences once, and each reading got one of two labels at random.

    Of a hundred, one or two occur with one label only at 2^-6, and none at one in 1,000 over all.
    """
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        code = np.repeat(np.arange(100), 6)
        sentences = Property("ctx.sentence", code, tuple(map(str, range(100))), measured=False)
        labels = rng.integers(0, 2, 600)
        alone = sum(len(set(labels[code == sentence].tolist())) == 1 for sentence in range(100))
        found += alone
        assert target(labels.tolist(), np.tile(np.arange(6), 100).tolist()).only_with(sentences, 5) == []
    assert found > 20


def test_few_people_say_nothing_however_many_their_samples() -> None:
    index = [0] * 40 + [1] * 40
    subject = [0, 1, 2, 3] * 10 + list(range(100, 104)) * 10
    code = [0] * 40 + [1] * 40
    assert target(index, subject).only_with(rooms(code), 5) == []
    by_many = [*range(40), *range(100, 140)]
    assert [one.said for one in target(index, by_many).only_with(rooms(code), 40)] == [
        "studio only with anger",
        "lab only with fear",
    ]


def test_a_property_of_one_value_does_not_vary() -> None:
    found = target([0, 1, 0, 1], [0, 1, 2, 3])
    assert [p.code.tolist() for p in found.varying([rooms([0, 0, 0, 0]), rooms([0, 1, 0, 0])])] == [[0, 1, 0, 0]]
