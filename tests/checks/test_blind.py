from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness.checks.blind import MIN_ALIKE, blind
from harness.checks.checked_system import CheckedSystem
from harness.checks.unchanged_answers import unchanged
from harness.tables.probe_tables import AS_GIVEN, PROBES, unasked
from harness.tables.results import Result

MakeSystem = Callable[..., CheckedSystem]
NUM = 64
LABELS = ["a", "b", "c", "d"]


def rows(
    variant: str,
    label: Sequence[str | None],
    *,
    reason: str | None = None,
    outcome: str = "abstained",
    difference: float = 0.0,
) -> list[dict[str, Any]]:
    return [
        {
            "sample_id": f"s{index:06d}",
            "probe": "blind",
            "variant": variant,
            "outcome": "scored" if of_sample else outcome,
            "reason": None if of_sample else reason,
            "label": of_sample,
            "max_difference": difference if of_sample else None,
        }
        for index, of_sample in enumerate(label)
    ]


def asked(system: CheckedSystem, *variants: list[dict[str, Any]]) -> list[Result]:
    table = pa.Table.from_pylist([row for variant in variants for row in variant], schema=PROBES)
    return blind(replace(system, probes=table))


@pytest.fixture
def system(make_system: MakeSystem) -> CheckedSystem:
    """64 samples of 16 people, four of each answer per person."""
    label = LABELS * (NUM // 4)
    return make_system(np.repeat(np.arange(16), 4).tolist(), label, label)


OWN = LABELS * (NUM // 4)


def test_what_stays_the_same_without_the_medium_does_not_use_it(system: CheckedSystem) -> None:
    (found,) = asked(system, rows(AS_GIVEN, OWN), rows("removed", OWN))
    assert (found.verdict, found.value, found.group, found.n_samples) == ("not_met", 1.0, "medium removed", NUM)
    # All of 16 people are alike: 0.025 ** (1 / 16) of all people at least (Clopper & Pearson).
    assert found.lo == pytest.approx(0.025 ** (1 / 16))
    assert found.threshold == pytest.approx(0.25 + 0.5 * 0.75)
    assert (found.reason or "").startswith(
        "The answers do not depend on the picture: without the picture 64 of 64 answers stay the same; 16 would "
        "by chance. Remedy: see whether the medium reaches the system"
    )


def test_the_same_answer_to_every_empty_picture_is_as_much_as_chance(system: CheckedSystem) -> None:
    """To grey a sound system says c: a quarter of its own answers is c as well."""
    (found,) = asked(system, rows(AS_GIVEN, OWN), rows("removed", ["c"] * NUM))
    assert (found.verdict, found.value) == ("met", 0.25)
    assert (found.null_lo, found.null_hi) == (0.25, 0.25)


def test_whoever_declines_an_empty_medium_has_noticed(system: CheckedSystem) -> None:
    (found,) = asked(system, rows(AS_GIVEN, OWN), rows("removed", [None] * NUM, reason="refused: no face"))
    assert (found.verdict, found.value) == ("met", 0.0)


def test_a_request_that_failed_says_nothing(system: CheckedSystem) -> None:
    lost = rows("removed", [None] * 32, reason="timeout", outcome="failed")
    kept = rows("removed", OWN)[32:]
    (found,) = asked(system, rows(AS_GIVEN, OWN), lost + kept)
    assert (found.verdict, found.value, found.n_samples, found.n_subjects) == ("not_met", 1.0, 32, 8)
    (found,) = asked(system, rows(AS_GIVEN, OWN), rows("removed", OWN[:4]))
    assert (found.verdict, found.reason) == ("not_tested", "1 subject; at least 5 are needed.")


FINE, COARSE = [0.7013, 0.0987, 0.1217, 0.0783], [0.7, 0.1, 0.12, 0.08]
"""Scores of a network, and of a service that states two decimals."""


def test_a_constant_answer_is_told_by_its_scores(make_system: MakeSystem) -> None:
    same, other = ["a"] * NUM, rows("removed", ["a"] * NUM, difference=0.2)
    people = np.repeat(np.arange(16), 4).tolist()
    system = make_system(people, OWN, same, labels=LABELS, scores=np.tile(FINE, (NUM, 1)))
    (found,) = asked(system, rows(AS_GIVEN, same), rows("removed", same, difference=1e-4))
    assert (found.verdict, found.threshold, found.null_lo) == ("not_met", 0.5, None)
    (found,) = asked(system, rows(AS_GIVEN, same), other)
    assert (found.verdict, found.value) == ("met", 0.0)


@pytest.mark.parametrize(("num", "verdict"), [(10, "inconclusive"), (58, "inconclusive"), (59, "not_met")])
def test_few_people_with_the_same_answer_cannot_tell(make_system: MakeSystem, num: int, verdict: str) -> None:
    """A system that says b to one person in twenty says a to ten of them in 60 % of all studies: 0.95 ** 10."""
    assert 0.95**MIN_ALIKE < 0.05 < 0.95 ** (MIN_ALIKE - 1)
    people, label, same = np.repeat(np.arange(num), 2).tolist(), (LABELS * num)[: 2 * num], ["a"] * 2 * num
    for scores in (None, COARSE, [1.0, 0.0, 0.0, 0.0]):
        stated = {} if scores is None else {"labels": LABELS, "scores": np.tile(scores, (2 * num, 1))}
        system = make_system(people, label, same, **stated)
        (found,) = asked(system, rows(AS_GIVEN, same), rows("removed", same))
        assert (found.verdict, found.value, found.n_subjects) == (verdict, 1.0, num)
    assert verdict == "not_met" or "are of fewer than 59 people" in (found.reason or "")
    scored = make_system(people, label, same, labels=LABELS, scores=np.tile(FINE, (2 * num, 1)))
    (found,) = asked(scored, rows(AS_GIVEN, same), rows("removed", same))
    assert found.verdict == "not_met"


def test_scores_that_are_often_the_same_stay_so_by_chance(make_system: MakeSystem) -> None:
    """One label, and two lists of scores for 15 and 1 of 16 people: (15² + 1²) / 16² agree by chance."""
    same, people = ["a"] * NUM, np.repeat(np.arange(16), 4).tolist()
    scores = np.tile(COARSE, (NUM, 1))
    scores[:4] = [0.6, 0.2, 0.12, 0.08]
    system = make_system(people, OWN, same, labels=LABELS, scores=scores)
    (found,) = asked(system, rows(AS_GIVEN, same), rows("removed", same))
    assert found.threshold == pytest.approx((1 + (15**2 + 1) / 16**2) / 2)
    assert found.verdict == "inconclusive"


def test_people_who_nearly_all_get_the_same_answer_raise_no_alarm(make_system: MakeSystem) -> None:
    """Two answers, 95 to 5 of people, and always the first to a grey picture: 0.95 ** 16 = 44 % have no other."""
    verdicts = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        own = np.repeat(np.where(rng.random(16) < 0.05, "b", "a"), 4).tolist()
        system = make_system(np.repeat(np.arange(16), 4).tolist(), OWN, own, seed=seed)
        (found,) = asked(system, rows(AS_GIVEN, own), rows("removed", ["a"] * NUM))
        verdicts.append((found.verdict, len(set(own))))
    assert sum(num == 1 for _, num in verdicts) > 15
    assert {verdict for verdict, _ in verdicts} == {"inconclusive"}


def test_samples_of_one_label_that_are_all_answered_right_cannot_tell(make_system: MakeSystem) -> None:
    """Neutral is also what a system that looks may say of an empty picture."""
    same = ["a"] * NUM
    system = make_system(np.repeat(np.arange(16), 4).tolist(), same, same)
    found = asked(system, rows(AS_GIVEN, same), rows("removed", same), rows("background", same))
    assert [one.verdict for one in found] == ["inconclusive", "inconclusive"]
    assert found[0].reason == (
        "Without the picture 64 of 64 answers stay the same; as the right answer to all of them is the same, it "
        "cannot be said whether it uses it."
    )


def test_half_of_it_cannot_be_said(system: CheckedSystem) -> None:
    """Half of the people are answered from the context alone."""
    answers = [*OWN[:32], *np.roll(OWN[32:], 1).tolist()]
    (found,) = asked(system, rows(AS_GIVEN, OWN), rows("removed", answers))
    assert (found.verdict, found.value) == ("inconclusive", 0.5)


def test_each_variant_has_its_finding(system: CheckedSystem) -> None:
    variants = ("removed", "swapped", "background", "no_picture", "no_sound")
    found = asked(system, rows(AS_GIVEN, OWN), *(rows(variant, OWN) for variant in reversed(variants)))
    assert [one.group for one in found] == [
        "medium removed",
        "medium swapped",
        "background alone",
        "picture removed",
        "sound removed",
    ]
    assert [one.verdict for one in found] == ["not_met", "not_met", "inconclusive", "not_met", "not_met"]
    assert (found[2].reason or "").endswith("16 would by chance, as without the picture.")
    assert "do not depend on the sound of the film: without its sound 64" in (found[4].reason or "")


def test_chance_agreement_is_that_of_kappa() -> None:
    """Cohen (1960): of 3 a and 1 b beside 2 a and 2 b, 3/4 · 2/4 + 1/4 · 2/4 = 1/2 agree by chance."""
    found = unchanged(
        *(["a", "a", "a", "b"], ["a", "a", "b", "b"], np.zeros(4)),
        numbers_nW=np.empty((4, 0)),
        subject_n=np.arange(4),
        seed=0,
    )
    assert found.by_chance == 0.5
    assert found.same_n.tolist() == [True, True, False, True]
    assert found.null == (0.25, 0.75)


def test_by_chance_people_are_exchanged_and_not_samples() -> None:
    """Four people, each of one answer: two a, two b, on both sides. They meet whole: 0, 2 or 4 of 4 agree.

    Of the 24 ways to exchange them 4 give 4, 4 give none and 16 give 2: both ends lie within the central 95 %.
    """
    label, subject_n = ["a"] * 20 + ["b"] * 20, np.repeat(np.arange(4), 10)
    found = unchanged(label, label, np.zeros(40), numbers_nW=np.empty((40, 0)), subject_n=subject_n, seed=0)
    assert found.null == (0.0, 1.0)


@pytest.mark.parametrize("num_answers", [2, 4, 7])
def test_a_system_that_uses_the_medium_is_not_found(make_system: MakeSystem, num_answers: int) -> None:
    """Answers without the medium that have nothing to do with those with it: no finding in 100 studies."""
    names = [f"l{number}" for number in range(num_answers)]
    verdicts = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        own, other = rng.choice(names, NUM).tolist(), rng.choice(names, NUM).tolist()
        system = make_system(np.repeat(np.arange(16), 4).tolist(), own, own, seed=seed)
        (found,) = asked(system, rows(AS_GIVEN, own), rows("removed", other))
        verdicts.append(found.verdict)
    assert verdicts.count("not_met") == 0
    assert verdicts.count("met") >= 90


def test_nobody_asked_is_not_tested(system: CheckedSystem) -> None:
    for probes in (None, PROBES.empty_table(), unasked("paid")):
        (found,) = blind(replace(system, probes=probes))
        assert found.verdict == "not_tested"
        assert "checks.max_blind" in (found.reason or "")


def test_a_system_that_sees_the_picture_but_not_the_face_looks_at_the_background(system: CheckedSystem) -> None:
    found = asked(system, rows(AS_GIVEN, OWN), rows("removed", ["c"] * NUM), rows("background", OWN))
    assert [one.verdict for one in found] == ["met", "not_met"]
    assert (found[1].reason or "").startswith("The answers follow the background and not the face: with the face")
