"""The interval of one contrast between models, each case by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from stated_contrasts import MANY, stated

from harness.measurement.models.paired_intervals import ALIKE_IN_BOTH, interval_of
from harness.statistics.intervals import Interval


def of(
    value: float,
    error: float,
    *,
    critical: float = 3.0,
    defined: float = 1.0,
    widest: float = 1.0,
    subjects: int = 10,
    contrasts: int = 1,
    freedom: float = MANY,
) -> Interval:
    """The interval of the first of so many contrasts."""
    found = stated(
        [value] * contrasts,
        [error] * contrasts,
        sides=[0.0, 0.0],
        side_errors=[0.0, 0.0],
        critical=critical,
        freedom=freedom,
    )
    found = replace(found, defined=np.full(contrasts, defined))
    return interval_of(found, 0, widest=widest, num_subjects=subjects, level=0.95)


def test_it_reaches_as_far_as_the_critical_value_says() -> None:
    assert of(0.2, 0.05) == Interval(pytest.approx(0.05), pytest.approx(0.35), "by hand")


def test_it_is_never_narrower_than_students_interval_of_one_contrast() -> None:
    found = of(0.2, 0.05, critical=1.5, freedom=9)
    half_width = stats.t.ppf(0.975, 9) * 0.05
    assert found.lo == pytest.approx(0.2 - half_width, abs=2e-4)
    assert found.hi == pytest.approx(0.2 + half_width, abs=2e-4)


def test_it_ends_where_the_contrast_can_be_no_wider() -> None:
    found = of(0.9, 0.2)
    assert (found.lo, found.hi) == (pytest.approx(0.3), 1.0)
    found = of(-0.9, 0.2)
    assert (found.lo, found.hi) == (-1.0, pytest.approx(-0.3))
    assert of(0.9, 0.2, widest=np.inf).hi == pytest.approx(1.5)


def test_where_all_subjects_are_alike_it_is_the_exact_bound_shared_among_the_contrasts() -> None:
    """Of 10 people no difference: at most 1 - (0.025 / 4)^(1/10) of all people have one, of at most 1."""
    found = of(0.0, 0.0, contrasts=4)
    half_width = 1 - (0.025 / 4) ** (1 / 10)
    assert found == Interval(pytest.approx(-half_width), pytest.approx(half_width), ALIKE_IN_BOTH)
    assert of(0.0, 1e-12, contrasts=4).method == ALIKE_IN_BOTH
    assert of(0.0, 2e-12, contrasts=4).method == "by hand"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"value": np.nan, "error": 0.1}, "undefined on these samples"),
        (
            {"value": 0.1, "error": 0.1, "defined": 0.94},
            "undefined in too many permutations: too few subjects",
        ),
        ({"value": 0.1, "error": np.nan}, "undefined in too many permutations: too few subjects"),
        ({"value": 0.0, "error": 0.0, "widest": np.inf}, "all subjects alike in both models"),
    ],
)
def test_where_there_is_none_it_says_why(given: dict[str, float], reason: str) -> None:
    assert of(**given) == Interval(None, None, None, reason)


def test_so_many_draws_are_enough() -> None:
    assert of(0.2, 0.05, defined=0.95).method == "by hand"
