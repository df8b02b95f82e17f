"""Cohen's kappa of two judgements on the same samples, with weights for those that are near each other.

Cohen 1960, doi:10.1177/001316446002000104; 1968, doi:10.1037/h0026256.

Shapes: G groups.
"""

from __future__ import annotations

import numpy as np

from harness.arrays import Floats
from harness.metrics.tally import ratio


def kappa(counts_GG: Floats, *, ordered: bool) -> Floats:
    """Kappa of counts ``[..., G, G]`` by first and second judgement, -1 to 1; NaN where all gave one group.

    Args:
        counts_GG: samples by both.
        ordered: whether the groups are steps of a scale: disagreements then weigh as the square of their distance.
    """
    step_G = np.arange(counts_GG.shape[-1])
    distance_GG = (step_G[:, None] - step_G).astype(np.float64)
    weight_GG = distance_GG**2 if ordered else (distance_GG != 0).astype(np.float64)
    total = counts_GG.sum((-2, -1))
    by_chance = counts_GG.sum(-1)[..., :, None] * counts_GG.sum(-2)[..., None, :]
    disagreed, expected = (weight_GG * counts_GG).sum((-2, -1)) * total, (weight_GG * by_chance).sum((-2, -1))
    return 1.0 - ratio(disagreed, expected)


def share_within(counts_GG: Floats, steps: int) -> Floats:
    """The share of samples whose two judgements are at most so many steps apart, ``[...]``, 0 to 1."""
    step_G = np.arange(counts_GG.shape[-1])
    near_GG = np.abs(step_G[:, None] - step_G) <= steps
    return ratio((counts_GG * near_GG).sum((-2, -1)), counts_GG.sum((-2, -1)))
