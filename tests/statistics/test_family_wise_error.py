"""A fast part of ``benchmarks/validity``: how often does the comparison of groups err, where the truth is known?

200 studies each. At 5 %, fewer than 1 or more than 23 false alarms in 200 have a probability below 1 in 10,000.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from harness.arrays import Floats, Ints
from harness.measurement.flattened import flattened_statistics
from harness.metrics.calibration import calibration
from harness.metrics.categorical import UNSCORED, categorical
from harness.metrics.dimensional import dimensional
from harness.metrics.outcomes import ABSTAINED, SCORED, outcomes
from harness.metrics.quantiles import equal_mass_edges
from harness.metrics.tally import Tally
from harness.statistics.contrasts import Contrasts
from harness.statistics.max_t import Design, contrasts_of
from harness.statistics.relabelling import AmongSubjects
from harness.statistics.sides import Additive, Rows

STUDIES, DRAWS = 200, 199
LEAST, MOST = 1, 23
METRICS = ("accuracy", "uar", "macro_f1", "coverage", "ece", "ccc:valence")
CLASSES = ("a", "b", "c")
COMMON = (0.6, 0.3, 0.1)


def rates(rng: np.random.Generator, mean_S: Floats, icc_S: Floats) -> Floats:
    """A rate for each subject, beta-distributed around its mean."""
    spread_S = 1 / icc_S - 1
    return rng.beta(mean_S * spread_S, (1 - mean_S) * spread_S)


def families(rng: np.random.Generator, clips_S: Ints, icc: float) -> list[Tally]:
    """One study with unequal clips and imbalanced classes, counted by the families of metrics."""
    num = len(clips_S)
    subject = np.repeat(np.arange(num), clips_S)
    truth = rng.choice(len(CLASSES), size=len(subject), p=COMMON)
    right = rng.random(len(subject)) < rates(rng, np.full(num, 0.6), np.full(num, icc))[subject]
    scored = rng.random(len(subject)) < rates(rng, np.full(num, 0.9), np.full(num, icc))[subject]
    answer = np.where(scored, np.where(right, truth, (truth + 1) % len(CLASSES)), UNSCORED)
    confidence = np.where(scored, np.clip(rng.normal(0.75, 0.1, len(subject)), 0.4, 1), np.nan)
    edges = equal_mass_edges(confidence[scored], 5)
    valence = rng.normal(0, 0.4, len(subject))
    bias = rng.normal(0, np.sqrt(icc) / 4, num)[subject]
    predicted = 0.7 * valence + bias + rng.normal(0, 0.25, len(subject))
    outcome = np.where(scored, SCORED, ABSTAINED)
    return [
        categorical(subject, truth, answer, num_rows=num, classes=CLASSES, per_class=False),
        calibration(subject, confidence, right & scored, num_rows=num, edges=edges),
        outcomes(subject, outcome, np.full(len(subject), -1), num_rows=num, reasons=()),
        dimensional("valence", subject, valence, predicted, num_rows=num),
    ]


def compare(
    metrics: Sequence[Additive], group: Ints, subject: Ints | None = None, seed: int = 0
) -> list[Contrasts]:
    """All pairs of groups."""
    subject = np.arange(len(group)) if subject is None else subject
    num = int(group.max()) + 1
    first, second = np.triu_indices(num, 1)
    design = Design(np.eye(num, dtype=bool), np.eye(num)[first] - np.eye(num)[second])
    rows = Rows(subject, group, int(subject.max()) + 1, num)
    among = AmongSubjects(subject, group)
    return contrasts_of(metrics, rows, design, among, draws=DRAWS, seed=seed)


def right_of(rng: np.random.Generator, group: Ints, mean: Sequence[float], icc: Sequence[float]) -> Additive:
    """40 clips of each subject, right at a rate that may differ between groups, as may its spread."""
    rate = rates(rng, np.asarray(mean)[group], np.asarray(icc)[group])
    statistics = np.stack([rng.binomial(40, rate), np.full(len(group), 40)], axis=1).astype(np.float64)
    return Additive(statistics, share)


def share(sums: Floats) -> Floats:
    quotient: Floats = sums[..., 0] / sums[..., 1]
    return quotient


@pytest.mark.slow
def test_groups_that_are_alike_are_seldom_told_apart() -> None:
    """Subjects differ little in one half of the studies, and much in the other."""
    rng = np.random.default_rng(1)
    alarms = dict.fromkeys(METRICS, 0)
    group = np.repeat(np.arange(6), 8)
    for seed in range(STUDIES):
        clips = rng.geometric(1 / 25, len(group))
        known = {
            metric.name: (family, metric)
            for family in families(rng, clips, (0.02, 0.3)[seed % 2])
            for metric in family.metrics
        }
        found = compare([flattened_statistics(*known[name]) for name in METRICS], group, seed=seed)
        for name, contrasts in zip(METRICS, found, strict=True):
            alarms[name] += np.nanmin(contrasts.p) <= 0.05
    assert all(LEAST <= count <= MOST for count in alarms.values()), alarms


def test_a_small_group_that_varies_more_is_not_told_apart_by_that() -> None:
    """Where differences are not studentised, false alarms abound."""
    rng = np.random.default_rng(2)
    group = np.repeat([0, 1], [15, 90])
    ours = plain = 0
    for seed in range(STUDIES):
        metric = right_of(rng, group, (0.6, 0.6), (0.3, 0.01))
        found = compare([metric], group, seed=seed)[0]
        ours += found.p[0] <= 0.05
        plain += (np.abs(found.null_sides[:, 0] - found.null_sides[:, 1]) >= abs(found.value[0])).mean() <= 0.05
    assert LEAST <= ours <= MOST
    assert plain > 1.5 * MOST


def test_clips_are_not_subjects() -> None:
    rng = np.random.default_rng(3)
    subjects = np.repeat(np.arange(3), 10)
    alarms = 0
    for seed in range(30):
        metric = right_of(rng, subjects, (0.6,) * 3, (0.1,) * 3)
        right = (np.arange(40) < metric.statistics[:, :1]).ravel()
        of_clips = Additive(np.stack([right, np.ones(len(right))], axis=1).astype(np.float64), share)
        alarms += compare([of_clips], np.repeat(subjects, 40), seed=seed)[0].p.min() <= 0.05
    assert alarms > 10


@pytest.mark.parametrize("truth", [(0.6, 0.45), (0.8, 0.7, 0.55, 0.7)], ids=["two groups", "four groups"])
def test_intervals_hold_all_true_differences_together(truth: tuple[float, ...]) -> None:
    rng = np.random.default_rng(4)
    group = np.repeat(np.arange(len(truth)), 15)
    first, second = np.triu_indices(len(truth), 1)
    differences = np.take(truth, first) - np.take(truth, second)
    missed = 0
    for seed in range(STUDIES):
        found = compare([right_of(rng, group, truth, (0.1,) * len(truth))], group, seed=seed)[0]
        missed += (np.abs(found.value - differences) > found.critical(0.95) * found.error).any()
    assert LEAST <= missed <= MOST


def test_conditions_within_a_subject_are_compared_with_more_power_and_no_more_errors() -> None:
    """Every subject under three conditions, some under two: its own rate is common to them."""
    rng = np.random.default_rng(5)
    subject = np.array([*np.tile(np.arange(12), 3), *np.arange(12, 18), *np.arange(12, 18)])
    condition = np.array([*np.repeat([0, 1, 2], 12), *[0] * 6, *[2] * 6])
    alarms = found_within = found_between = 0
    for seed in range(STUDIES):
        rate = rates(rng, np.full(18, 0.6), np.full(18, 0.3))[subject] * 0.8
        for effect in (0.0, 0.1):
            right = rng.binomial(40, rate + effect * (condition == 0))
            metric = Additive(np.stack([right, np.full(len(right), 40)], axis=1).astype(np.float64), share)
            flagged = compare([metric], condition, subject, seed=seed)[0].p.min() <= 0.05
            if effect:
                found_within += flagged
                found_between += compare([metric], condition, seed=seed)[0].p.min() <= 0.05
            else:
                alarms += flagged
    assert LEAST <= alarms <= MOST
    assert found_within > 150 > 50 > found_between
