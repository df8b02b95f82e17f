"""Are two labels swapped for some of the people? A mixture of people as they are and people with swapped labels.

Of a person's samples of two labels that were answered with either, the number that is exchanged is beta-binomial.
If labels are swapped for some, theirs is beta-binomial with kept and exchanged in each other's place. How much
people differ in the pair cannot be told from the pair itself, where a swap makes them differ: it is taken from the
other pairs of labels.

Shapes: R people, A of whom differ in their numbers, P pairs of labels, M rates of exchange, Q shares of people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, chdtrc, logsumexp  # `scipy.stats` takes half a second to import

from harness.arrays import Floats
from harness.checks.swap_evidence import PairTables
from harness.metrics.tally import ratio

MIN_CORRELATION = 0.1
"""People are taken to differ at least as much: of few samples their correlation is not known better."""

RATES = np.linspace(0.02, 0.98, 49)
SHARES = np.linspace(0.02, 0.5, 25)


@dataclass(frozen=True)
class SwappedPeople:
    """The evidence of one pair of labels.

    Attributes:
        p: of the likelihood ratio against nobody's labels being swapped.
        posterior: ``[R]``, how probable it is that the person's labels are swapped, if anybody's are.
    """

    p: float
    posterior: Floats


def swapped_people(tables: PairTables, pair: int) -> SwappedPeople:
    """Test whether a pair is swapped for some people.

    The likelihood ratio has two parameters more than the hypothesis, of which one lies at its border: χ² with two
    degrees of freedom is conservative.

    Args:
        tables: of all pairs, at least two.
        pair: which is tested.
    """
    exchanged_RP, total_RP = tables.exchanged.sum(2), (tables.kept + tables.exchanged).sum(2)
    others = np.delete(np.arange(exchanged_RP.shape[1]), pair)
    correlation = max(MIN_CORRELATION, float(correlations(exchanged_RP[:, others], total_RP[:, others]).max()))
    # People with the same numbers are alike, and many are: they are computed once.
    (exchanged_A, total_A), alike_R, num_A = np.unique(
        [exchanged_RP[:, pair], total_RP[:, pair]], axis=1, return_inverse=True, return_counts=True
    )
    own_MA = _log_likelihood(exchanged_A, total_A, correlation)
    kept_MA = own_MA[: len(RATES) // 2 + 1]  # a rate of at most a half: those who are not swapped
    swapped_MA = own_MA[::-1][: len(kept_MA)]
    log_share_2Q11 = np.log([1 - SHARES, SHARES])[:, :, None, None]
    each_2QMA = np.stack([kept_MA, swapped_MA])[:, None] + log_share_2Q11
    mixed_QM = logsumexp(each_2QMA, axis=0) @ num_A
    best = np.unravel_index(int(mixed_QM.argmax()), mixed_QM.shape)
    gain = max(0.0, float(mixed_QM[best] - (own_MA @ num_A).max()))
    kept_A, swapped_A = each_2QMA[0][best], each_2QMA[1][best]
    posterior_A = np.exp(swapped_A - np.logaddexp(kept_A, swapped_A))
    return SwappedPeople(float(chdtrc(2, 2 * gain)), posterior_A[alike_R])


def correlations(exchanged_RP: Floats, total_RP: Floats) -> Floats:
    """The intra-class correlation of people ``[P]`` by moments (Kleinman 1973); 0 where it cannot be told."""
    rate_P = np.nan_to_num(ratio(exchanged_RP.sum(0), total_RP.sum(0)))
    squares_P = (ratio((exchanged_RP - rate_P * total_RP) ** 2, np.maximum(total_RP, 1))).sum(0)
    people_P = (total_RP > 0).sum(0)
    expected_P = rate_P * (1 - rate_P) * (people_P - 1)
    more_P = np.maximum(total_RP - 1, 0).sum(0) * rate_P * (1 - rate_P)
    return np.clip(np.nan_to_num(ratio(squares_P - expected_P, more_P)), 0.0, 0.9)


def _log_likelihood(exchanged_A: Floats, total_A: Floats, correlation: float) -> Floats:
    """Of each rate and person ``[M, A]``, beta-binomial, without the constant."""
    strength = 1 / correlation - 1
    first_M1, second_M1 = (RATES * strength)[:, None], ((1 - RATES) * strength)[:, None]
    logs_MA: Floats = betaln(exchanged_A + first_M1, total_A - exchanged_A + second_M1) - betaln(
        first_M1, second_M1
    )
    return logs_MA
