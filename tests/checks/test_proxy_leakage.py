from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from harness.checks import proxy_leakage as module
from harness.checks.checked_system import CheckedSystem
from harness.checks.proxy_leakage import proxy_leakage
from harness.checks.score_leak import ScoreLeak

LABELS = ("anger", "fear", "neutral", "sadness")


def study(
    make_system: Callable[..., CheckedSystem],
    *,
    leak: float,
    smiles: float = 0.0,
    people: int = 40,
    clips: int = 12,
    seed: int = 0,
    level: float = 0.95,
    **more: Any,
) -> CheckedSystem:
    """Women and men; ``smiles`` adds neutral to what women show, ``leak`` to their score of anger."""
    rng = np.random.default_rng(seed)
    woman = np.repeat(np.arange(people) % 2 == 0, clips)
    shown = np.where(woman & (rng.random(people * clips) < smiles), 2, rng.integers(0, 4, people * clips))
    logits = rng.normal(size=(people * clips, 4)) + 1.5 * np.eye(4)[shown]
    logits += np.repeat(rng.normal(size=(people, 4)) / 3, clips, axis=0)
    logits[:, 0] += leak * woman
    scores = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    columns = {"attr.sex": np.where(woman, "female", "male").tolist(), **more.pop("columns", {})}
    system = make_system(
        np.repeat(np.arange(people), clips).tolist(),
        [LABELS[index] for index in shown],
        [LABELS[index] for index in scores.argmax(1)],
        labels=LABELS,
        scores=scores,
        columns=columns,
        seed=seed,
        **more,
    )
    return replace(system, level=level)


def test_a_planted_leak_is_found(make_system: Callable[..., CheckedSystem]) -> None:
    (finding,) = proxy_leakage(study(make_system, leak=1.0))
    assert (finding.group, finding.verdict) == ("sex", "not_met")
    assert finding.value is not None
    assert finding.null_hi is not None
    assert finding.value > finding.null_hi
    assert finding.lo is not None
    assert finding.lo > 0
    assert finding.reason is not None
    assert finding.reason.startswith("The group of sex of people left out is predicted with an AUC of ")
    full, base = map(float, re.findall(r"[ ](0\.\d\d) from labels", finding.reason))
    assert full - base == pytest.approx(finding.value, abs=0.01)
    assert "Remedy:" in finding.reason


def test_what_the_label_explains_is_no_leak(make_system: Callable[..., CheckedSystem]) -> None:
    """Women show `neutral` far more often: labels alone tell them, and scores add nothing."""
    alarms = [
        proxy_leakage(study(make_system, leak=0, smiles=0.6, seed=seed))[0].verdict == "not_met"
        for seed in range(10)
    ]
    assert sum(alarms) <= 2
    (finding,) = proxy_leakage(study(make_system, leak=0, smiles=0.6))
    assert finding.reason is not None
    assert float(finding.reason.split(" from labels alone")[0].rsplit(" ", 1)[1]) > 0.8


def test_scores_that_are_alike_rarely_alarm(make_system: Callable[..., CheckedSystem]) -> None:
    """At most 5 % of studies; 5 of 40 is its 99th percentile."""
    verdicts = [proxy_leakage(study(make_system, leak=0, people=24, seed=seed))[0].verdict for seed in range(40)]
    assert verdicts.count("not_met") <= 5


def test_a_system_without_scores_is_judged_by_its_answers(make_system: Callable[..., CheckedSystem]) -> None:
    people = np.repeat(np.arange(40), 8)
    answer = np.where((people % 2 == 0) & (np.arange(320) % 2 == 0), "anger", "fear").tolist()
    sex = np.where(people % 2 == 0, "female", "male").tolist()
    system = make_system(people.tolist(), ["anger", "fear"] * 160, answer, columns={"attr.sex": sex})
    assert proxy_leakage(system)[0].verdict == "not_met"


def test_too_few_people_or_an_attribute_of_the_sample_are_not_tested(
    make_system: Callable[..., CheckedSystem],
) -> None:
    (few,) = proxy_leakage(study(make_system, leak=1, people=18))
    assert (few.group, few.verdict) == ("sex", "not_tested")
    assert few.reason == "Fewer than two groups with 10 subjects who have scores."
    columns = {"attr.light": ["bright", "dark"] * 240}
    varying = proxy_leakage(study(make_system, leak=0, columns=columns))[1]
    assert (varying.group, varying.verdict) == ("light", "not_tested")


def test_small_groups_stay_when_people_are_drawn(
    make_system: Callable[..., CheckedSystem], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SUBJECTS", 24)
    (finding,) = proxy_leakage(study(make_system, leak=2.0))
    assert finding.n_subjects == 24
    assert finding.verdict == "not_met"
    assert finding.reason is not None
    assert "(24 subjects, drawn at random)" in finding.reason


def test_the_error_is_shared_by_the_axes(make_system: Callable[..., CheckedSystem]) -> None:
    """Each of two axes at 95 % is held against what chance alone does at 97.5 %."""
    two_axes = study(make_system, leak=0.3, columns={"attr.tone": (["light"] * 12 + ["dark"] * 12) * 20})
    among_two = proxy_leakage(two_axes)[0]
    (alone,) = proxy_leakage(study(make_system, leak=0.3, level=0.975))
    (at_95,) = proxy_leakage(study(make_system, leak=0.3))
    assert (among_two.null_lo, among_two.null_hi) == (alone.null_lo, alone.null_hi)
    assert among_two.null_hi is not None
    assert at_95.null_hi is not None
    assert among_two.null_hi > at_95.null_hi
    assert (among_two.lo, among_two.hi) == (at_95.lo, at_95.hi)  # the interval of the gain is at 95 %


def test_predicting_worse_than_by_guessing_clears_nobody(
    make_system: Callable[..., CheckedSystem], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interval under the threshold is worth nothing where the AUC itself lies under 0.5, or p is small."""

    def leak(full: float, p: float) -> Callable[..., ScoreLeak]:
        resampled = np.full(401, full)
        return lambda *_: ScoreLeak(np.full(401, 0.5), resampled, np.full(399, 0.02), p, 0)

    verdicts = []
    for full, p in (
        (0.21, 0.9),
        (0.499, 0.9),
        (0.51, 0.9),
        (0.51, 0.2),
        (0.58, 0.025),
        (0.58, 0.026),
        (0.61, 0.9),
    ):
        monkeypatch.setattr(module, "score_leak", leak(full, p))
        verdicts.append(proxy_leakage(study(make_system, leak=0))[0].verdict)
    assert verdicts == ["inconclusive", "inconclusive", "met", "inconclusive", "not_met", *["inconclusive"] * 2]


def test_the_score_that_carries_most_is_named(make_system: Callable[..., CheckedSystem]) -> None:
    (finding,) = proxy_leakage(study(make_system, leak=1.5, people=100))
    assert "the scores reveal the attribute, most of all the score of anger. Remedy" in (finding.reason or "")


def test_people_of_unknown_group_are_no_group(make_system: Callable[..., CheckedSystem]) -> None:
    """Scores give away who has no entry; of women and men they say nothing."""
    rng = np.random.default_rng(0)
    sex = np.repeat(rng.choice(["female", "male"], 60), 12).astype(object)
    unknown = np.repeat(np.arange(60) % 3 == 0, 12)
    sex[unknown] = None
    score = np.where(unknown, 0.9, 0.6) + rng.uniform(-0.05, 0.05, 720)
    system = make_system(
        np.repeat(np.arange(60), 12).tolist(),
        ["anger", "fear"] * 360,
        ["anger"] * 720,
        labels=("anger", "fear"),
        scores=np.column_stack([score, 1 - score]),
        columns={"attr.sex": sex.tolist()},
    )
    (finding,) = proxy_leakage(system)
    assert finding.n_subjects == 40
    assert finding.verdict == "inconclusive"


def test_the_interval_is_the_expanded_percentile_of_resampled_gains(
    make_system: Callable[..., CheckedSystem], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tails of Φ(-√(n/(n-1)) t) for 40 subjects (Hesterberg 2015)."""
    seen = []
    score_leak = module.score_leak

    def recorded(*given: Any) -> Any:
        seen.append(score_leak(*given))
        return seen[-1]

    monkeypatch.setattr(module, "score_leak", recorded)
    (finding,) = proxy_leakage(study(make_system, leak=0.5))
    (leak,) = seen
    tail = stats.norm.cdf(-np.sqrt(40 / 39) * stats.t.ppf(0.975, df=39))
    assert finding.value == pytest.approx(leak.full[0] - leak.base[0])
    expected = np.quantile((leak.full - leak.base)[1:], [tail, 1 - tail])
    assert (finding.lo, finding.hi) == (pytest.approx(expected[0]), pytest.approx(expected[1]))
