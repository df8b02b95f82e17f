"""The three rungs where a device does not react, has no score, or is listed in another order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.practice_tests.wearables.score_questions import score_rows
from harness.practice_tests.wearables.scores import Scores
from harness.practice_tests.wearables.wearables_options import Limits
from harness.tables.results import Result

PEOPLE, MOMENTS = 12, 40


def made() -> Scores:
    """A score that rises by 2 under a stressor, and follows what people say."""
    rng, num = np.random.default_rng(5), PEOPLE * MOMENTS
    stressor = np.tile([0.0, 1.0], num // 2)
    said = {name: rng.normal(size=num) for name in ("report", "positive", "negative")}
    return Scores(
        dataset="made",
        subject_n=np.repeat(np.arange(PEOPLE), MOMENTS),
        device_n=np.full(num, "watch"),
        time_s_n=np.tile(np.arange(MOMENTS) * 60.0, PEOPLE),
        score_n=2 * stressor + said["report"] + rng.normal(size=num),
        moving_n=(rng.random(num) < 0.3).astype(np.float64),
        motion_n=np.full(num, np.nan),
        stressor_n=stressor,
        reports=said,
    )


def rows_of(scores: Scores) -> dict[tuple[str, str], Result]:
    rows = score_rows(scores, None, Limits(), alarms={}, align_s=60, least=5, level=0.95)
    return {(row.metric, row.group): row for row in rows}


def test_people_whose_score_never_varies_count_as_not_reacting() -> None:
    scores = made()
    half = replace(scores, score_n=np.where(scores.subject_n < PEOPLE // 2, 50.0, scores.score_n))
    whole, found = rows_of(scores), rows_of(half)
    for metric in ("reaction_to_stressors", "felt_stress"):
        key = (metric, "stressor" if metric == "reaction_to_stressors" else "all")
        moved = rows_of(scores.within(scores.subject_n >= PEOPLE // 2))[key]
        assert (whole[key].n_subjects, found[key].n_subjects, moved.n_subjects) == (12, 12, 6)
        assert found[key].value == pytest.approx((moved.value or 0.0) / 2, rel=0.1)
    assert found["people_with_relation:none", "all"].value == 0.5


def test_moments_without_a_score_are_counted() -> None:
    scores = made()
    lost = (scores.subject_n == 3) | (np.arange(len(scores.score_n)) % 10 == 0)
    found = rows_of(replace(scores, score_n=np.where(lost, np.nan, scores.score_n)))
    still = scores.moving_n == 0
    for key, asked_n in {
        ("reaction_to_stressors", "stressor"): still,
        ("score_rise_when_moving", "moving"): scores.stressor_n == 0,
        ("drift", "all"): np.full(len(lost), True),
        ("between_people:report", "all"): np.full(len(lost), True),
    }.items():
        row = found[key]
        assert (row.n_samples, row.n_unscored) == ((asked_n & ~lost).sum(), (asked_n & lost).sum()), key
        assert row.n_subjects == PEOPLE - 1


def test_no_result_depends_on_the_order_of_rows_or_of_people() -> None:
    scores = made()
    order = np.random.default_rng(6).permutation(len(scores.score_n))
    renamed = np.random.default_rng(7).permutation(PEOPLE)
    shuffled = replace(scores, subject_n=renamed[scores.subject_n])._taken(order)
    for key, row in rows_of(scores).items():
        other = rows_of(shuffled)[key]
        for name in ("value", "lo", "hi"):
            assert getattr(other, name) == pytest.approx(getattr(row, name), abs=1e-9), key
        assert (other.verdict, other.n_samples) == (row.verdict, row.n_samples), key
