from __future__ import annotations

import math
from typing import Any

import pytest
from scipy.stats import beta, t

from harness.conformity.documents.effective_numbers import (
    LEAST_ERRORS,
    correlation,
    design_effect,
    effective_cell,
)


def row(value: float | None, num_samples: int = 400, num_subjects: int = 40, **more: Any) -> dict[str, Any]:
    return {"value": value, "n_samples": num_samples, "n_subjects": num_subjects, "lo": None, "hi": None} | more


def test_ten_clips_of_each_person_are_worth_as_the_formula_says() -> None:
    assert design_effect(400, 40, 0.1) == pytest.approx(1 + 9 * 0.1)
    assert design_effect(40, 40, 0.9) == 1
    assert effective_cell(row(0.5), 0.1, is_error=True).effective == pytest.approx(400 / 1.9)
    assert effective_cell(row(0.5), 1.0, is_error=True).effective == pytest.approx(40)  # people alone count


def test_without_errors_the_rule_of_3_bounds_the_rate() -> None:
    cell = effective_cell(row(1.0), 0.1, is_error=False)
    assert (cell.rule, cell.errors) == ("3", 0)
    exact = 1 - 0.05 ** (1 / cell.effective)  # Clopper & Pearson, one-sided
    assert cell.bound == pytest.approx(3 * 1.9 / 400)
    assert cell.bound == pytest.approx(exact, rel=0.02)


def test_too_few_trials_bound_nothing() -> None:
    cell = effective_cell(row(0.0, 4, 2), 1.0, is_error=True)
    assert (cell.rule, cell.bound) == ("3", None)


def test_rounding_is_no_error() -> None:
    assert effective_cell(row(1 - 1e-16), 0.0, is_error=False).rule == "3"


def test_with_30_effective_errors_the_rate_is_known_within_30_percent() -> None:
    cell = effective_cell(row(0.2, 1000, 1000), 0.1, is_error=True)
    assert cell.rule == "30"
    assert cell.within == pytest.approx((0.14, 0.26))
    just = effective_cell(row(LEAST_ERRORS / 1000, 1000, 1000), 0.0, is_error=True)
    assert just.rule == "30"
    lo, hi = beta.ppf(
        [0.05, 0.95], [LEAST_ERRORS, LEAST_ERRORS + 1], [1000 - LEAST_ERRORS + 1, 1000 - LEAST_ERRORS]
    )
    assert just.within == pytest.approx((lo, hi), rel=0.11)


def test_29_effective_errors_are_not_enough_however_many_were_seen() -> None:
    cell = effective_cell(row(0.14, 400, 40), 0.1, is_error=True)  # 56 were seen, worth 29.5
    assert (cell.rule, cell.bound, cell.within) == ("neither", None, None)
    assert cell.errors == pytest.approx(29.47, abs=0.01)


def test_a_group_that_was_not_tested_has_no_rule() -> None:
    assert effective_cell(row(None), 0.1, is_error=True).rule == "none"
    assert effective_cell(None, 0.1, is_error=True).num_samples == 0


def of_interval(icc: float, value: float = 0.6, num: int = 2000, people: int = 200) -> dict[str, Any]:
    """A share whose interval is that of clips with this intra-class correlation."""
    error = (value * (1 - value) / num * (1 + (num / people - 1) * icc)) ** 0.5 / (value * (1 - value))
    odds = value / (1 - value)
    ends = [odds * math.exp(sign * t.ppf(0.975, people - 1) * error) for sign in (-1, 1)]
    lo, hi = (end / (1 + end) for end in ends)
    return row(value, num, people, lo=lo, hi=hi, level=0.95, method="jackknife over subjects, logit scale")


@pytest.mark.parametrize("icc", [0.0, 0.05, 0.3, 0.9])
def test_the_width_of_an_interval_gives_the_correlation_back(icc: float) -> None:
    found = correlation(of_interval(icc), 0.1)
    assert found.implied == pytest.approx(icc, abs=1e-9)
    assert found.value == max(0.1, found.implied or 0)


def test_an_exact_bound_implies_nothing() -> None:
    assert correlation(row(1.0, lo=0.9, hi=1.0, level=0.95, method="exact bound"), 0.1).implied is None
    assert correlation(None, 0.1).value == 0.1


def test_where_nothing_is_known_only_people_count() -> None:
    assert correlation(None, None).value == 1.0
