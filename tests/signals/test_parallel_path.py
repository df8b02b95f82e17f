from __future__ import annotations

import itertools
from collections.abc import Iterable

import pytest
import torch

from harness.signals.parallel_path import best_states

K = 3


def drawn(num_clips: int, num_moments: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Strengths, of which some are absent, and costs."""
    rng = torch.Generator().manual_seed(seed)
    strength = torch.randn(num_clips, num_moments, K, generator=rng, dtype=torch.float64)
    absent = torch.rand(strength.shape, generator=rng) < 0.2
    absent[..., 0] = False
    cost = torch.rand(num_clips, num_moments - 1, K, K, generator=rng, dtype=torch.float64)
    return strength.masked_fill(absent, -torch.inf), cost


def strongest(strength_TK: torch.Tensor, cost_TKK: torch.Tensor) -> list[int]:
    """The best of all paths, each of which is added up."""

    def total(given: Iterable[int]) -> float:
        path = list(given)
        gained = sum(float(strength_TK[t, k]) for t, k in enumerate(path))
        return gained - sum(float(cost_TKK[t, a, b]) for t, (a, b) in enumerate(itertools.pairwise(path)))

    return list(max(itertools.product(range(K), repeat=len(strength_TK)), key=total))


@pytest.mark.parametrize("num_moments", [1, 2, 3, 4, 5, 6])
def test_the_path_is_the_best_of_all(num_moments: int) -> None:
    strength, cost = drawn(4, num_moments, seed=num_moments)
    found = best_states(strength, cost, torch.ones(4, num_moments, dtype=torch.bool))
    assert found.tolist() == [strongest(strength[clip], cost[clip]) for clip in range(4)]


def test_a_clip_that_ends_before_others_keeps_its_path() -> None:
    strength, cost = drawn(3, 7, seed=0)
    exists = torch.arange(7) < torch.tensor([7, 4, 1])[:, None]
    found = best_states(strength, cost, exists)
    for clip, length in enumerate([7, 4, 1]):
        assert found[clip, :length].tolist() == strongest(strength[clip, :length], cost[clip, : length - 1])
        assert set(found[clip, length:].tolist()) <= {int(found[clip, length - 1])}
