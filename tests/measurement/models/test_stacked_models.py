"""What a gap rests on, counted by hand."""

import numpy as np

from harness.attributes.group import Group
from harness.measurement.models.stacked_models import Stacked, StackedGap
from harness.metrics.strata import InStrata, Strata

STACKED = Stacked(
    subject=np.array([0, 0, 1, 1, 2, 2]),
    group=np.array([0, 0, 0, 0, 1, 1]),
    model=np.array([0, 1, 0, 1, 0, 1]),
    statistics=np.array([[3.0, 1.0], [3.0, 1.0], [2.0, 0.0], [2.0, 0.0], [0.0, 4.0], [0.0, 4.0]]),
    num_samples=np.array([4.0, 4.0, 2.0, 2.0, 4.0, 4.0]),
    num_unscored=np.array([1.0, 1.0, 0.0, 0.0, 2.0, 2.0]),
)
"""Two people in one group and one in another; the two columns are samples of two strata."""
OF_SYSTEM = STACKED.model == 0


def test_a_gap_rests_on_all_samples() -> None:
    gap = StackedGap(Group.of("f"), Group.of("m"), (0,), (1,))
    assert STACKED.counts(gap, OF_SYSTEM, None) == (10, 3, 3)
    assert [STACKED.num_subjects(groups) for groups in [(0,), (1,), (0, 1)]] == [2, 1, 3]


def test_a_standardised_gap_rests_on_the_strata_that_both_have() -> None:
    gap = StackedGap(Group.of("f"), Group.of("m"), (0,), (1,), kept=np.array([False, True]))
    strata = Strata(
        split=lambda sums: InStrata(sums, sums / 4, sums[..., None]),
        noun="strata",
        names=("first", "second"),
        weights=np.ones(2),
        value=lambda sums: sums[..., 0],
        gradient=np.ones_like,
    )
    assert STACKED.counts(gap, OF_SYSTEM, strata) == (5, 1, 2)
