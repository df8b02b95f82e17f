"""How many answers stay the same when something is taken away, and how many would by chance.

Answers are compared by their labels. Where all samples got the same label anyway, their scores and dimensions are
compared, if these tell more. Numbers of no more than two decimals may well be the same for all, such as those of a
service that says 0.95 of whatever it is sure of.

Shapes: n samples, W scores and dimensions, S subjects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.statistics.intervals import NULL_TAILS

SAME_SCORES = 1e-3
"""Scores that differ by less are the same answer, where labels cannot tell."""

DECIMALS = 2
"""Scores that are all within `SAME_SCORES` of numbers with so many decimals are not taken for finer ones."""

PERMUTATIONS = 1_000


@dataclass(frozen=True)
class Unchanged:
    """How many answers stayed the same.

    Attributes:
        same_n: ``[n]``, which.
        by_chance: the share that would if the answers without the medium had nothing to do with those with it,
            given how often each answer was given (as in kappa, Cohen 1960).
        null: the central 95 % of that share, where people are exchanged for each other.
        is_one: whether all samples got one and the same answer, so that nothing is known of what is by chance.
    """

    same_n: Bools
    by_chance: float
    null: tuple[float | None, float | None]
    is_one: bool


def unchanged(
    own_n: list[str | None],
    other_n: list[str | None],
    difference_n: Floats,
    *,
    numbers_nW: Floats,
    subject_n: Ints,
    seed: int,
) -> Unchanged:
    """Compare answers: by their labels, and by their scores where all samples got the same label anyway.

    Args:
        own_n: the labels that the samples got; None of a system without labels.
        other_n: those without the medium; None also where it declined.
        difference_n: the largest difference in the scores; infinite where it declined.
        numbers_nW: the scores and dimensions that the samples got, NaN where there are none; ``W`` may be 0.
        subject_n: of each sample, any codes.
        seed: of the permutations.
    """
    if len(set(own_n)) > 1:
        names = {name: code for code, name in enumerate(dict.fromkeys([*own_n, *other_n]))}
        own_code_n, other_code_n = (np.array([names[name] for name in column]) for column in (own_n, other_n))
        shares = [np.bincount(codes, minlength=len(names)) / len(codes) for codes in (own_code_n, other_code_n)]
        null = _null(own_code_n, other_code_n, subject_n, seed)
        return Unchanged(own_code_n == other_code_n, float(shares[0] @ shares[1]), null, is_one=False)
    is_same_n = np.array(own_n, object) == np.array(other_n, object)
    is_same_n &= difference_n < SAME_SCORES
    known_nW = numbers_nW[:, np.isfinite(numbers_nW).all(axis=0)]
    _, num_same = np.unique(np.round(known_nW / SAME_SCORES), axis=0, return_counts=True)
    if len(num_same) > 1:
        return Unchanged(is_same_n, float(((num_same / len(own_n)) ** 2).sum()), (None, None), is_one=False)
    is_told = known_nW.size > 0 or own_n[0] is not None
    return Unchanged(is_same_n, 0.0, (None, None), is_one=is_told and not _is_fine(known_nW))


def _is_fine(numbers_nW: Floats) -> bool:
    """Whether some number has more decimals than are stated of what is only estimated."""
    return bool((np.abs(numbers_nW - np.round(numbers_nW, DECIMALS)) > SAME_SCORES).any())


def _null(own_n: Ints, other_n: Ints, subject_n: Ints, seed: int) -> tuple[float, float]:
    """The central 95 % of the share that agrees if each person's samples meet those of a random other."""
    _, code_n = np.unique(subject_n, return_inverse=True)
    order, num_S = np.argsort(code_n, kind="stable"), np.bincount(code_n)
    start_S = np.cumsum(num_S) - num_S
    rng = np.random.Generator(np.random.PCG64(seed))
    drawn = []
    for _ in range(PERMUTATIONS):
        partner_n = rng.permutation(len(num_S))[code_n]
        met_n = order[start_S[partner_n] + rng.integers(0, num_S[partner_n])]
        drawn.append(float((own_n == other_n[met_n]).mean()))
    lo, hi = np.quantile(drawn, NULL_TAILS).tolist()
    return lo, hi
