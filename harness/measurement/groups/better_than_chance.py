"""Whether a system is better than chance in a group: random answers would pass every test of equal performance.

A plan may ask for more than that: a system that is hardly better than chance can hardly differ between groups.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit

from harness.measurement.cells import GroupTallies
from harness.measurement.flattened import flattened_statistics
from harness.measurement.groups.shared_strata import members_of
from harness.metrics.tally import Metric, Tally
from harness.statistics.codes import renumbered
from harness.statistics.max_t import side_estimates
from harness.statistics.sides import Rows


class BetterThanChance:
    """Whether the system is better than chance, with confidence, on the sides of comparisons on one axis.

    UAR is compared with chance if there are labels (accuracy will not do: always giving the most frequent answer
    can reach it), and CCC for a dimension. A side counts as better than chance if the lower bound of the two-sided
    interval lies above chance by more than a margin; the interval is Student's t with the infinitesimal jackknife
    and the degrees of freedom of its error.

    Args:
        grouped: the system's tallies, with all its metrics.
        level: confidence level of the interval.
        margin: how far above chance the lower bound must lie.
    """

    def __init__(self, grouped: GroupTallies, level: float, margin: float = 0.0) -> None:
        self._grouped = grouped
        self._level = level
        self._margin = margin
        self._found: dict[tuple[str, tuple[tuple[int, ...], ...]], list[bool]] = {}

    def of(self, metric: Metric, sides: Sequence[tuple[int, ...]]) -> list[bool] | None:
        """Whether each side is better than chance.

        Args:
            metric: the metric that is compared.
            sides: ``[U]``, the groups of each side, as indices of the axis' groups.

        Returns:
            ``[U]``; None if no metric can be compared with chance.
        """
        chosen = _correctness(self._grouped, metric)
        if chosen is None:
            return None
        key = chosen[1].name, tuple(sides)
        if key not in self._found:
            self._found[key] = self._measured(*chosen, sides)
        return self._found[key]

    def _measured(self, tally: Tally, correctness: Metric, sides: Sequence[tuple[int, ...]]) -> list[bool]:
        assert correctness.chance is not None
        grouped, num_groups = self._grouped, len(self._grouped.groups)
        rows = np.flatnonzero(correctness.num_samples(tally.sums) > 0)
        subject_R = renumbered(grouped.subject[rows])[1]
        group_R = grouped.group[rows]
        tally = tally.rows(rows)
        num_samples_R = correctness.num_samples(tally.sums)
        who = Rows(subject_R, group_R, int(subject_R.max(initial=-1)) + 1, num_groups, num_samples_R)
        additive, sides_UG = flattened_statistics(tally, correctness), members_of(sides, num_groups)
        value_U, error_U, freedom_U = side_estimates(additive, who, sides_UG)
        total_GF = tally.summed(group_R, num_groups).sums
        chance_U = np.array([float(correctness.chance(total_GF[list(side)].sum(0))) for side in sides])
        # Without an error, as of a side of one subject, nothing is above.
        lower_U = value_U - stdtrit(freedom_U, (1 + self._level) / 2) * error_U
        found: list[bool] = (lower_U > chance_U + self._margin).tolist()
        return found


def _correctness(grouped: GroupTallies, metric: Metric) -> tuple[Tally, Metric] | None:
    """The metric that shows whether answers are right at all, of the same dimension if there is one."""
    found = [
        (tally, each)
        for tally in grouped.tallies
        for each in tally.metrics
        if each.facts.shows_correctness and each.chance is not None
    ]
    dimension = metric.part if metric.facts.each == "dimension" else None

    def key(pair: tuple[Tally, Metric]) -> tuple[bool, int, str]:
        facts, part = pair[1].facts, pair[1].part
        same = dimension is not None and facts.each == "dimension" and part == dimension
        return not same, facts.order, pair[1].name

    return min(found, key=key, default=None)
