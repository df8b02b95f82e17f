from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.measurement.compared_scale import method_of, on_compared_scale
from harness.metrics.metric_facts import MetricFacts
from harness.metrics.tally import Metric

SQUARE = Metric(
    facts=MetricFacts(name="toy_sq", title="Toy", meaning="", low=-1.0, high=4.0, squared=True),
    value=lambda sums: sums[..., 0] / sums[..., 1],
    num_samples=lambda sums: sums[..., 1],
    num_unscored=lambda sums: np.zeros(sums.shape[:-1]),
    gradient=lambda sums: np.stack([1 / sums[..., 1], -sums[..., 0] / sums[..., 1] ** 2], axis=-1),
)
PLAIN = replace(SQUARE, facts=replace(SQUARE.facts, squared=False))
SUMS = np.array([[4.0, 100.0], [4.84, 100.0], [-4.0, 100.0], [0.0, 100.0]])


def test_errors_of_0_20_and_0_22_are_002_apart() -> None:
    assert on_compared_scale(SQUARE).value(SUMS) == pytest.approx([0.2, 0.22, 0.0, 0.0])
    assert on_compared_scale(PLAIN) is PLAIN


def test_the_slope_is_half_over_the_root_whatever_the_sign_and_finite_at_zero() -> None:
    """d√(x/n): 1 / (2 n √(x/n)) and -x / (2 n² √(x/n)), at ±0.04."""
    rooted = on_compared_scale(SQUARE)
    assert rooted.gradient is not None
    found = rooted.gradient(SUMS)
    assert found[0] == pytest.approx([1 / 40, -1 / 1000])
    assert found[2] == pytest.approx([1 / 40, 1 / 1000])
    assert found[3, 0] == pytest.approx(0.01 / 2e-6)
    assert np.isfinite(found).all()


def test_a_square_without_a_gradient_has_the_same_slope_at_a_negative_value_too() -> None:
    numerical, exact = (on_compared_scale(each).gradient for each in (replace(SQUARE, gradient=None), SQUARE))
    assert numerical is not None
    assert exact is not None
    assert numerical(SUMS[:3]) == pytest.approx(exact(SUMS[:3]), rel=1e-6)


def test_the_range_is_that_of_the_root() -> None:
    rooted = on_compared_scale(replace(SQUARE, highest=0.25))
    assert (rooted.low, rooted.high, rooted.facts.high) == (0.0, 0.5, 2.0)
    assert SQUARE.facts.widest == 2.0
    assert PLAIN.facts.widest == 5.0


def test_the_method_says_that_roots_are_compared() -> None:
    assert method_of("max-t", SQUARE) == "max-t; of roots"
    assert method_of("max-t", PLAIN) == "max-t"
    assert method_of(None, SQUARE) is None
