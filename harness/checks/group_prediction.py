"""Predict people's groups from features: ridge regression, cross-fitted, measured by AUC.

Shapes: S subjects, P features, G groups, B weightings of the subjects, D versions of the features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.metrics.tally import ratio

NUM_FOLDS = 5
SAME = 1e-6
"""Features that spread less than this are constant: scores are stored in float32."""

RIDGE = 1.0
"""In units of a standardised feature's variance; chosen by simulation for few subjects."""


def cross_fitted(features_DSP: Floats, group_S: Ints, fold_S: Ints, num_groups: int) -> Floats:
    """A score ``[D, S, G]`` for each group, from a regression on the subjects of the other folds.

    All groups have the same weight, however many subjects they have. Linear regression on group indicators finds
    the directions of linear discriminant analysis (Hastie, Tibshirani & Friedman 2009, section 4.3).
    """
    scores_DSG = np.zeros((*features_DSP.shape[:2], num_groups))
    for fold in np.unique(fold_S):
        held_out_S = fold_S == fold
        scores_DSG[:, held_out_S] = _fitted(
            features_DSP[:, ~held_out_S], group_S[~held_out_S], features_DSP[:, held_out_S], num_groups
        )
    return scores_DSG


def cross_fitted_of_each(features_DSP: Floats, group_S: Ints, fold_S: Ints, num_groups: int) -> Floats:
    """`cross_fitted` of many versions of the features, ``[D, S, G]``, by sums: faster, and equal but for rounding.

    A regression needs the sums and products of its features within each group alone, and these are those of all
    folds less those of one. So each subject is summed once, whatever the number of folds.
    """
    centred_DSP = features_DSP - features_DSP.mean(1, keepdims=True)
    num_folds = int(fold_S.max()) + 1
    parts = [
        [np.flatnonzero((fold_S == fold) & (group_S == g)) for g in range(num_groups)] for fold in range(num_folds)
    ]
    moments = [_Moments.of(centred_DSP, of_fold) for of_fold in parts]
    whole = reduce(_Moments.__add__, moments)
    scores_DSG = np.empty((*features_DSP.shape[:2], num_groups))
    for of_fold, held_out in zip(parts, moments, strict=True):
        rows = np.concatenate(of_fold)
        slope_DPG, constant_DG = _slopes(whole - held_out)
        scores_DSG[:, rows] = centred_DSP[:, rows] @ slope_DPG + constant_DG[:, None]
    return scores_DSG


def mean_auc(scores_SG: Floats, group_S: Ints, weights_BS: Floats) -> Floats:
    """The area under the ROC curve of each group against the rest, the mean over groups, ``[B]``.

    Ties count half. A weight is how often a subject is drawn.
    """
    weights_SB = np.ascontiguousarray(weights_BS.T)
    areas = [_auc(scores_SG[:, group], group_S == group, weights_SB) for group in range(scores_SG.shape[1])]
    mean_B: Floats = np.mean(areas, axis=0)
    return mean_B


def mean_auc_of_each(scores_DSG: Floats, group_S: Ints) -> Floats:
    """`mean_auc` of every version of the scores, ``[D]``, where each subject is drawn once: by ranks.

    Mann & Whitney 1947: a group's area is the sum of its ranks less the least that it could be.
    """
    scores_GDS = np.ascontiguousarray(np.moveaxis(scores_DSG, 2, 0))
    order_GDS = scores_GDS.argsort(axis=2)
    rank_GDS = _middle_ranks(np.take_along_axis(scores_GDS, order_GDS, axis=2))
    member_GDS = group_S[order_GDS] == np.arange(len(scores_GDS))[:, None, None]
    num_G1 = np.bincount(group_S, minlength=len(scores_GDS))[:, None]
    above_GD = (rank_GDS * member_GDS).sum(2) - num_G1 * (num_G1 - 1) / 2
    mean_D: Floats = np.mean(ratio(above_GD, np.broadcast_to(num_G1 * (len(group_S) - num_G1), above_GD.shape)), 0)
    return mean_D


def _middle_ranks(ordered_GDS: Floats) -> Floats:
    """The rank of each place, from 0; ties have the mean of theirs."""
    num = ordered_GDS.shape[2]
    place_S = np.arange(num)
    rises_GDS = ordered_GDS[..., 1:] > ordered_GDS[..., :-1]
    if rises_GDS.all():
        return np.broadcast_to(place_S.astype(np.float64), ordered_GDS.shape)
    ends = np.ones((*ordered_GDS.shape[:2], 1), dtype=np.bool_)
    first_GDS = np.maximum.accumulate(np.where(np.concatenate([ends, rises_GDS], axis=2), place_S, 0), axis=2)
    last_GDS = np.where(np.concatenate([rises_GDS, ends], axis=2), place_S, num)
    last_GDS = np.minimum.accumulate(last_GDS[..., ::-1], axis=2)[..., ::-1]
    middle_GDS: Floats = (first_GDS + last_GDS) / 2
    return middle_GDS


def _fitted(train_DSP: Floats, group_S: Ints, test_DSP: Floats, num_groups: int) -> Floats:
    center_D1P, spread_D1P = train_DSP.mean(1, keepdims=True), train_DSP.std(1, keepdims=True)
    spread_D1P = np.where(spread_D1P > SAME, spread_D1P, 1.0)
    z_DSP, target_SG = (train_DSP - center_D1P) / spread_D1P, np.eye(num_groups)[group_S]
    weight_S = (1 / np.maximum(target_SG.sum(0), 1))[group_S]
    weight_S /= weight_S.sum()
    weighted_DPS = (z_DSP * weight_S[:, None]).swapaxes(1, 2)
    gram_DPP = weighted_DPS @ z_DSP + RIDGE * np.eye(z_DSP.shape[2])
    slope_DPG = np.linalg.solve(gram_DPP, weighted_DPS @ (target_SG - weight_S @ target_SG))
    fitted_DSG: Floats = (test_DSP - center_D1P) / spread_D1P @ slope_DPG
    return fitted_DSG


def _auc(score_S: Floats, member_S: Bools, weights_SB: Floats) -> Floats:
    others_O = np.flatnonzero(~member_S)
    others_O = others_O[np.argsort(score_S[others_O])]
    num_below = np.zeros((len(others_O) + 1, weights_SB.shape[1]))
    np.cumsum(weights_SB[others_O], axis=0, out=num_below[1:])
    below_M, up_to_M = (np.searchsorted(score_S[others_O], score_S[member_S], side=s) for s in ("left", "right"))
    members_MB = weights_SB[member_S]
    twice_B = np.einsum("mb,mb->b", members_MB, num_below[below_M] + num_below[up_to_M])
    return ratio(twice_B / 2, members_MB.sum(0) * num_below[-1])


@dataclass(frozen=True)
class _Moments:
    """What a regression on some subjects needs of their features.

    Attributes:
        num: ``[G]``, the subjects of each group.
        sums: ``[D, G, P]``, of their features.
        products: ``[D, G, P, P]``, of every two of their features.
    """

    num: Floats
    sums: Floats
    products: Floats

    @classmethod
    def of(cls, features_DSP: Floats, rows_G: Sequence[Ints]) -> _Moments:
        own = [features_DSP[:, rows] for rows in rows_G]
        return cls(
            np.array([len(rows) for rows in rows_G], dtype=np.float64),
            np.stack([each.sum(1) for each in own], axis=1),
            np.stack([each.swapaxes(1, 2) @ each for each in own], axis=1),
        )

    def __add__(self, other: _Moments) -> _Moments:
        return _Moments(self.num + other.num, self.sums + other.sums, self.products + other.products)

    def __sub__(self, other: _Moments) -> _Moments:
        return _Moments(self.num - other.num, self.sums - other.sums, self.products - other.products)


def _slopes(train: _Moments) -> tuple[Floats, Floats]:
    """The slopes ``[D, P, G]`` and constants ``[D, G]`` of ridge regression on standardised features."""
    num, num_features = train.num.sum(), train.sums.shape[2]
    center_DP = train.sums.sum(1) / num
    square_DP = np.diagonal(train.products.sum(1), axis1=1, axis2=2) / num
    spread_DP = np.sqrt(np.maximum(square_DP - center_DP**2, 0.0))
    spread_DP = np.where(spread_DP > SAME, spread_DP, 1.0)
    weight_G = 1 / np.maximum(train.num, 1)
    weight_G /= (weight_G * train.num).sum()
    # Sums over weighted subjects of z_p z_q and of z_p (t_g - mean t_g), where z = (x - center) / spread.
    mean_DP = np.einsum("g,dgp->dp", weight_G, train.sums)
    raw_DPP = np.einsum("g,dgpq->dpq", weight_G, train.products)
    cross_DPP = center_DP[:, :, None] * mean_DP[:, None]
    centred_DPP = raw_DPP - cross_DPP - cross_DPP.swapaxes(1, 2) + center_DP[:, :, None] * center_DP[:, None]
    gram_DPP = centred_DPP / (spread_DP[:, :, None] * spread_DP[:, None]) + RIDGE * np.eye(num_features)
    of_group_DPG = (weight_G[:, None] * (train.sums - train.num[:, None] * center_DP[:, None])).swapaxes(1, 2)
    target_DPG = of_group_DPG - (mean_DP - center_DP)[:, :, None] * (weight_G * train.num)
    slope_DPG = np.linalg.solve(gram_DPP, target_DPG / spread_DP[:, :, None]) / spread_DP[:, :, None]
    return slope_DPG, -np.einsum("dp,dpg->dg", center_DP, slope_DPG)
