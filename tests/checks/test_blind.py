from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from harness.checks.blind import blind, unchanged
from harness.checks.checked_system import CheckedSystem
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


def test_a_constant_answer_is_told_by_its_scores(system: CheckedSystem) -> None:
    same, other = ["a"] * NUM, rows("removed", ["a"] * NUM, difference=0.2)
    (found,) = asked(system, rows(AS_GIVEN, same), rows("removed", same, difference=1e-4))
    assert (found.verdict, found.threshold, found.null_lo) == ("not_met", 0.5, None)
    (found,) = asked(system, rows(AS_GIVEN, same), other)
    assert (found.verdict, found.value) == ("met", 0.0)


def test_few_samples_with_the_same_label_cannot_tell(make_system: MakeSystem) -> None:
    """A system that says b one time in ten says a ten times in a row in a third of all studies."""
    for num, verdict in ((10, "inconclusive"), (35, "inconclusive"), (36, "not_met")):
        same = ["a"] * num
        system = make_system(range(num), (LABELS * num)[:num], same)
        (found,) = asked(system, rows(AS_GIVEN, same), rows("removed", same))
        assert (found.verdict, found.value, found.n_samples) == (verdict, 1.0, num)
        scores = np.tile([0.7, 0.1, 0.1, 0.1], (num, 1))
        scored = make_system(range(num), (LABELS * num)[:num], same, labels=LABELS, scores=scores)
        (found,) = asked(scored, rows(AS_GIVEN, same), rows("removed", same))
        assert found.verdict == "not_met"


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
    found = unchanged(["a", "a", "a", "b"], ["a", "a", "b", "b"], np.zeros(4), seed=0)
    assert found.by_chance == 0.5
    assert found.same_n.tolist() == [True, True, False, True]
    assert found.null == (0.25, 0.75)


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
