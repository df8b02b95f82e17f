from __future__ import annotations

import numpy as np
import pytest

from harness.metrics import quantiles
from harness.metrics.quantiles import bin_of, equal_mass_edges, equal_mass_edges_of


def masses(values: np.ndarray, num_bins: int) -> list[int]:
    edges = equal_mass_edges(values, num_bins)
    return np.bincount(bin_of(values, edges), minlength=len(edges) + 1).tolist()


def test_a_hand_worked_example() -> None:
    # Six values in three bins: two each, closed above by the second and the fourth.
    values = np.array([0.6, 0.1, 0.5, 0.2, 0.4, 0.3])
    assert equal_mass_edges(values, 3).tolist() == [0.2, 0.4]
    assert masses(values, 3) == [2, 2, 2]
    assert bin_of(np.array([0.0, 0.2, 0.21, 9.0]), np.array([0.2, 0.4])).tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize("num", [15, 16, 100, 1009])
def test_bins_hold_equally_many(num: int) -> None:
    found = masses(np.random.default_rng(0).permutation(num) / num, 15)
    assert len(found) == 15
    assert max(found) - min(found) <= 1


def test_equal_values_share_a_bin_and_no_bin_is_empty() -> None:
    values = np.array([0.9] * 60 + [0.5, 0.6, 0.7, 0.8] * 10)
    assert masses(values, 3) == [40, 60]
    assert masses(values, 5) == [10, 10, 10, 10, 60]
    assert masses(np.full(7, 0.3), 5) == [7]
    assert equal_mass_edges(np.empty(0), 5).tolist() == []


def test_copies_of_all_values_move_no_edge() -> None:
    values = np.random.default_rng(1).random(997)
    for copies in (2, 3):
        repeated = np.tile(values, copies)
        assert equal_mass_edges(repeated, 15).tolist() == equal_mass_edges(values, 15).tolist()


def test_a_rare_value_among_few_has_a_bin_of_its_own_in_pieces_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirds of 201 values end at 0 and at 2: only the list of different values knows of the single 1."""
    monkeypatch.setattr(quantiles, "MAX_IN_MEMORY", 0)
    parts = [np.zeros(100), np.ones(1), np.full(100, 2.0)]
    two, three = equal_mass_edges_of(lambda: iter(parts), [2, 3])
    assert two.tolist() == equal_mass_edges(np.concatenate(parts), 2).tolist()
    assert three.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("kind", ["spread", "atoms", "crowded", "padded", "tiny", "one edge"])
def test_bins_of_many_values_are_those_of_a_search(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """Values on an edge belong to the bin below it, also where several edges are close together."""
    rng = np.random.default_rng(0)
    value = {"atoms": rng.integers(0, 256, 4000) / 256, "tiny": rng.random(4000) * 1e-318}.get(
        kind, rng.random(4000)
    )
    edges = np.unique(rng.choice(value, 1 if kind == "one edge" else 60))
    if kind == "crowded":
        edges = np.unique([0.1, *(0.5 + rng.random(20) * 1e-9), 0.9])
        value[:2000] = 0.5 + rng.random(2000) * 1e-9
        value[2000:2020] = edges[:20]
    if kind == "padded":
        edges = np.append(edges, [np.inf] * 5)
        value[:3] = [-np.inf, np.inf, -5.0]
    monkeypatch.setattr(quantiles, "_MANY", 100)
    assert bin_of(value, edges).tolist() == np.searchsorted(edges, value, side="left").tolist()
