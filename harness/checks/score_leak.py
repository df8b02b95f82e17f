"""Do scores differ between groups of people? Two measures, and one permutation test of both.

The first is the gain in AUC of predicting the group of people who were left out, from labels and scores over
labels alone: it combines all scores. The second is the largest difference between groups in a single mean score,
by ranks: it has more power if one score differs.

Shapes: S subjects, F features, L scores, G groups, B resamples, D permutations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.checks.group_prediction import (
    NUM_FOLDS,
    cross_fitted,
    cross_fitted_of_each,
    mean_auc,
    mean_auc_of_each,
)
from harness.checks.left_out import stratified_folds
from harness.metrics.tally import ratio
from harness.statistics.resampling import subject_weights

REPEATS = 3
"""Random assignments to folds, whose AUCs are averaged: the AUC of a single one varies by several hundredths."""

PERMUTATIONS, RESAMPLES = 399, 400
AT_ONCE = 57
"""Permutations computed together."""

GUESSING = 0.5
"""The AUC of guessing. A base AUC below it is noise of the folds, and the gain is not counted from there."""


@dataclass(frozen=True)
class ScoreLeak:
    """What scores reveal about the group.

    Attributes:
        base: ``[1 + B]``, the AUC from labels alone, at least `GUESSING`; observed, then resampled.
        full: ``[1 + B]``, the AUC from labels and scores, likewise.
        permuted: ``[D]``, the gain of scores that are permuted among people.
        p: of the test that groups have the same scores.
        score: which score differs most between groups.
    """

    base: Floats
    full: Floats
    permuted: Floats
    p: float
    score: int

    @property
    def gain(self) -> Floats:
        """The gain in AUC, ``[1 + B]``."""
        return self.full - self.base


def score_leak(labels_SF: Floats, scores_SL: Floats, group_S: Ints, seed: int) -> ScoreLeak:
    """Measure and test what scores reveal about the group.

    Args:
        labels_SF: the labels of each subject, see `PeopleScores`.
        scores_SL: the scores of each subject beyond the labels; their subjects are permuted.
        group_S: 0 … G - 1.
        seed: of folds, resamples and permutations.
    """
    num_subjects = len(group_S)
    weights_BS = np.concatenate([np.ones((1, num_subjects)), *subject_weights(num_subjects, RESAMPLES, seed)])
    folds = [stratified_folds(group_S, NUM_FOLDS, seed + repeat) for repeat in range(REPEATS)]
    base_B = np.maximum(_auc(labels_SF, group_S, folds, weights_BS), GUESSING)
    features_SF = np.column_stack([labels_SF, scores_SL])
    full_B = _auc(features_SF, group_S, folds, weights_BS)
    rank_SL = mean_ranks(scores_SL)
    spread_L = rank_statistics(rank_SL[None], group_S)[0]
    rng = np.random.default_rng([seed, num_subjects])
    auc, spread = _auc_of_each(features_SF[None], group_S, folds).tolist(), [spread_L.max()]
    for _ in range(PERMUTATIONS // AT_ONCE):
        order_DS = np.stack([rng.permutation(num_subjects) for _ in range(AT_ONCE)])
        labels_DSF = np.broadcast_to(labels_SF, (AT_ONCE, *labels_SF.shape))
        features_DSF = np.concatenate([labels_DSF, scores_SL[order_DS]], axis=2)
        auc += _auc_of_each(features_DSF, group_S, folds).tolist()
        spread += rank_statistics(rank_SL[order_DS], group_S).max(1).tolist()
    both = np.array([auc, spread])
    return ScoreLeak(base_B, full_B, both[0, 1:] - base_B[0], joint_p(both), int(spread_L.argmax()))


def told_apart(labels_SF: Floats, scores_SL: Floats, group_S: Ints, seed: int) -> Bools:
    """The subjects whose group is the one that labels and scores of the others speak for most: ``[S]``.

    Args:
        labels_SF: see `score_leak`.
        scores_SL: see `score_leak`.
        group_S: see `score_leak`.
        seed: see `score_leak`.
    """
    features_SF, num_groups = np.column_stack([labels_SF, scores_SL]), int(group_S.max()) + 1
    folds = [stratified_folds(group_S, NUM_FOLDS, seed + repeat) for repeat in range(REPEATS)]
    scores_SG = sum(cross_fitted(features_SF[None], group_S, fold_S, num_groups)[0] for fold_S in folds)
    told_S: Bools = np.argmax(scores_SG, axis=1) == group_S
    return told_S


def joint_p(statistics_2D: Floats) -> float:
    """The p-value of the smallest of several p-values, from the same permutations; the first is the observed one.

    Westfall & Young 1993, section 2.5. Ties count against the observed.
    """
    num = statistics_2D.shape[1]
    ordered_2D = np.sort(statistics_2D, axis=1)
    p_2D = np.stack(
        [
            1 - np.searchsorted(ordered_D, values_D, side="left") / num
            for ordered_D, values_D in zip(ordered_2D, statistics_2D, strict=True)
        ]
    )
    least_D = p_2D.min(0)
    return float((least_D <= least_D[0]).mean())


def rank_statistics(rank_DSL: Floats, group_S: Ints) -> Floats:
    """The statistic of Kruskal and Wallis (1952) of each score, ``[D, L]``; 0 where all have one value.

    Args:
        rank_DSL: ranks, ties at their mean, for each of D orders of the subjects.
        group_S: 0 … G - 1.
    """
    num_subjects = rank_DSL.shape[1]
    centred_DSL = rank_DSL - (num_subjects + 1) / 2
    member_GS = group_S == np.arange(group_S.max() + 1)[:, None]
    sums_DGL = member_GS.astype(np.float64) @ centred_DSL
    between_DL = (sums_DGL**2 / member_GS.sum(1)[:, None]).sum(1)
    total_DL = (centred_DSL**2).sum(1)
    statistic_DL: Floats = np.nan_to_num((num_subjects - 1) * ratio(between_DL, total_DL))
    return statistic_DL


def mean_ranks(scores_SL: Floats) -> Floats:
    """The rank of each subject by each score, 1 … S, ties at their mean."""
    columns = [(column_S, np.sort(column_S)) for column_S in np.round(scores_SL, 9).T]
    below_LS = [np.searchsorted(sorted_S, column_S, side="left") for column_S, sorted_S in columns]
    up_to_LS = [np.searchsorted(sorted_S, column_S, side="right") for column_S, sorted_S in columns]
    ranks_SL: Floats = (np.stack(below_LS, axis=1) + np.stack(up_to_LS, axis=1) + 1) / 2
    return ranks_SL


def _auc(features_SF: Floats, group_S: Ints, folds: list[Ints], weights_BS: Floats) -> Floats:
    """The AUC ``[B]`` of the groups of left-out people, the mean over the ways in which they are left out."""
    repeats = [
        mean_auc(cross_fitted(features_SF[None], group_S, fold_S, int(group_S.max()) + 1)[0], group_S, weights_BS)
        for fold_S in folds
    ]
    mean_B: Floats = np.mean(repeats, axis=0)
    return mean_B


def _auc_of_each(features_DSF: Floats, group_S: Ints, folds: list[Ints]) -> Floats:
    """The AUC ``[D]`` with each version of the features, as `_auc` where each subject is drawn once."""
    num_groups = int(group_S.max()) + 1
    repeats = [
        mean_auc_of_each(cross_fitted_of_each(features_DSF, group_S, fold_S, num_groups), group_S)
        for fold_S in folds
    ]
    mean_D: Floats = np.mean(repeats, axis=0)
    return mean_D
