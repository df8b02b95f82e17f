from __future__ import annotations

import numpy as np
import pytest

from harness.arrays import Ints
from harness.statistics.other_people import ControlSums, control_sums, same_answers


def by_hand(answer: Ints, label: Ints, subject: Ints, context: Ints, own: Ints, classes: int) -> ControlSums:
    """The definition, pair by pair."""
    answered, labelled, confusion = (np.zeros((classes, classes)) for _ in range(3))
    for i in np.flatnonzero(own):
        confusion[label[i], answer[i]] += 1
        for j in np.flatnonzero((context == context[i]) & (subject != subject[i])):
            weight = 1 / (context == context[i]).sum()
            answered[answer[i], label[j]] += weight
            labelled[label[i], label[j]] += weight
    return ControlSums(answered, labelled, confusion)


def study(seed: int, people: int = 6, contexts: int = 3, classes: int = 3) -> list[Ints]:
    """Answer, label, subject and context of samples of people with unequal numbers of them."""
    rng = np.random.default_rng(seed)
    subject = np.repeat(np.arange(people), rng.integers(5, 12, people))
    return [rng.integers(0, n, len(subject)) for n in (classes, classes)] + [
        subject,
        rng.integers(0, contexts, len(subject)),
    ]


@pytest.mark.parametrize("of_group", [False, True])
def test_sums_are_those_of_all_pairs_with_and_without_each_person(of_group: bool) -> None:
    answer, label, subject, context = study(0)
    own = subject % 2 == 0 if of_group else np.ones(len(subject), np.bool_)
    total, left_out = control_sums(answer, label, subject, context, 3, own if of_group else None)
    expected = by_hand(answer, label, subject, context, own, 3)
    for name in ("answered", "labelled", "confusion"):
        np.testing.assert_allclose(getattr(total, name), getattr(expected, name))
    for person in range(6):
        stays = subject != person
        expected = by_hand(answer[stays], label[stays], subject[stays], context[stays], own[stays], 3)
        for name in ("answered", "labelled", "confusion"):
            np.testing.assert_allclose(getattr(left_out, name)[person], getattr(expected, name), atol=1e-12)
        assert left_out.gain[person] == pytest.approx(expected.gain)


def test_a_context_that_one_person_alone_has_pairs_with_nobody() -> None:
    subject, context = np.array([0, 0, 1, 1, 2]), np.array([0, 0, 0, 0, 1])
    label = np.array([0, 1, 0, 1, 1])
    total, left_out = control_sums(label, label, subject, context, 2)
    assert total.labelled.tolist() == [[0.5, 0.5], [0.5, 0.5]]
    assert left_out.labelled[0].sum() == 0
    assert np.isnan(left_out.gain[0])


def test_answers_by_context_gain_and_answers_by_label_do_not() -> None:
    # Two sentences; three of four samples of the first are angry, of the second sad. Everybody speaks all of them.
    label = np.tile([0, 0, 0, 1, 1, 1, 1, 0], 10)
    context, subject = np.tile(np.repeat([0, 1], 4), 10), np.repeat(np.arange(10), 8)
    by_sentence, _ = control_sums(context, label, subject, context, 2)
    assert by_sentence.agreement == pytest.approx(3 / 4)
    assert by_sentence.carried == pytest.approx(10 / 16)  # 3/4 · 3/4 + 1/4 · 1/4
    assert by_sentence.by_label == pytest.approx(9 / 16)  # 10/16 · 3/4 + 6/16 · 1/4
    assert by_sentence.gain == pytest.approx(3 / 16)
    by_voice, _ = control_sums(label, label, subject, context, 2)
    assert by_voice.agreement == by_voice.carried == pytest.approx(10 / 16)
    assert by_voice.gain == pytest.approx(0)


def test_a_constant_answer_is_at_chance_whatever_labels_do() -> None:
    _, label, subject, context = study(1)
    total, _ = control_sums(np.zeros_like(label), label, subject, context, 3)
    assert total.agreement == pytest.approx(1 / 3)
    assert total.gain == pytest.approx(0)


def test_same_answers_are_those_of_all_pairs_of_people_with_a_label() -> None:
    answer, label, subject, context = study(2)
    total, left_out = same_answers(answer, label, subject, context, 3)
    for stays, together, anywhere in [
        (np.ones(len(subject), np.bool_), total.together, total.anywhere),
        (subject != 3, left_out.together[3], left_out.anywhere[3]),
    ]:
        shares = []
        for each in range(3):
            own = np.flatnonzero(stays & (label == each))
            pairs = [(i, j) for i in own for j in own if subject[i] != subject[j]]
            weight = np.array([(context[i] == context[j]) / (context[own] == context[i]).sum() for i, j in pairs])
            same = np.array([answer[i] == answer[j] for i, j in pairs])
            shares.append((weight @ same / weight.sum(), same.mean()))
        assert (together, anywhere) == pytest.approx(np.mean(shares, axis=0))


def test_contexts_that_a_label_does_not_have_change_nothing() -> None:
    answer, label, subject, context = study(3)
    only = np.where(label == 0, context // 2 * 2, context)  # the first label is never at the second context
    total, _ = same_answers(answer, label, subject, only, 3)
    apart = [
        same_answers(*(each[label == code] for each in (answer, label, subject, only)), 3)[0] for code in range(3)
    ]
    assert np.isfinite(total.gain)
    assert total.gain == pytest.approx(np.mean([of_label.gain for of_label in apart]))
    renamed, _ = same_answers(answer, label, subject, only * 5, 3)
    assert renamed.gain == pytest.approx(total.gain)


def test_the_gain_of_same_answers_is_the_variance_of_their_shares() -> None:
    # Three of four answers at one sentence are 0, one of four at the other: a variance of 1/16 for each answer.
    answer = np.tile([0, 0, 0, 1, 1, 1, 1, 0], 200)
    context, subject = np.tile(np.repeat([0, 1], 4), 200), np.repeat(np.arange(200), 8)
    total, _ = same_answers(answer, np.zeros_like(answer), subject, context, 2)
    assert total.together == pytest.approx(10 / 16)
    assert total.gain == pytest.approx(2 / 16)


def test_without_two_people_at_a_context_there_are_no_same_answers() -> None:
    subject = np.arange(3)
    total, left_out = same_answers(np.zeros(3, np.int64), np.zeros(3, np.int64), subject, subject, 2)
    assert np.isnan(total.gain)
    assert np.isnan(left_out.gain).all()
