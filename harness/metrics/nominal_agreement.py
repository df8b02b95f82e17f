"""How far several people agree on nominal labels beyond chance: Krippendorff's alpha.

Source: Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section C (nominal data, any number of
observers, missing data). 1 is perfect agreement, 0 what labels that are dealt out at random would give.

Shapes: N cases, C labels.
"""

from __future__ import annotations

import numpy as np

from harness.arrays import Floats, Ints


def coincidences(counts_NC: Ints) -> Floats:
    """The pairs of labels that different people gave to each case, of shape ``[N, C, C]``.

    A case counts once for every person who judged it, so that the sum is the number of judgements.

    Args:
        counts_NC: how many people gave each label to a case. One with fewer than two makes no pair.
    """
    counts = counts_NC.astype(np.float64)
    people_N = counts.sum(axis=1)
    pairs_NCC: Floats = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(counts.shape[1])
    pairs_NCC[:, diagonal, diagonal] -= counts
    paired = np.where(people_N > 1, 1.0 / np.maximum(people_N - 1.0, 1.0), 0.0)
    return pairs_NCC * paired[:, None, None]


def alpha(coincidences_CC: Floats) -> Floats:
    """Alpha of summed coincidences ``[..., C, C]`` → ``[...]``; NaN where only one label was ever given."""
    of_label_C = coincidences_CC.sum(axis=-1)
    total = of_label_C.sum(axis=-1)
    agreed = np.trace(coincidences_CC, axis1=-2, axis2=-1)
    by_chance = (of_label_C * (of_label_C - 1.0)).sum(axis=-1)
    all_pairs = total * (total - 1.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = ((total - 1.0) * agreed - by_chance) / (all_pairs - by_chance)
    return found
