"""Groups corrected for the errors of an estimate: simulated people whose true group is known."""

from __future__ import annotations

import numpy as np

from harness.metrics.tally import Functions, ratio
from harness.statistics.corrected_groups import (
    corrected_groups,
    inverses_of_others,
    inverses_of_own,
    percentile_bounds,
)

GAP, PEOPLE, CLIPS, ERROR, STUDIES = 0.2, 60, 20, 0.2, 60
SHARE = Functions([lambda sums_F: ratio(sums_F[..., 1], sums_F[..., 0])])
SIZE = Functions([lambda sums_F: sums_F[..., 0]])


def study(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Clips and right answers by person and estimated group; clips by person, true and estimated group."""
    true_S = np.arange(PEOPLE) % 2
    rate_S = np.array([0.7, 0.5])[true_S]
    own_S = rng.beta(9 * rate_S, 9 * (1 - rate_S))
    estimated_SN = np.where(rng.random((PEOPLE, CLIPS)) < ERROR, 1 - true_S[:, None], true_S[:, None])
    right_SN = rng.random((PEOPLE, CLIPS)) < own_S[:, None]
    in_group_SGN = estimated_SN[:, None] == np.arange(2)[:, None]
    sums_SG2 = np.stack([in_group_SGN.sum(2), (in_group_SGN & right_SN[:, None]).sum(2)], axis=2)
    counts_SGG = np.zeros((PEOPLE, 2, 2))
    counts_SGG[np.arange(PEOPLE), true_S] = in_group_SGN.sum(2)
    return sums_SG2.reshape(-1, 2).astype(float), counts_SGG


def test_the_gap_of_true_groups_is_found_where_that_of_estimated_ones_is_too_small() -> None:
    rng = np.random.default_rng(3)
    group_P = np.tile([0, 1], PEOPLE)
    naive, corrected, holds = [], [], 0
    for seed in range(STUDIES):
        sums_P2, counts_SGG = study(rng)
        annotated_S = rng.permutation(PEOPLE) < PEOPLE // 2
        inverses = inverses_of_own(counts_SGG * annotated_S[:, None, None], 500, seed)
        found = corrected_groups(
            sums_P2,
            np.repeat(np.arange(PEOPLE), 2),
            group_P,
            sides_UG=np.eye(2, dtype=bool),
            num_subjects=PEOPLE,
            inverses=inverses,
            metrics=SHARE,
            sizes=SIZE,
            seed=seed,
        )
        gap_B1 = (found.drawn[0, :, 0] - found.drawn[0, :, 1])[:, None]
        lo, hi = percentile_bounds(gap_B1, np.array([PEOPLE // 2]), level=0.95)
        holds += bool(lo[0] <= GAP <= hi[0])
        corrected.append(found.value[0, 0] - found.value[0, 1])
        of_group = [sums_P2[group_P == group].sum(0) for group in (0, 1)]
        naive.append(of_group[0][1] / of_group[0][0] - of_group[1][1] / of_group[1][0])
    assert np.mean(naive) < GAP - 0.05  # a fifth of each group is in the other: 0.6 of the gap is left
    assert abs(np.mean(corrected) - GAP) < 0.025
    assert holds >= 0.88 * STUDIES


def test_what_is_not_known_of_the_errors_widens_the_interval() -> None:
    sums_P2, _ = study(np.random.default_rng(4))
    widths = []
    for people in (20, 2000):
        counts_GG = np.array([[people * 4 // 5, people // 5], [people // 5, people * 4 // 5]])
        found = corrected_groups(
            sums_P2,
            np.repeat(np.arange(PEOPLE), 2),
            np.tile([0, 1], PEOPLE),
            sides_UG=np.eye(2, dtype=bool),
            num_subjects=PEOPLE,
            inverses=inverses_of_others(counts_GG, 1000, 0),
            metrics=SHARE,
            sizes=SIZE,
            seed=0,
        )
        gap_B1 = (found.drawn[0, :, 0] - found.drawn[0, :, 1])[:, None]
        lo, hi = percentile_bounds(gap_B1, np.array([PEOPLE // 2]), level=0.95)
        widths.append(float(hi[0] - lo[0]))
    assert widths[0] > 1.2 * widths[1]


def test_groups_that_are_mixed_up_too_much_are_not_corrected_and_few_draws_give_no_interval() -> None:
    assert inverses_of_others(np.array([[60, 40], [40, 60]]), 10, 0).is_usable  # errors grow five-fold
    assert not inverses_of_others(np.array([[54, 46], [46, 54]]), 10, 0).is_usable  # 12.5-fold
    assert not inverses_of_others(np.array([[50, 50], [50, 50]]), 10, 0).is_usable
    drawn_BK = np.linspace(0.0, 1.0, 200)[:, None].repeat(2, axis=1)
    drawn_BK[:20, 1] = np.nan
    lo, hi = percentile_bounds(drawn_BK, np.array([50, 50]), level=0.9)
    assert 0.0 < lo[0] < 0.1 < 0.9 < hi[0] < 1.0
    assert np.isnan([lo[1], hi[1]]).all()
