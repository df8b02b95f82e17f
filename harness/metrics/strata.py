"""Strata: parts of the samples, such as those of one sentence, over which a metric is standardised.

Two groups whose samples are mixed differently over the strata can differ on a metric although they are alike
within every stratum. Direct standardisation (Rothman, Greenland & Lash 2008, chapter 4) gives both the same
mixture: the statistics of each stratum are scaled to a share that is the same for both.

Shapes: R rows, F the axes of a tally's statistics, H strata, k statistics of one stratum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints, are_all


@dataclass(frozen=True)
class InStrata:
    """The statistics of rows, by stratum.

    Attributes:
        sizes: ``[R, H]``, the samples of each stratum.
        unscored: ``[R, H]``, how many of them have no score.
        statistics: ``[R, H, k]``, what adds up over samples.
        shown: ``[R, H, m]``, what each row shows of that which every stratum needs, such as every class; None if
            only samples are needed.
    """

    sizes: Floats
    unscored: Floats
    statistics: Floats
    shown: npt.NDArray[np.bool_] | None = None

    def rows(self, chosen: Ints) -> InStrata:
        """Some of the rows."""
        if are_all(chosen, len(self.sizes)):
            return self
        shown = None if self.shown is None else self.shown[chosen]
        return InStrata(self.sizes[chosen], self.unscored[chosen], self.statistics[chosen], shown)


@dataclass(frozen=True)
class Strata:
    """A metric as a function of statistics by stratum.

    Attributes:
        split: a tally's sums ``[R, *F]`` → the same by stratum.
        noun: what the strata are, in the plural: ``strata``, ``classes``, ``groups of age``.
        names: ``[H]``.
        weights: ``[H]``, the mixture that groups are standardised to, such as the samples of the run.
        value: the statistics of each stratum, scaled to its share of the mixture, ``[..., H, k]`` → the metric
            ``[...]``.
        gradient: the derivative of the value with respect to each of them, same shape.
        all_needed: whether the metric would be another one without one of the strata.
    """

    split: Callable[[Floats], InStrata]
    noun: str
    names: tuple[str, ...]
    weights: Floats
    value: Callable[[Floats], Floats]
    gradient: Callable[[Floats], Floats]
    all_needed: bool = False

    def shares(self, kept_H: npt.NDArray[np.bool_]) -> Floats:
        """The share of each stratum in the mixture of those that are kept, ``[..., H]``; 0 if none is."""
        weights_H = self.weights * kept_H
        total = weights_H.sum(-1, keepdims=True)
        shares_H: Floats = weights_H / np.where(total > 0, total, 1.0)
        return shares_H
