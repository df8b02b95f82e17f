"""Evidence that two labels are swapped for some people, or in some part of the samples.

Take a person's samples of two labels that were answered with either, as a table of label by answer. A system that
cannot read the person gives independent answers. Where labels are swapped, label and answer go against each other,
which Fisher's exact test shows however often the system prefers one of the two.

Shapes: R rows (people, or people within a part), P pairs of labels, K parts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtrc, ndtr, stdtrit  # `scipy.stats` takes half a second to import

from harness.arrays import Floats, Ints
from harness.metrics.tally import ratio
from harness.statistics.hypergeometric import hypergeometric_cdf

LEVELS = 10.0 ** -np.arange(1.0, 7.0) / 2
"""A person counts where chance does what they show less often than this: 0.05, 0.005, …"""


@dataclass(frozen=True)
class PairTables:
    """Per row and pair of labels, how often each of the two was answered where each was right.

    Attributes:
        kept: ``[R, P, 2]``, the samples of either label that were answered with it.
        exchanged: ``[R, P, 2]``, those that were answered with the other of the two.
    """

    kept: Floats
    exchanged: Floats

    def take(self, rows: Ints) -> PairTables:
        """Some of the rows."""
        return PairTables(self.kept[rows], self.exchanged[rows])


def pair_tables(counts_RCK: Floats, first_P: Ints, second_P: Ints) -> PairTables:
    """The tables of each pair.

    Args:
        counts_RCK: samples by label and answer; the first C answers are the labels.
        first_P: one label of each pair.
        second_P: the other.
    """
    kept = np.stack([counts_RCK[:, first_P, first_P], counts_RCK[:, second_P, second_P]], axis=2)
    exchanged = np.stack([counts_RCK[:, first_P, second_P], counts_RCK[:, second_P, first_P]], axis=2)
    return PairTables(kept, exchanged)


def reversal_p(tables: PairTables) -> Floats:
    """How often independent answers go against the labels as much as these ``[R, P]`` (Fisher's exact test)."""
    kept, exchanged = tables.kept, tables.exchanged
    total_RP = (kept + exchanged).sum(2)
    labelled_RP = kept[..., 0] + exchanged[..., 0]
    answered_RP = kept[..., 0] + exchanged[..., 1]
    return hypergeometric_cdf(kept[..., 0], total_RP, labelled_RP, answered_RP)


def people_p(p_RP: Floats) -> Floats:
    """How often chance makes as many people go against the labels, of each pair ``[P]``.

    For each of `LEVELS`, the number of people at or under it is at most binomial if nobody's labels are swapped.
    The smallest p-value is corrected for the number of levels.
    """
    levels_L11 = LEVELS[:, None, None]
    num_LP = (p_RP <= levels_L11).sum(1)
    tail_LP = np.where(num_LP > 0, bdtrc(num_LP - 1, len(p_RP), LEVELS[:, None]), 1.0)
    p_P: Floats = np.minimum(1.0, len(LEVELS) * tail_LP.min(0))
    return p_P


def parts_p(tables: PairTables, part_R: Ints, num_parts: int) -> Floats:
    """How often independent answers go against the labels as much within each part, ``[K, P]``.

    The rows of a part are pooled as strata (Mantel & Haenszel 1959), one-sided, with the continuity correction.
    """
    kept, exchanged = tables.kept, tables.exchanged
    total_RP = (kept + exchanged).sum(2)
    labelled_RP = kept[..., 0] + exchanged[..., 0]
    answered_RP = kept[..., 0] + exchanged[..., 1]
    expected_RP = np.nan_to_num(ratio(labelled_RP * answered_RP, total_RP))
    others_RP = (total_RP - labelled_RP) * (total_RP - answered_RP)
    variance_RP = np.nan_to_num(ratio(expected_RP * others_RP, total_RP * np.maximum(total_RP - 1, 1)))
    member_KR = (part_R == np.arange(num_parts)[:, None]).astype(np.float64)
    surplus_KP = member_KR @ (kept[..., 0] - expected_RP) + 0.5
    p_KP: Floats = ndtr(np.nan_to_num(ratio(surplus_KP, np.sqrt(member_KR @ variance_RP)), nan=np.inf))
    return p_KP


def exchanged_share(tables: PairTables, level: float) -> tuple[Floats, Floats]:
    """The share ``[P]`` of samples of two labels that could be swapped, and its upper bound over people.

    Swapped samples are exchanged in both directions, so the rarer direction limits them. One-sided, by Student's t
    of the linearised ratio.
    """
    kept, exchanged = tables.kept, tables.exchanged
    num_people = len(kept)
    total_P2 = (kept + exchanged).sum(0)
    share_P2 = np.nan_to_num(ratio(exchanged.sum(0), total_P2))
    influence_RP2 = np.nan_to_num(ratio(exchanged - share_P2 * (kept + exchanged), total_P2))
    error_P2 = np.sqrt((influence_RP2**2).sum(0) * num_people / max(1, num_people - 1))
    upper_P2 = np.minimum(1.0, share_P2 + stdtrit(max(1, num_people - 1), level) * error_P2)
    # Without a single exchange the error is 0: the exact binomial bound (Clopper & Pearson 1934) stands in for it.
    unseen_P2 = 1 - (1 - level) ** ratio(np.ones_like(total_P2), np.maximum(total_P2, 1))
    upper_P2 = np.where(exchanged.sum(0) == 0, unseen_P2, upper_P2)
    return share_P2.min(1), upper_P2.min(1)
