"""Answers held against labels that the system cannot know: those of other people at the same context value.

Shapes: R samples that are used.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from harness.arrays import Bools
from harness.attributes.groups import Groups
from harness.checks.shared_context import DIFFERENCE, SHARE, Estimate, SharedContext
from harness.statistics.intervals import Interval
from harness.statistics.other_people import ControlSums, control_sums

EVEN_WITHIN = 1e-9
"""What rounding may change of a UAR."""


@dataclass(frozen=True)
class GroupGap:
    """How far the gains of two groups differ.

    Attributes:
        names: the groups; the first has the larger gain.
        gains: of both.
        estimate: of the difference.
        num_pairs: how many pairs of groups were compared; these two differ most.
        all_within: the least and the largest bound of all these differences; None if one has no interval.
    """

    names: tuple[str, str]
    gains: tuple[float, float]
    estimate: Estimate
    num_pairs: int
    all_within: tuple[float, float] | None


@dataclass(frozen=True)
class LabelsOfOthers:
    """Answers to samples whose context other people share.

    Attributes:
        shared: these samples.
        total: over all people.
        left_out: without each person.
    """

    shared: SharedContext
    total: ControlSums
    left_out: ControlSums

    @classmethod
    def at(cls, shared: SharedContext) -> LabelsOfOthers | None:
        """None if a label does not occur at values that are shared."""
        total, left_out = _sums(shared)
        return cls(shared, total, left_out) if np.isfinite(total.agreement) else None

    @property
    def is_even(self) -> bool:
        """Whether everybody shows all labels equally often in every context: no answers can gain by it then."""
        every = np.append(self.left_out.carried, self.total.carried)
        return bool(np.allclose(every, 1 / self.shared.num_classes, rtol=0, atol=EVEN_WITHIN))

    def agreement(self, level: float) -> Estimate:
        """The UAR of the answers."""
        return self.shared.estimate(self.total.agreement, self.left_out.agreement, level, SHARE)

    def carried(self, level: float) -> Estimate:
        """The UAR of the labels themselves."""
        return self.shared.estimate(self.total.carried, self.left_out.carried, level, SHARE)

    def gain(self, level: float) -> Estimate:
        """The UAR of the answers less that of answers that depend on the own label alone."""
        return self.shared.estimate(self.total.gain, self.left_out.gain, level, DIFFERENCE)

    def group_gap(self, groups: Groups, min_subjects: int, level: float) -> GroupGap | None:
        """The largest difference of the gains of two groups; None if fewer than two have enough people.

        Args:
            groups: along one axis.
            min_subjects: the fewest that are enough.
            level: of the intervals of all pairs together (Bonferroni).
        """
        index_R, gains = groups.index[self.shared.rows], {}
        for group, name in enumerate(groups.names):
            own_R = index_R == group
            if group != groups.unknown and len(np.unique(self.shared.subject[own_R])) >= min_subjects:
                total, left_out = _sums(self.shared, own_R)
                if np.isfinite(total.gain):
                    gains[name] = (float(total.gain), left_out.gain)
        pairs = list(combinations(gains, 2))
        if not pairs:
            return None
        within = 1 - (1 - level) / len(pairs)
        found = [
            self.shared.estimate(
                gains[one][0] - gains[other][0], gains[one][1] - gains[other][1], within, DIFFERENCE
            )
            for one, other in pairs
        ]
        return _largest(pairs, {name: gain for name, (gain, _) in gains.items()}, found)


def _sums(shared: SharedContext, own_R: Bools | None = None) -> tuple[ControlSums, ControlSums]:
    return control_sums(shared.answer, shared.label, shared.subject, shared.context, shared.num_classes, own_R)


def _largest(pairs: list[tuple[str, str]], gains: dict[str, float], found: list[Estimate]) -> GroupGap:
    most = max(range(len(pairs)), key=lambda index: abs(found[index].value))
    bounds = [bound for estimate in found for bound in estimate.bounds or ()]
    names, estimate = pairs[most], found[most]
    if estimate.value < 0:
        interval = estimate.interval
        lo, hi = (None if bound is None else -bound for bound in (interval.hi, interval.lo))
        names = names[::-1]
        estimate = Estimate(-estimate.value, Interval(lo, hi, interval.method, interval.reason))
    return GroupGap(
        names=names,
        gains=(gains[names[0]], gains[names[1]]),
        estimate=estimate,
        num_pairs=len(pairs),
        all_within=(min(bounds), max(bounds)) if len(bounds) == 2 * len(pairs) else None,
    )
