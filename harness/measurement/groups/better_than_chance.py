"""Whether a system is better than chance in a group: a random one passes every test of parity."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

from harness.measurement.cells import Pairs
from harness.measurement.flattened import flattened_statistics
from harness.measurement.groups.group_comparison import Compared
from harness.metrics.tally import Metric, Tally
from harness.statistics.codes import distinct, renumbered
from harness.statistics.max_t import side_estimates
from harness.statistics.sides import Rows

DIMENSIONAL = ("ccc", "pearson", "rmse", "bias")


def better_than_chance(pairs: Pairs, compared: Compared, level: float) -> list[bool] | None:
    """For every side of a comparison, whether the system is surely better than chance there.

    What is held against chance is UAR where there are labels (accuracy can be matched by always giving the
    commonest answer), and CCC for a dimension. A side counts as better if the lower end of the two-sided interval
    (Student's t with the infinitesimal jackknife) lies above chance.

    Returns:
        ``[U]``; None where there is nothing to hold against chance.
    """
    chosen = _correctness(pairs, compared.metric)
    if chosen is None:
        return None
    tally, metric = chosen
    rows = np.flatnonzero(metric.num_samples(tally.sums) > 0)
    subject_R = renumbered(pairs.subject[rows])[1]
    group_R = pairs.group[rows]
    tally = tally.rows(rows)
    sides_UG = np.array([np.isin(np.arange(len(pairs.groups)), side.groups) for side in compared.sides])
    who = Rows(subject_R, group_R, int(subject_R.max(initial=-1)) + 1, len(pairs.groups))
    value_U, error_U = side_estimates(flattened_statistics(tally, metric), who, sides_UG)
    total_GF = tally.summed(group_R, len(pairs.groups)).sums
    found = []
    for side, value, error in zip(compared.sides, value_U, error_U, strict=True):
        members = np.isin(group_R, side.groups)
        num_subjects = len(distinct(subject_R[members]))
        assert metric.chance is not None
        chance = float(metric.chance(total_GF[list(side.groups)].sum(0)))
        reach = float(stdtrit(num_subjects - 1, (1 + level) / 2)) * error if num_subjects > 1 else np.inf
        found.append(bool(value - reach > chance))
    return found


def _correctness(pairs: Pairs, metric: Metric) -> tuple[Tally, Metric] | None:
    """The metric that says whether answers are right at all."""
    known = {m.name: (tally, m) for tally in pairs.tallies for m in tally.metrics if m.chance is not None}
    kind, _, dimension = metric.name.partition(":")
    if kind in DIMENSIONAL and f"ccc:{dimension}" in known:
        return known[f"ccc:{dimension}"]
    named = ["uar", *sorted(name for name in known if name.startswith("ccc:"))]
    return next((known[name] for name in named if name in known), None)
