"""Metrics of true groups, from people whose group is estimated with known errors; intervals by resampling people.

People are resampled, and with them the matrix of the errors: from the same people if they were annotated, too,
else from the counts of the people on whom the estimate was validated, so that what is unknown of the matrix is in
the intervals.

Shapes: S subjects, P rows (a subject within one estimated group), G groups, U sides (one true group or several), M
metrics, K pairs of sides, B resamples.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.metrics.tally import Functions
from harness.statistics.intervals import MIN_DEFINED
from harness.statistics.misclassification import (
    MAX_AMPLIFICATION,
    amplification,
    classification,
    inverse,
    true_sums,
)
from harness.statistics.resampling import ResampledSums, subject_weights
from harness.statistics.tail_quantiles import expanded_tails, tail_quantiles

DIGITS = 12
"""The decimals of values and bounds."""


@dataclass(frozen=True)
class Inverses:
    """The inverse of the matrix of the errors.

    Attributes:
        point: ``[G, G]``; NaN if there is none.
        drawn: ``[B, G, G]``, of every resample.
    """

    point: Floats
    drawn: Floats

    @property
    def is_usable(self) -> bool:
        """Whether the estimate tells the groups apart well enough for a correction."""
        return bool(amplification(self.point) <= MAX_AMPLIFICATION)


def inverses_of_own(counts_SGG: Floats, resamples: int, seed: int) -> Inverses:
    """From people of the study: samples of each by true and estimated group, ``[S, G, G]``."""
    sums = ResampledSums(counts_SGG)
    drawn = [sums(weights_bS) for weights_bS in subject_weights(len(counts_SGG), resamples, seed)]
    return _inverses(counts_SGG.sum(0), np.concatenate(drawn))


def inverses_of_others(counts_GG: Ints, resamples: int, seed: int) -> Inverses:
    """From other people, each counted once, ``[G, G]``: as many of each true group are drawn as there were."""
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *counts_GG.shape])))
    drawn_BGG = np.zeros((resamples, *counts_GG.shape))
    for true, counts_G in enumerate(counts_GG):
        if total := int(counts_G.sum()):
            drawn_BGG[:, true] = rng.multinomial(total, counts_G / total, size=resamples)
    return _inverses(counts_GG.astype(np.float64), drawn_BGG)


def _inverses(counts_GG: Floats, drawn_BGG: Floats) -> Inverses:
    return Inverses(inverse(classification(counts_GG)), inverse(classification(drawn_BGG)))


@dataclass(frozen=True)
class CorrectedGroups:
    """The metrics of true groups, or of several together, beyond their range where chance takes them there.

    Attributes:
        value: ``[M, U]``; NaN where undefined, such as where a side would have fewer samples than none.
        drawn: ``[M, B, U]``, on every resample.
    """

    value: Floats
    drawn: Floats


def corrected_groups(
    sums_PF: Floats,
    subject_P: Ints,
    group_P: Ints,
    *,
    sides_UG: Bools,
    num_subjects: int,
    inverses: Inverses,
    metrics: Functions,
    sizes: Functions,
    seed: int,
) -> CorrectedGroups:
    """Evaluate metrics on sides of true groups, and on resamples of the subjects.

    Args:
        sums_PF: statistics of each row.
        subject_P: 0 … S - 1.
        group_P: the estimated group, 0 … G - 1; others are left out.
        sides_UG: which true groups are taken together: each for itself, all but one, …
        num_subjects: S.
        inverses: of the matrix, with the resamples that are drawn here.
        metrics: sums → M values.
        sizes: sums → the samples behind each.
        seed: that of `inverses_of_own`, so that people and matrix are resampled together.
    """
    num_axes, num_groups, resamples = sums_PF.ndim - 1, len(inverses.point), len(inverses.drawn)
    rows_G = [np.flatnonzero(group_P == group) for group in range(num_groups)]
    observed_GF = np.stack([sums_PF[rows].sum(0) for rows in rows_G])

    def evaluated(inverse_GG: Floats, observed: Floats) -> Floats:
        sums_UF = _of_sides(sides_UG, true_sums(inverse_GG, observed), num_axes)
        with np.errstate(all="ignore"):
            values, counted = metrics(sums_UF, num_axes), sizes(sums_UF, num_axes)
        return np.where(counted > 0, values, np.nan)

    of_groups = [ResampledSums(sums_PF[rows]) for rows in rows_G]
    drawn, start = [], 0
    for weights_bS in subject_weights(num_subjects, resamples, seed):
        sums_bGF = np.stack(
            [sums(weights_bS[:, subject_P[rows]]) for sums, rows in zip(of_groups, rows_G, strict=True)], axis=1
        )
        drawn.append(evaluated(inverses.drawn[start : start + len(weights_bS)], sums_bGF))
        start += len(weights_bS)
    return CorrectedGroups(evaluated(inverses.point, observed_GF), np.concatenate(drawn, axis=1))


def _of_sides(sides_UG: Bools, sums_GF: Floats, num_axes: int) -> Floats:
    """The sums of sides ``[..., U, *F]``; groups are added in their order, so the same bytes everywhere."""
    by_group = np.moveaxis(sums_GF, -1 - num_axes, 0)
    of_side = [sum(by_group[group] for group in np.flatnonzero(side_G)) for side_G in sides_UG]
    return np.stack(of_side, axis=-1 - num_axes)


def percentile_bounds(
    drawn_BK: Floats, num_subjects_K: Ints, *, level: float, num_joint: int = 1
) -> tuple[Floats, Floats]:
    """Percentile intervals that hold together, the bounds ``[K]`` of each; NaN where too few draws are defined.

    Expanded for few subjects (Hesterberg 2015, doi:10.1080/00031305.2015.1089789), and at a level that is divided
    among `num_joint` of them (Bonferroni).

    Args:
        drawn_BK: K quantities on B resamples; NaN where undefined.
        num_subjects_K: of the smaller group behind each, at least two.
        level: such as 0.95.
        num_joint: how many hold together.
    """
    ordered_KB = np.sort(np.where(np.isfinite(drawn_BK), drawn_BK, np.nan).T, axis=1)  # NaN come last
    defined_K = np.isfinite(ordered_KB).sum(1)
    tail_K = expanded_tails((1 - level) / 2 / num_joint, num_subjects_K)
    lo_K, hi_K = tail_quantiles(ordered_KB, defined_K, tail_K)
    enough_K = defined_K >= MIN_DEFINED * len(drawn_BK)
    return np.where(enough_K, np.round(lo_K, DIGITS), np.nan), np.where(enough_K, np.round(hi_K, DIGITS), np.nan)
