from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from harness.metrics import conformal, order_statistics, quantiles
from harness.metrics.conformal import thresholds, thresholds_of
from harness.metrics.order_statistics import keys_of, of_ranks, values_of
from harness.metrics.quantiles import equal_mass_edges, equal_mass_edges_of


def pieces(*columns: np.ndarray, num: int = 7) -> Callable[[], Iterator[np.ndarray]]:
    """The values in parts of unequal size, one of them empty."""
    cuts = np.sort(np.random.default_rng(1).integers(0, len(columns[0]), num))
    parts = [np.split(column, [0, *cuts]) for column in columns]
    return lambda: iter(parts[0]) if len(parts) == 1 else zip(*parts, strict=True)  # type: ignore[return-value]


@pytest.fixture(params=[0, 5, 100], autouse=True)
def few_at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (order_statistics, quantiles, conformal):
        monkeypatch.setattr(module, "MAX_IN_MEMORY", request.param)


def drawn(kind: str, num: int = 5000) -> np.ndarray:
    rng = np.random.default_rng(0)
    return {
        "spread": lambda: rng.random(num),
        "float32": lambda: rng.beta(5, 1, num).astype(np.float32),
        "signed float32": lambda: rng.normal(0, 1, num).astype(np.float32),
        "few float32": lambda: (rng.integers(0, 9, num) / 8 - 0.5).astype(np.float32),
        "signed": lambda: rng.normal(0, 1, num) * 10.0 ** rng.integers(-30, 30, num),
        "nearly one": lambda: 1 - rng.random(num) * 1e-12,
        "one value": lambda: np.full(num, 0.25),
        "mostly one value": lambda: np.where(rng.random(num) < 0.9, 1.0, rng.random(num)),
        "few": lambda: rng.integers(0, 9, num) / 8 - 0.5,
        "zeros": lambda: np.where(rng.random(num) < 0.5, -0.0, 0.0),
    }[kind]()


KINDS = (
    *("spread", "float32", "signed float32", "few float32"),
    *("signed", "nearly one", "one value", "mostly one value", "few", "zeros"),
)


@pytest.mark.parametrize("kind", KINDS)
def test_ranks_are_those_of_a_sort(kind: str) -> None:
    value = drawn(kind)
    rank = np.random.default_rng(2).integers(0, len(value), 40)
    assert of_ranks(pieces(value), rank).tolist() == np.sort(value)[rank].tolist()


def test_keys_are_in_the_order_of_values() -> None:
    value = np.array([-np.inf, -1e300, -1.0, -1e-310, 0.0, 5e-324, 1e-300, 0.5, 1.0, 1e300, np.inf])
    assert (np.diff(keys_of(value).astype(object)) > 0).all()
    assert values_of(keys_of(value)).tolist() == value.tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_edges_are_those_of_all_values_at_once(kind: str) -> None:
    value = drawn(kind)
    found = equal_mass_edges_of(pieces(value), (15, 128, 5))
    assert [each.tolist() for each in found] == [equal_mass_edges(value, num).tolist() for num in (15, 128, 5)]


@pytest.mark.parametrize("kind", ["spread", "float32", "nearly one", "one value", "mostly one value", "few"])
@pytest.mark.parametrize("num_subjects", [5, 10, 40, 1500])
def test_thresholds_are_those_of_all_samples_at_once(kind: str, num_subjects: int) -> None:
    right = np.abs(drawn(kind)).astype(np.float32)
    rng = np.random.default_rng(3)
    subject = rng.choice(num_subjects, len(right), p=rng.dirichlet(np.full(num_subjects, 0.5)))
    found = thresholds_of(pieces(subject, right), num_subjects=num_subjects + 1)
    assert found.tolist() == thresholds(subject, right, num_subjects=num_subjects + 1).tolist()


def test_nothing_has_no_edges_and_every_class_in_its_sets() -> None:
    nothing = np.empty(0)
    assert equal_mass_edges_of(lambda: iter(()), (15,))[0].tolist() == []
    assert thresholds_of(lambda: iter(()), num_subjects=2).tolist() == [-np.inf] * 2
    assert thresholds(nothing.astype(np.int64), nothing, num_subjects=2).tolist() == [-np.inf] * 2
