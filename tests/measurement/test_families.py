"""What a family must hand over, whoever wrote it, and which families are counted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from harness.arrays import Floats
from harness.cards import registry
from harness.errors import HarnessError
from harness.measurement.families import RegisteredFamily, families
from harness.metrics.categorical import UAR
from harness.metrics.metric_facts import MetricFacts
from harness.metrics.metric_family import MetricFamily
from harness.metrics.tally import Metric, Tally, ratio

FACTS = MetricFacts(name="errors", title="Errors", meaning="share of wrong answers")
ERRORS = Metric(
    facts=FACTS,
    value=lambda sums: ratio(sums[..., 1], sums[..., 0]),
    num_samples=lambda sums: sums[..., 0],
    num_unscored=lambda sums: np.zeros(sums.shape[:-1]),
)
SUMS = np.array([[4.0, 1.0], [2.0, 2.0]])


def require(sums: Floats, metric: Metric = ERRORS, num_rows: int = 2) -> None:
    family = RegisteredFamily("own", MetricFamily((FACTS,), lambda samples: iter(())))
    family.require_declared(Tally(sums, (metric,)), num_rows)


def test_a_tally_of_the_rows_that_were_asked_for_is_one() -> None:
    require(SUMS)
    per_class = replace(
        ERRORS,
        value=lambda sums: ratio(sums[..., 1].sum(-1), sums[..., 0].sum(-1)),
        num_samples=lambda sums: sums[..., 0].sum(-1),
        num_unscored=lambda sums: np.zeros(sums.shape[:-2]),
    )
    require(np.ones((2, 3, 2)), per_class)
    require(SUMS[:1], num_rows=1)


@pytest.mark.parametrize(
    ("sums", "shape"),
    [
        (np.array([4.0, 1.0]), r"\(2,\)"),
        (SUMS[:1], r"\(1, 2\)"),
        (np.concatenate([SUMS, SUMS]), r"\(4, 2\)"),
        (np.array([[4.0, np.nan], [2.0, 2.0]]), r"\(2, 2\)"),
        (np.array([[4.0, np.inf], [2.0, 2.0]]), r"\(2, 2\)"),
    ],
)
def test_sums_of_other_rows_or_without_a_value_are_refused(sums: Floats, shape: str) -> None:
    with pytest.raises(HarnessError, match=rf"counts {shape} for 2 rows; expected finite sums \[R, …\]"):
        require(sums)


@pytest.mark.parametrize("name", ["value", "num_samples", "num_unscored", "chance"])
@pytest.mark.parametrize("wrong", [lambda sums: sums, lambda sums: sums[..., 0].sum()], ids=["wide", "scalar"])
def test_each_function_of_a_metric_gives_one_number_a_row(name: str, wrong: Callable[[Floats], Floats]) -> None:
    with pytest.raises(HarnessError, match=r"'errors' turns sums \[R, …\] into .*, not \[R\]"):
        require(SUMS, replace(ERRORS, **{name: wrong}))


def test_a_gradient_is_of_the_shape_of_the_sums() -> None:
    require(SUMS, replace(ERRORS, gradient=np.zeros_like))
    with pytest.raises(HarnessError, match="the gradient of 'errors' is not of the sums' shape"):
        require(SUMS, replace(ERRORS, gradient=lambda sums: np.zeros(sums.shape[:-1])))


def test_a_metric_that_was_not_declared_is_refused() -> None:
    with pytest.raises(HarnessError, match="counts 'uar', which its facts do not declare"):
        require(SUMS, replace(ERRORS, facts=UAR))


def test_our_own_families_come_in_the_order_of_the_registry() -> None:
    own = families(outside=())
    assert [one.name for one in own] == list(registry.BUILT_IN["metrics"])
    assert all(one.extension is None for one in own)
    assert [one.family.facts[0].name for one in own][:3] == ["accuracy", "accuracy_supported", "coverage"]


def test_an_error_of_our_own_code_stays_what_it_is() -> None:
    with pytest.raises(ZeroDivisionError), families(outside=())[0].blamed():
        _ = 1 / 0
