from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from harness.checks.checked_system import CheckedSystem
from harness.checks.single_answers import answers
from harness.tables.results import Result
from harness.tables.schemas import ANSWERS

MakeSystem = Callable[..., CheckedSystem]
PEOPLE, EACH = 20, 8
NUM = PEOPLE * EACH


def said(
    system: CheckedSystem,
    *,
    attempts: Sequence[int] | None = None,
    version: Sequence[str | None] | None = None,
    day: Sequence[str | None] | None = None,
    others: Sequence[dict[str, object]] = (),
) -> dict[str, Result]:
    rows = [
        {
            "sample_id": f"s{index:06d}",
            "model": "toy",
            "condition": "clean",
            "attempts": 1 if attempts is None else attempts[index],
            "version": None if version is None else version[index],
            "day": None if day is None else day[index],
        }
        for index in reversed(range(NUM))
    ]
    table = pa.Table.from_pylist([*others, *rows], schema=ANSWERS)
    return {found.group: found for found in answers(replace(system, answers=table))}


def case(make_system: MakeSystem, answer: Sequence[str | None]) -> CheckedSystem:
    people = np.repeat(np.arange(PEOPLE), EACH)
    sex = np.where(people % 2 == 0, "female", "male").tolist()
    return make_system(people.tolist(), ["a", "b"] * (NUM // 2), answer, columns={"attr.sex": sex})


@pytest.fixture
def system(make_system: MakeSystem) -> CheckedSystem:
    """Everything is right but every fourth sample."""
    return case(make_system, [("a", "b")[(i + (i % 4 == 3)) % 2] for i in range(NUM)])


def test_a_system_of_scores_alone_is_not_tested(system: CheckedSystem) -> None:
    (found,) = answers(system)
    assert (found.verdict, found.group) == ("not_tested", "all")


def test_a_version_that_changes_is_found(system: CheckedSystem) -> None:
    changed = said(system, version=["v1"] * 100 + ["v2"] * 60)["version"]
    assert (changed.verdict, changed.value) == ("not_met", 2.0)
    assert (changed.reason or "").startswith("The version changed in mid-run: v1 (100) and v2 (60).")
    assert said(system, version=["v1"] * NUM)["version"].verdict == "met"
    alias = said(system, version=["gpt-latest"] * NUM)["version"]
    assert alias.verdict == "inconclusive"
    assert "gpt-latest is an alias" in (alias.reason or "")
    assert said(system)["version"].verdict == "not_tested"


def test_other_servers_of_the_same_model_are_told_from_another_model(system: CheckedSystem) -> None:
    """Vendors answer from several backends at once: a finding in every run would hide the one that counts."""
    first, second, third = (f"gpt-1 system_fingerprint={name}" for name in ("fp_a", "fp_b", "fp_c"))
    servers = said(system, version=[first] * 100 + [second] * 50 + [third] * 10)["version"]
    assert (servers.verdict, servers.value) == ("inconclusive", 3.0)
    assert (servers.reason or "").startswith(
        "Every answer came from gpt-1, run by servers that differ: fp_a (100), fp_b (50) and fp_c (10)."
    )
    partly = said(system, version=[first] * 100 + ["gpt-1"] * 60)["version"]
    assert (partly.verdict, partly.value) == ("inconclusive", 2.0)
    assert "fp_a (100) and not stated (60)" in (partly.reason or "")
    models = said(system, version=[first] * 100 + ["gpt-2 system_fingerprint=fp_b"] * 60)["version"]
    assert (models.verdict, models.value) == ("not_met", 2.0)
    assert (models.reason or "").startswith("The version changed in mid-run: gpt-1 (100) and gpt-2 (60).")
    one = said(system, version=[first] * NUM)["version"]
    assert (one.verdict, one.reason) == ("met", "Every answer came from gpt-1.")


def test_a_version_that_changes_between_samples_and_control_is_found_and_nothing_else_of_the_control_counts(
    system: CheckedSystem,
) -> None:
    control = {"sample_id": "s000000", "model": "toy", "condition": "blind/removed", "attempts": 9, "day": "later"}
    found = said(system, version=["v1"] * NUM, day=["today"] * NUM, others=[{**control, "version": "v2"}])
    assert (found["version"].verdict, found["version"].value) == ("not_met", 2.0)
    assert (found["version"].reason or "").startswith("The version changed in mid-run: v1 (160) and v2 (1).")
    assert [found[name].verdict for name in ("retried", "days")] == ["met", "met"]
    assert found["retried"].n_samples == NUM


def test_retried_samples_that_are_answered_worse_are_found(system: CheckedSystem) -> None:
    worse = said(system, attempts=[3 if i % 4 == 3 else 1 for i in range(NUM)])["retried"]
    assert (worse.verdict, worse.value) == ("not_met", 0.25)
    assert "40 samples of 160 had to be asked for more than once" in (worse.reason or "")
    assert "Their accuracy is 0.000, that of the others 1.000: a difference of -1.000" in (worse.reason or "")
    alike = said(system, attempts=[2 if i % 8 in (1, 3) else 1 for i in range(NUM)])["retried"]
    assert "Their accuracy is 0.500, that of the others 0.833" in (alike.reason or "")


def test_at_the_first_attempt_there_is_nothing_to_compare(system: CheckedSystem) -> None:
    found = said(system)
    assert (found["retried"].verdict, found["retried"].value) == ("met", 0.0)
    assert found["retried"].hi == pytest.approx(1 - 0.025 ** (1 / PEOPLE))
    assert "retried by sex" not in found


def test_retried_samples_of_few_people_are_not_compared(system: CheckedSystem) -> None:
    """Two people whose retried samples are both wrong would be an interval of no width."""
    for people, verdict in ((2, "inconclusive"), (4, "inconclusive"), (5, "not_met")):
        attempts = [2 if i % 4 == 3 and i < people * EACH else 1 for i in range(NUM)]
        found = said(system, attempts=attempts)["retried"]
        assert found.verdict == verdict
        assert ("and 5 are needed" in (found.reason or "")) == (people < 5)


def test_a_group_that_is_retried_more_often_is_found(system: CheckedSystem) -> None:
    rng = np.random.default_rng(0)
    person = np.arange(NUM) // EACH
    chance = np.where(person % 2 == 0, 0.6, 0.1)
    again = rng.random(NUM) < chance
    found = said(system, attempts=(1 + again).tolist())["retried by sex"]
    assert found.verdict == "not_met"
    assert found.value == pytest.approx(0.5, abs=0.1)
    right, is_female = np.arange(NUM) % 4 != 3, person % 2 == 0
    own, others = (right[is_female & side].mean() for side in (again, ~again))
    told = f"Retried: female 55 % (accuracy {own:.3f}, of its others {others:.3f}), male 11 % (accuracy "
    assert (found.reason or "").startswith(told)


def test_a_day_of_refusals_is_found(make_system: MakeSystem) -> None:
    """Every person is asked on both days; on the second, half is refused."""
    rng = np.random.default_rng(0)
    late = np.arange(NUM) % EACH >= EACH // 2
    refused = late & (rng.random(NUM) < 0.5)
    truth = ["a", "b"] * (NUM // 2)
    system = case(make_system, [None if no else label for no, label in zip(refused, truth, strict=True)])
    day = np.where(late, "2026-11-27", "2026-11-26").tolist()
    found = said(system, day=day)["days"]
    assert found.verdict == "not_met"
    assert (found.reason or "").startswith("Without an answer: 2026-11-26 0 %, 2026-11-27 ")
    assert said(system, day=["2026-11-26"] * NUM)["days"].verdict == "met"
    assert said(system)["days"].verdict == "not_tested"


def test_kept_answers_are_counted_and_not_compared_with_those_that_were_asked_for(make_system: MakeSystem) -> None:
    """All that is kept is scored and of another day; of what was asked today, a part is refused."""
    answer = [("a", "b")[i % 2] if i % 2 else None for i in range(NUM)]
    attempts = [0 if i % 4 == 1 else 1 for i in range(NUM)]
    day = ["2026-11-20" if not num else "2026-11-26" for num in attempts]
    found = said(case(make_system, answer), attempts=attempts, version=["v1"] * NUM, day=day)
    assert (found["from the cache"].verdict, found["from the cache"].value) == ("met", 0.25)
    assert (found["from the cache"].reason or "").startswith(
        "40 of 160 answers came from the cache of an earlier run, the oldest of 2026-11-20: "
    )
    assert found["version"].n_samples == NUM
    assert (found["days"].verdict, found["days"].reason) == ("met", "All answers were given on one day.")
    assert found["retried"].n_samples == 120
    assert "from the cache" not in said(case(make_system, answer))
    only_kept = said(case(make_system, answer), attempts=[0] * NUM)
    assert set(only_kept) == {"version", "from the cache"}


def test_chance_differences_are_rarely_found(make_system: MakeSystem) -> None:
    """Retries at random, in groups and by day: a finding in at most 5 of 100 for each, up to Monte Carlo error."""
    system = case(make_system, ["a", "b"] * (NUM // 2))
    alarms = {"retried by sex": 0, "days": 0}
    for seed in range(60):
        rng = np.random.default_rng(seed)
        again = (1 + (rng.random(NUM) < 0.2)).tolist()
        found = said(system, attempts=again, day=rng.choice(["d1", "d2"], NUM).tolist())
        for name in alarms:
            alarms[name] += found[name].verdict == "not_met"
    assert max(alarms.values()) <= 3
