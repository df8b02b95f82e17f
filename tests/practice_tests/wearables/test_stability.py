"""Two devices worn together, and drift where something else also changes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.practice_tests.questions import answered
from harness.practice_tests.wearables.constructed_devices import constructed
from harness.practice_tests.wearables.scores import Scores
from harness.practice_tests.wearables.stability import drift_question, together_rows


def test_two_devices_agree_as_far_as_they_say_the_same() -> None:
    first = constructed("clean", 20, 1)
    other = replace(first, device_n=np.full(len(first.score_n), "other"), score_n=first.score_n + 10)
    both = Scores(
        "d",
        *(np.concatenate([getattr(first, name), getattr(other, name)]) for name in COLUMNS),
    )
    found = {row.metric: row for row in together_rows(both, 0.95)}
    assert found["worn_together_pearson:score"].value == pytest.approx(1.0)
    scored = first.score_n[first.available_n]
    variance = scored.var()
    assert found["worn_together_ccc:score"].value == pytest.approx(2 * variance / (2 * variance + 100), abs=1e-6)
    assert found["worn_together_bias:score"].value == pytest.approx(-10)  # the first less the other
    assert found["worn_together_ccc:score"].versus_model == "other"


COLUMNS = ("subject_n", "device_n", "time_s_n", "score_n", "moving_n", "motion_n", "stressor_n")


def test_stress_that_comes_late_is_no_drift() -> None:
    """All known stressors lie in the second half; the score follows them and nothing else."""
    rng = np.random.default_rng(0)
    subject, time = np.repeat(np.arange(20), 40), np.tile(np.arange(40.0), 20)
    stressor = ((time >= 20) & (time % 3 > 0)).astype(np.float64)
    nothing = np.full(800, np.nan)
    scores = Scores(
        "d", subject, np.full(800, "w"), time, 2 * stressor + rng.normal(size=800), nothing, nothing, stressor
    )
    (row,) = answered([drift_question(scores, 0.5, 5)], 0.95)
    assert row.verdict == "met"
    assert (row.n_samples, row.n_subjects) == (800, 20)
    few = replace(scores, score_n=np.where((subject == 3) & (time >= 5), np.nan, scores.score_n))
    (without,) = answered([drift_question(few, 0.5, 5)], 0.95)  # one person has 5 scores, which are too few
    assert (without.n_samples, without.n_subjects) == (760, 19)
    (blind,) = answered([drift_question(replace(scores, stressor_n=nothing), 0.5, 5)], 0.95)
    assert blind.verdict == "not_met"  # the same scores, where nobody wrote the stressors down
