"""Devices whose defect is known, worn by simulated people: what the test must find, and what it must not.

Each person has a spell in a laboratory with known stressors, then some weeks of daily life with prompts. Stress,
positive arousal and movement come and go independently; what is felt is reported with error. Sources of the
patterns: ``docs/practice/wearables.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.practice_tests.wearables.scores import NEGATIVE, POSITIVE, REPORT, Scores

DEFECTS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "clean": frozenset(),
        "blind_when_moving": frozenset({"availability_loss_when_moving"}),
        "raised_by_movement": frozenset({"score_rise_when_moving"}),
        "positive_arousal": frozenset({"felt_stress", "positive_less_negative"}),
        "reversed_for_some": frozenset({"felt_stress"}),
        "drifting": frozenset({"drift"}),
    }
)
"""Device → the questions that it fails. A score of positive arousal also fails to follow felt stress; one that in
daily life is reversed for a quarter of people follows nothing in the others."""

REVERSED_SHARE, REVERSED = 0.25, -0.5

NUM_LAB, NUM_DAILY = 20, 80
MINUTE_S, PROMPT_S = 60.0, 3 * 3600.0
SCORE_SD = 14.0
"""About one person's standard deviation of a clean score."""
SLOWNESS = 0.4
"""Autocorrelation of what people feel from one prompt to the next."""


def constructed(device: str, num_subjects: int, seed: int) -> Scores:
    """The scores of a device on simulated people.

    Args:
        device: one of `DEFECTS`.
        num_subjects: people.
        seed: of everything that is drawn.
    """
    rng = np.random.default_rng(seed)
    num = NUM_LAB + NUM_DAILY
    subject_n = np.repeat(np.arange(num_subjects), num)
    in_lab_T = np.arange(num) < NUM_LAB
    stressor_T = np.where(in_lab_T, (np.arange(num) // 5) % 2, 0)
    stressor_n = np.tile(stressor_T, num_subjects).astype(np.float64)
    in_lab_n = np.tile(in_lab_T, num_subjects)
    stress_n, positive_n = (_slow(rng, num_subjects, num) for _ in range(2))
    stress_n += 2.0 * stressor_n
    positive_n[in_lab_n] = 0.3 * positive_n[in_lab_n]
    moving_n = ((rng.random(len(subject_n)) < 0.3) & ~in_lab_n).astype(np.float64)
    sensitivity_n = rng.uniform(0.7, 1.3, num_subjects)[subject_n]
    level_n = rng.normal(0, 1, num_subjects)[subject_n]
    time_s_n = np.tile(
        np.where(in_lab_T, np.arange(num) * MINUTE_S, (np.arange(num) - NUM_LAB + 1) * PROMPT_S), num_subjects
    )
    followed_n = _followed(device, stress_n, positive_n, stressor_n, in_lab_n, subject_n)
    heart_rate_n = 65 + 4 * followed_n * sensitivity_n + 2 * rng.normal(size=len(subject_n))
    rmssd_n = 40 - 5 * followed_n * sensitivity_n + 5 * rng.normal(size=len(subject_n))
    score_n = (
        40 + 5 * level_n + 1.5 * (heart_rate_n - 65) - 1.0 * (rmssd_n - 40) + 8 * rng.normal(size=len(subject_n))
    )
    if device == "raised_by_movement":
        score_n += 1.5 * SCORE_SD * moving_n
    if device == "drifting":
        score_n += 2.0 * SCORE_SD * time_s_n / time_s_n.max()
    if device == "blind_when_moving":
        score_n[(moving_n == 1) & (rng.random(len(score_n)) < 0.8)] = np.nan
    score_n[rng.random(len(score_n)) < 0.03] = np.nan
    asked_n = ~in_lab_n
    reports = {
        REPORT: 0.8 * stress_n + 0.6 * rng.normal(size=len(score_n)),
        NEGATIVE: 0.7 * stress_n + 0.7 * rng.normal(size=len(score_n)),
        POSITIVE: 0.7 * positive_n + 0.7 * rng.normal(size=len(score_n)),
    }
    return Scores(
        dataset="simulated",
        subject_n=subject_n,
        device_n=np.full(len(score_n), device),
        time_s_n=time_s_n,
        score_n=score_n,
        moving_n=moving_n,
        motion_n=np.where(moving_n == 1, 0.3, 0.02) * rng.lognormal(0, 0.4, len(score_n)),
        stressor_n=stressor_n,
        reports={name: np.where(asked_n, values, np.nan) for name, values in reports.items()},
        documented={"heart_rate": heart_rate_n, "rmssd": rmssd_n},
    )


def _followed(
    device: str, stress_n: Floats, positive_n: Floats, stressor_n: Floats, in_lab_n: Bools, subject_n: Ints
) -> Floats:
    """What the score rests on; every device reacts to the known stressors."""
    if device == "positive_arousal":
        return positive_n + 2.0 * stressor_n
    if device == "reversed_for_some":
        share = np.where(subject_n < REVERSED_SHARE * (subject_n.max() + 1), REVERSED, 0.0)
        return np.where(in_lab_n, stress_n, share * stress_n)
    return stress_n


def _slow(rng: np.random.Generator, num_subjects: int, num: int) -> Floats:
    """Standard normal values of each person, autocorrelated, in one row."""
    fresh_ST = rng.normal(size=(num_subjects, num))
    value_ST = fresh_ST.copy()
    for moment in range(1, num):
        value_ST[:, moment] = SLOWNESS * value_ST[:, moment - 1] + np.sqrt(1 - SLOWNESS**2) * fresh_ST[:, moment]
    return value_ST.ravel()
