from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaln
from scipy.stats import betabinom, chi2

from harness.checks.swap_evidence import PairTables
from harness.checks.swap_mixture import MIN_CORRELATION, RATES, SHARES, correlations, swapped_people

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


def test_the_likelihood_is_that_of_everybody() -> None:
    """By the plain sum over everybody, of scipy's beta-binomial distribution."""
    tables = pairs(np.random.default_rng(3), swapped=4)
    found = swapped_people(tables, 0)
    exchanged, total = tables.exchanged.sum(2), (tables.kept + tables.exchanged).sum(2)
    correlation = max(MIN_CORRELATION, float(correlations(exchanged[:, 1:], total[:, 1:]).max()))
    strength = 1 / correlation - 1

    def log_likelihood(rate: float) -> np.ndarray:
        of_rate = betabinom(total[:, 0], rate * strength, (1 - rate) * strength)
        choices = gammaln(total[:, 0] + 1) - gammaln(exchanged[:, 0] + 1)
        choices -= gammaln(total[:, 0] - exchanged[:, 0] + 1)
        return np.asarray(of_rate.logpmf(exchanged[:, 0]) - choices)

    best, posterior = -np.inf, np.zeros(30)
    for rate in RATES[RATES <= 0.5]:
        kept, swapped = log_likelihood(rate), log_likelihood(1 - rate)
        for share in SHARES:
            each = np.logaddexp(np.log(1 - share) + kept, np.log(share) + swapped)
            if each.sum() > best:
                best, posterior = each.sum(), np.exp(np.log(share) + swapped - each)
    gain = best - max(log_likelihood(rate).sum() for rate in RATES)
    assert found.p == pytest.approx(chi2.sf(2 * max(gain, 0.0), 2))
    assert found.posterior == pytest.approx(posterior)
