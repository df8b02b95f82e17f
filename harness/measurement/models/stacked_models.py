"""The rows of two models on the same samples, one above the other, and what a gap on them rests on.

Shapes: R rows (a subject within one group, of one model), H strata, k statistics.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints
from harness.attributes.group import Group
from harness.metrics.strata import Strata


@dataclass(frozen=True)
class StackedGap:
    """One group compared with another, or with all others.

    Of a metric that is standardised, ``kept`` ``[H]`` are the strata that both have, and the note says what is
    left out.
    """

    group: Group
    versus: Group
    left: tuple[int, ...]
    right: tuple[int, ...]
    kept: npt.NDArray[np.bool_] | None = None
    note: str | None = None


@dataclass(frozen=True)
class Stacked:
    """The rows of both models: subject, group, model (0 or 1), statistics ``[R, k]``, samples, unscored ones."""

    subject: Ints
    group: Ints
    model: Ints
    statistics: Floats
    num_samples: Floats
    num_unscored: Floats

    def counts(
        self, gap: StackedGap, chosen_R: npt.NDArray[np.bool_], strata: Strata | None
    ) -> tuple[int, int, int]:
        """The samples of some rows that a gap rests on, how many of them are unscored, and their subjects."""
        num_R, unscored_R = self.num_samples[chosen_R], self.num_unscored[chosen_R]
        if strata is not None:
            split = strata.split(self.statistics[chosen_R])
            num_R, unscored_R = (each[:, gap.kept].sum(1) for each in (split.sizes, split.unscored))
        return int(num_R.sum()), int(unscored_R.sum()), len(np.unique(self.subject[chosen_R][num_R > 0]))

    def num_subjects(self, groups: tuple[int, ...]) -> int:
        """The subjects in these groups."""
        return len(np.unique(self.subject[np.isin(self.group, groups)]))
