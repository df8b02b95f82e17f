"""Fusion with weights that are learned within the study, with the test subjects left out.

Every sample is fused with weights that were fitted on other subjects: in the folds that the samples' split names,
otherwise in those of `harness.models.subject_folds`. The systems' own answers are taken as they are. A system that
was itself trained with subjects left out has answered the other subjects of a fold after trainings that saw the
test subject; stacked generalisation accepts that (Wolpert 1992, doi:10.1016/S0893-6080(05)80023-1): one number per
system is learned from these answers.

Shapes: N samples, M systems, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from harness.arrays import Bools, Floats, Ints
from harness.models.fusion_rules import fit_weights, weighted_product
from harness.models.subject_folds import tested_rows
from harness.tables.folds import Fold


def learned_scores(
    scores_NMC: Floats,
    truth_N: Ints,
    subjects: Sequence[str],
    names: Sequence[str],
    splits: Sequence[str | None],
    *,
    max_folds: int,
    seed: int,
) -> tuple[Floats, list[Fold]]:
    """The weighted product of the systems' scores, with weights fitted on other subjects than the sample's.

    A sample is trained on if it has a label on which a system has a say; a sample without a label is still fused.

    Args:
        scores_NMC: probabilities; NaN where a system has no say.
        truth_N: the true class; negative where there is none.
        subjects: of the samples.
        names: of the systems.
        splits: of the samples; folds among them are those of the training, see `tested_rows`.
        max_folds: leave-one-subject-out up to this number of subjects, otherwise this number of folds. Neither it
            nor the seed matters where the splits are folds.
        seed: determines which subjects share a fold.

    Returns:
        ``[N, C]``, NaN in rows that no system has answered or for which nothing could be trained; and the folds
        with the weights of the systems.
    """
    if not scores_NMC.shape[2]:
        return np.empty((len(truth_N), 0)), []
    subject_N = np.array(subjects, str)
    usable_N: Bools = np.asarray(np.isfinite(scores_NMC).any(axis=(1, 2)))
    rows = np.arange(len(truth_N))
    has_say_N = np.isfinite(scores_NMC[rows, :, np.maximum(truth_N, 0)]).any(axis=1)
    trainable_N = usable_N & (truth_N >= 0) & has_say_N
    fused_NC = np.full((len(truth_N), scores_NMC.shape[2]), np.nan)
    folds = []
    sides = tested_rows(subject_N, splits, usable_N, max_folds, seed)
    with threadpool_limits(limits=1):
        for name, tested_N in sides:
            train = np.flatnonzero(trainable_N & ~tested_N)
            if not len(train):
                continue
            weights_M = fit_weights(scores_NMC[train], truth_N[train])
            test = np.flatnonzero(usable_N & tested_N)
            fused_NC[test] = weighted_product(scores_NMC[test], weights_M)
            trained_on, tested = (tuple(np.unique(subject_N[part]).tolist()) for part in (train, test))
            weights = dict(zip(names, weights_M.tolist(), strict=True))
            folds.append(Fold(name, trained_on, tested, len(train), weights))
    return fused_NC, folds
