from __future__ import annotations

import numpy as np
import pytest

from harness.checks.swap_evidence import PairTables
from harness.checks.swap_mixture import correlations, swapped_people

CLIPS = 10


def pairs(rng: np.random.Generator, *, swapped: int, people: int = 30, num: int = 3) -> PairTables:
    """Beta-binomial exchanges, rate 0.2, intra-class correlation 0.1; the first pair is swapped for some."""
    rate = rng.beta(1.8, 7.2, (people, num))
    exchanged = rng.binomial(CLIPS, rate[..., None], (people, num, 2)).astype(float)
    exchanged[:swapped, 0] = CLIPS - exchanged[:swapped, 0]
    return PairTables(CLIPS - exchanged, exchanged)


def test_people_whose_labels_are_swapped_are_found_and_named() -> None:
    found = swapped_people(pairs(np.random.default_rng(0), swapped=9), 0)
    assert found.p < 1e-6
    assert (found.posterior[:9] > 0.5).mean() >= 7 / 9
    assert (found.posterior[9:] > 0.5).mean() <= 1 / 21


def test_people_who_merely_differ_are_not() -> None:
    """Half of the people cannot be read at all, in every pair of labels."""
    p = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        hard = pairs(rng, swapped=0)
        hard.exchanged[:15] = rng.binomial(CLIPS, 0.5, (15, 3, 2))
        hard.kept[:15] = CLIPS - hard.exchanged[:15]
        p += [swapped_people(pairs(rng, swapped=0), 0).p, swapped_people(hard, 0).p]
    assert np.mean(np.array(p) < 0.05) <= 0.05


def test_the_correlation_of_people_is_recovered() -> None:
    rng = np.random.default_rng(0)
    rate = rng.beta(1.8, 7.2, (4000, 1))
    exchanged = rng.binomial(20, rate).astype(float)
    assert correlations(exchanged, np.full_like(exchanged, 20.0))[0] == pytest.approx(0.1, abs=0.01)
    same = rng.binomial(20, 0.2, (4000, 1)).astype(float)
    assert correlations(same, np.full_like(same, 20.0))[0] == pytest.approx(0.0, abs=0.01)
    assert correlations(np.zeros((5, 1)), np.full((5, 1), 20.0))[0] == 0
