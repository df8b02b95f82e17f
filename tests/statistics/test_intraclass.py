"""Intra-class correlations beside those of a published example."""

from __future__ import annotations

import numpy as np
import pytest

from harness.statistics.intraclass import intraclass_correlation

SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], np.float64
)
"""Shrout & Fleiss 1979, table 2: six targets, four judges."""


def test_the_published_example() -> None:
    """ICC(2,1) .29, ICC(3,1) .71 (their table 4); the intervals are those of the R package psych."""
    value, interval = intraclass_correlation(SHROUT_FLEISS, "agreement", 0.95)
    assert value == pytest.approx(0.2898, abs=1e-4)
    assert (interval.lo, interval.hi) == pytest.approx((0.0188, 0.7611), abs=1e-4)
    value, interval = intraclass_correlation(SHROUT_FLEISS, "consistency", 0.95)
    assert value == pytest.approx(0.7148, abs=1e-4)
    assert (interval.lo, interval.hi) == pytest.approx((0.3425, 0.9459), abs=1e-4)


def test_a_constant_difference_counts_against_agreement_alone() -> None:
    first = np.random.default_rng(0).normal(0, 1, 30)
    both = np.stack([first, first + 5 + 0.1 * np.random.default_rng(1).normal(0, 1, 30)], axis=1)
    assert intraclass_correlation(both, "consistency", 0.95)[0] > 0.98
    assert intraclass_correlation(both, "agreement", 0.95)[0] < 0.1


@pytest.mark.parametrize("kind", ["agreement", "consistency"])
def test_where_nothing_varies_there_is_no_interval(kind: str) -> None:
    assert intraclass_correlation(np.ones((5, 2)), kind, 0.95)[1].reason == "all measurements are equal"  # type: ignore[arg-type]
    assert intraclass_correlation(np.ones((2, 2)), kind, 0.95)[1].lo is None  # type: ignore[arg-type]
