"""Against hand-worked limits, one-way ANOVA, and simulated subjects."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.arrays import Floats, Ints
from harness.statistics.intervals import Range
from harness.statistics.shrinkage import Shrunken, shrunken

PARTS = np.stack([axis.ravel() for axis in np.indices((2, 4, 3))], axis=1)


def shrink(value: Floats, error: Floats, parts: Ints = PARTS, num: Ints | int = 20, **changed: object) -> Shrunken:
    return shrunken(
        value, error, parts, num_subjects_G=np.broadcast_to(num, len(value)), **{"level": 0.95, **changed}
    )


def test_of_one_attribute_cells_are_drawn_to_their_mean_by_the_share_of_noise() -> None:
    """Equal errors: value = mean + b (raw - mean) with one b, between no and full shrinkage."""
    raw, error = np.array([0.4, 0.5, 0.6, 0.7, 0.8]), np.full(5, 0.1)
    found = shrink(raw, error, np.arange(5)[:, None], num=1000)
    kept = (found.value - 0.6) / (raw - 0.6 + (raw == 0.6))
    assert found.value[2] == pytest.approx(0.6)
    assert np.ptp(kept[[0, 1, 3, 4]]) < 1e-9
    assert 0.4 < kept[0] < 0.75  # by moments the variances are 0.025 and 0.01: 0.025 between them, so 0.6
    assert found.between_sd == pytest.approx(np.sqrt(raw.var(ddof=1) - 0.01), abs=0.002)
    assert not found.predicted_only.any()


def test_exact_values_are_kept_and_noise_is_not() -> None:
    rng = np.random.default_rng(0)
    raw = 0.6 + rng.normal(0, 0.1, len(PARTS))
    kept = shrink(raw, np.full(len(raw), 1e-4), num=1000)
    assert kept.value == pytest.approx(raw, abs=1e-4)
    assert kept.interaction_p < 1e-6
    additive = 0.6 + 0.1 * PARTS[:, 0] - 0.05 * PARTS[:, 1]
    drawn = shrink(additive + rng.normal(0, 0.02, len(raw)), np.full(len(raw), 0.02), num=1000)
    assert np.abs(drawn.value - additive).mean() < 0.012
    assert drawn.interaction_p > 0.05


def test_an_empty_cell_gets_what_its_attributes_predict() -> None:
    raw = 0.6 + 0.1 * PARTS[:, 0] - 0.05 * PARTS[:, 1]
    error = np.full(len(raw), 0.01)
    for value, num in ((np.nan, 20), (0.0, 0)):
        holed, nums = raw.copy(), np.full(len(raw), 20)
        holed[5], nums[5] = value, num
        found = shrink(holed, error, num=nums)
        assert found.value[5] == pytest.approx(raw[5], abs=1e-6)
        assert found.predicted_only.tolist() == [i == 5 for i in range(len(raw))]
        assert found.hi[5] - found.lo[5] > found.hi[4] - found.lo[4]


def test_an_attributes_value_without_any_subject_stays_unknown() -> None:
    raw = np.where(PARTS[:, 1] == 2, np.nan, 0.6 + 0.1 * PARTS[:, 0])
    found = shrink(raw, np.full(len(raw), 0.05))
    for bounds in (found.value, found.lo, found.hi):
        assert (np.isnan(bounds) == (PARTS[:, 1] == 2)).all()


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ([np.nan] * 3, [0.1] * 3),
        ([0.5, np.nan, np.nan], [0.1] * 3),
        ([0.5] * 3, [np.nan] * 3),
        ([1.0] * 3, [0.0] * 3),
    ],
)
def test_nothing_to_shrink(value: list[float], error: list[float]) -> None:
    found = shrink(np.array(value), np.array(error), np.arange(3)[:, None])
    assert np.isnan([*found.value, *found.lo, *found.hi, found.between_sd, found.interaction_p]).all()


def test_two_cells_with_a_value_are_enough() -> None:
    """Equal errors: both are drawn to their mean alike, and the cell without a value is expected there."""
    found = shrink(np.array([0.4, 0.6, np.nan]), np.array([0.05, 0.05, np.nan]), np.zeros((3, 1), int), num=1000)
    assert found.value[0] + found.value[1] == pytest.approx(1.0)
    assert 0.4 < found.value[0] < 0.5 == pytest.approx(found.value[2])
    assert found.predicted_only.tolist() == [False, False, True]
    assert 0 < found.interaction_p < 0.05


def test_a_single_subject_or_subjects_all_alike_do_not_give_certainty() -> None:
    error = np.full(len(PARTS), 0.1)
    error[3], error[7] = 0.0, np.nan
    num = np.full(len(PARTS), 5)
    num[7] = 1
    found = shrink(np.full(len(PARTS), 0.5) + PARTS[:, 2] * 0.01, error, num=num)
    width = found.hi - found.lo
    assert width[3] > 0.5 * np.median(width)
    assert width[7] > np.median(width)


def test_bounds_stay_within_the_metrics_range() -> None:
    found = shrink(np.linspace(0.8, 1.0, len(PARTS)), np.full(len(PARTS), 0.1), num=4, within=Range(0.0, 1.0))
    assert found.hi.max() == 1.0
    assert (found.lo < found.value).all()


def test_of_one_attribute_the_test_is_welchs_anova() -> None:
    """With as many subjects as this, smoothing leaves the errors as they are."""
    rng = np.random.default_rng(1)
    num = np.array([900, 1400, 2000])
    groups = [rng.normal(0.04 * i, 1 + i, n) for i, n in enumerate(num)]
    value = np.array([g.mean() for g in groups])
    error = np.array([stats.sem(g) for g in groups])
    found = shrink(value, error, np.arange(3)[:, None], num=num)
    expected = stats.f_oneway(*groups, equal_var=False)
    assert found.interaction_p == pytest.approx(expected.pvalue, abs=0.01)


def test_of_few_subjects_welchs_statistic_is_worked_by_hand() -> None:
    """Four cells of six subjects with one error: each weighs 1/4, and all have the 20 degrees of freedom."""
    found = shrink(np.array([0.4, 0.5, 0.6, 0.7]), np.full(4, 0.1), np.arange(4)[:, None], num=6)
    loss = 4 * (1 - 1 / 4) ** 2 / 20
    statistic = (0.05 / 0.1**2 / 3) / (1 + 2 * 2 / (4**2 - 1) * loss)
    assert found.interaction_p == pytest.approx(stats.f.sf(statistic, 3, 20))


def test_a_saturated_design_leaves_nothing_to_test() -> None:
    parts = np.array([[0, 0], [0, 1], [1, 0]])
    found = shrink(np.array([0.5, 0.6, 0.7]), np.full(3, 0.05), parts)
    assert np.isnan(found.interaction_p)
    assert found.value == pytest.approx([0.5, 0.6, 0.7])


@pytest.mark.slow
@pytest.mark.parametrize("interaction_sd", [0.0, 0.05])
def test_shrunken_values_are_nearer_the_truth_and_their_intervals_hold(interaction_sd: float) -> None:
    rng, runs, clips = np.random.default_rng(7), 150, 20
    squares, covered, alarms = np.zeros(2), 0.0, 0
    for _ in range(runs):
        effects = 0.04 * (PARTS[:, 0] - 0.5) + 0.03 * (PARTS[:, 1] - 1.5)
        truth = 0.6 + effects + rng.normal(0, interaction_sd, len(PARTS))
        num = 2 + rng.negative_binomial(1, 0.2, len(PARTS))
        rates = [
            rng.binomial(clips, rng.beta(9 * p, 9 * (1 - p), n)) / clips for p, n in zip(truth, num, strict=True)
        ]
        raw = np.array([r.mean() for r in rates])
        found = shrink(raw, np.array([stats.sem(r) for r in rates]), num=num)
        squares += [((x - truth) ** 2).mean() for x in (raw, found.value)]
        covered += ((found.lo <= truth) & (truth <= found.hi)).mean()
        alarms += found.interaction_p < 0.05
    assert squares[1] < 0.5 * squares[0]
    assert 0.93 <= covered / runs <= 0.985
    assert (alarms / runs <= 0.10) is (interaction_sd == 0.0)
