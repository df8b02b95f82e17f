"""Whether a system is better than chance in a group: random answers would pass every test of equal performance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtrit

from harness.measurement.cells import GroupTallies
from harness.measurement.flattened import flattened_statistics
from harness.metrics.tally import Metric, Tally
from harness.statistics.codes import distinct, renumbered
from harness.statistics.max_t import side_estimates
from harness.statistics.sides import Rows


def better_than_chance(
    grouped: GroupTallies, metric: Metric, sides: Sequence[tuple[int, ...]], level: float
) -> list[bool] | None:
    """For each side of a comparison, whether the system is better than chance there with confidence.

    UAR is compared with chance if there are labels (accuracy will not do: always giving the most frequent answer
    can reach it), and CCC for a dimension. A side counts as better than chance if the lower bound of the two-sided
    interval (Student's t with the infinitesimal jackknife) lies above chance.

    Args:
        grouped: the system's tallies, with all its metrics.
        metric: the metric that is compared.
        sides: ``[U]``, the groups of each side, as indices of the axis' groups.
        level: confidence level of the interval.

    Returns:
        ``[U]``; None if no metric can be compared with chance.
    """
    chosen = _correctness(grouped, metric)
    if chosen is None:
        return None
    tally, correctness = chosen
    assert correctness.chance is not None
    rows = np.flatnonzero(correctness.num_samples(tally.sums) > 0)
    subject_R = renumbered(grouped.subject[rows])[1]
    group_R = grouped.group[rows]
    tally = tally.rows(rows)
    sides_UG = np.array([np.isin(np.arange(len(grouped.groups)), side) for side in sides])
    who = Rows(subject_R, group_R, int(subject_R.max(initial=-1)) + 1, len(grouped.groups))
    value_U, error_U = side_estimates(flattened_statistics(tally, correctness), who, sides_UG)
    total_GF = tally.summed(group_R, len(grouped.groups)).sums
    found = []
    for side, value, error in zip(sides, value_U, error_U, strict=True):
        num_subjects = len(distinct(subject_R[np.isin(group_R, side)]))
        chance = float(correctness.chance(total_GF[list(side)].sum(0)))
        half_width = float(stdtrit(num_subjects - 1, (1 + level) / 2)) * error if num_subjects > 1 else np.inf
        found.append(bool(value - half_width > chance))
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
