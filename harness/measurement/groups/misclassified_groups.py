"""Gaps between estimated groups, corrected for the errors of the estimate.

People in the wrong group make a gap look smaller than it is. Beside the gaps as measured stand those of the true
groups, by the matrix method (`harness.statistics.misclassification`). They carry no verdict: they hold only if the
estimate errs without regard to whether the system does, which no study shows.

Shapes: S subjects, P rows (a subject within an estimated group), G groups that are used, U sides (the groups, then
for each of three or more all others), B resamples, K pairs of sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from harness.arrays import Bools, Floats
from harness.attributes.group import THE_REST, Group
from harness.attributes.groups import Groups
from harness.measurement.cells import Cells, GroupTallies, by_group
from harness.measurement.groups.estimated_axes import (
    COARSER,
    KIND,
    EstimatedAxis,
    agreement_rows,
    estimated_axes,
)
from harness.measurement.result_rows import RowFactory, Scope
from harness.metrics.tally import Functions, Metric, Tally
from harness.statistics.corrected_groups import (
    Inverses,
    corrected_groups,
    inverses_of_others,
    inverses_of_own,
    percentile_bounds,
)
from harness.statistics.misclassification import MAX_AMPLIFICATION, amplification
from harness.statistics.resampling import FEWEST_RESAMPLES, MOST_RESAMPLES, affordable_draws
from harness.statistics.threads import one_thread
from harness.tables.results import Result
from harness.wording import joined

METHOD = "matrix method; people and matrix resampled"
MIXED_UP = (
    f"the estimate mixes groups up so much that errors would grow more than {MAX_AMPLIFICATION:g}-fold. {COARSER}"
)


def misclassified_rows(
    factory: RowFactory, tallies: Sequence[Tally], cells: Cells, axes: Sequence[Groups]
) -> Iterator[Result]:
    """The rows of every estimated axis whose errors are known: agreement, and corrected levels and differences.

    Args:
        factory: makes the rows.
        tallies: one row per cell.
        cells: the subject and the groups of each row.
        axes: those that the cells distinguish.
    """
    for estimated in estimated_axes(factory.settings.errors, tallies, cells, axes):
        yield from agreement_rows(factory, estimated)
        with one_thread():
            yield from _corrected_rows(factory, tallies, cells, estimated)


def _corrected_rows(
    factory: RowFactory, tallies: Sequence[Tally], cells: Cells, estimated: EstimatedAxis
) -> Iterator[Result]:
    settings = factory.settings
    why = estimated.why_not(settings.min_subjects)
    inverses = None if why else _inverses(factory, estimated, cells.num_subjects)
    if inverses is not None and not inverses.is_usable:
        why = MIXED_UP
    yield _amplification_row(factory, estimated, inverses, why)
    if inverses is None or why is not None:
        return
    grouped = by_group(tallies, cells, estimated.axis)
    for tally in grouped.tallies:
        metrics = [metric for metric in tally.metrics if settings.compares(metric.name) and _is_of_sums(metric)]
        if metrics:
            yield from _metric_rows(factory, grouped, tally, metrics, estimated, inverses, cells.num_subjects)


def _inverses(factory: RowFactory, estimated: EstimatedAxis, num_subjects: int) -> Inverses:
    settings, used = factory.settings, estimated.used
    resamples = settings.resamples or affordable_draws(
        MOST_RESAMPLES, num_subjects * len(used) ** 2 * 16, least=FEWEST_RESAMPLES
    )
    if estimated.own is None:
        counts_GG = estimated.counts[np.ix_(used, used)].astype(np.int64)
        return inverses_of_others(counts_GG, resamples, settings.seed)
    return inverses_of_own(estimated.own[:, used[:, None], used], resamples, settings.seed)


def _is_of_sums(metric: Metric) -> bool:
    """Whether sums of true groups give the metric: not if it is of groups of one size, or over strata."""
    return metric.strata is None and metric.facts.size_bias is None and not metric.facts.squared


def _amplification_row(
    factory: RowFactory, estimated: EstimatedAxis, inverses: Inverses | None, why: str | None
) -> Result:
    value = None if inverses is None else float(amplification(inverses.point))
    own = estimated.own
    num = int(estimated.people.sum()) if own is None else int(np.count_nonzero(own.sum((1, 2))))
    return factory.result(
        Scope.on(estimated.axis),
        kind=KIND,
        metric="error_amplification",
        statistic="index",
        index="condition_number",
        other_axis=estimated.errors.reference,
        value=value if value is not None and np.isfinite(value) else None,
        threshold=MAX_AMPLIFICATION,
        n_samples=int(estimated.counts.sum()),
        n_subjects=num,
        n_unscored=0,
        note=joined(["of other people" if own is None else None, why]),
    )


def _metric_rows(
    factory: RowFactory,
    grouped: GroupTallies,
    tally: Tally,
    metrics: Sequence[Metric],
    estimated: EstimatedAxis,
    inverses: Inverses,
    num_subjects: int,
) -> Iterator[Result]:
    """The corrected levels and differences of the metrics of one tally."""
    place_A = np.full(len(grouped.groups), -1)
    place_A[estimated.used] = np.arange(len(estimated.used))
    group_P = place_A[grouped.group]
    sides_UG = _sides(len(estimated.used))
    found = corrected_groups(
        tally.sums,
        grouped.subject,
        group_P,
        sides_UG=sides_UG,
        num_subjects=num_subjects,
        inverses=inverses,
        metrics=Functions(metric.value for metric in metrics),
        sizes=Functions(metric.num_samples for metric in metrics),
        seed=factory.settings.seed,
    )
    in_group_GS = np.zeros((len(estimated.used), num_subjects), np.bool_)
    known = np.flatnonzero(group_P >= 0)
    in_group_GS[group_P[known], grouped.subject[known]] = True
    members_US = np.array([in_group_GS[side_G].any(0) for side_G in sides_UG])
    observed = np.array([tally.sums[np.isin(group_P, np.flatnonzero(side_G))].sum(0) for side_G in sides_UG])
    made = _Rows(factory, estimated, members_US, observed)
    for index, metric in enumerate(metrics):
        yield from made.of(metric, found.value[index], found.drawn[index])


def _sides(num_groups: int) -> Bools:
    """Each group, then for each of three or more all others ``[U, G]``; of two, the rest is the other one."""
    each = np.eye(num_groups, dtype=np.bool_)
    return each if num_groups < 3 else np.concatenate([each, ~each])


@dataclass(frozen=True)
class _Rows:
    """Makes the rows of the metrics of one tally.

    Attributes:
        factory: makes single ones.
        estimated: the axis.
        members: ``[U, S]``, who has samples on each side, as estimated.
        observed: ``[U, *F]``, the sums of each side, as estimated.
    """

    factory: RowFactory
    estimated: EstimatedAxis
    members: Bools
    observed: Floats

    def of(self, metric: Metric, raw_U: Floats, raw_BU: Floats) -> Iterator[Result]:
        """The level of every group, then the differences of every two, then of each group and the rest.

        The intervals of the differences of two groups hold together, and so do those from the rest.
        """
        value_U, drawn_BU = (raw.clip(metric.low, metric.high) for raw in (raw_U, raw_BU))
        num_groups, people_U = len(self.estimated.used), np.maximum(self.members.sum(1), 2)
        seen_U, level = metric.value(self.observed), self.factory.settings.level
        levels = percentile_bounds(drawn_BU, people_U, level=level)
        for group, value in enumerate(value_U[:num_groups].tolist()):
            beyond = "at the end of its range" if raw_U[group] != value and np.isfinite(value) else None
            yield self._row(metric, (group,), value, _bounds(levels, group), float(seen_U[group]), beyond)
        from_rest = [(group, num_groups + group) for group in range(len(value_U) - num_groups)]
        for pairs in (list(combinations(range(num_groups), 2)), from_rest):
            if not pairs:
                continue
            left_K, right_K = np.array(pairs, dtype=np.int64).T
            differences = percentile_bounds(
                drawn_BU[:, left_K] - drawn_BU[:, right_K],
                np.minimum(people_U[left_K], people_U[right_K]),
                level=level,
                num_joint=len(pairs),
            )
            for k, (left, right) in enumerate(pairs):
                yield self._row(
                    metric,
                    (left, right),
                    float(value_U[left] - value_U[right]),
                    _bounds(differences, k),
                    float(seen_U[left] - seen_U[right]),
                    None,
                    own_value=float(value_U[left]),
                    versus_value=float(value_U[right]),
                )

    def _group(self, side: int) -> Group:
        used = self.estimated.used
        return self.estimated.axis.groups[used[side]] if side < len(used) else THE_REST

    def _row(
        self,
        metric: Metric,
        sides: tuple[int, ...],
        value: float,
        bounds: tuple[float, float] | None,
        seen: float,
        beyond: str | None,
        **columns: float,
    ) -> Result:
        groups = [self._group(side) for side in sides]
        total = self.observed[list(sides)].sum(0)
        lo, hi = bounds if bounds and np.isfinite(value) else (None, None)
        missing = None
        if not np.isfinite(value):
            missing = "not defined: a group would have no samples, so these are not the errors of the estimate"
        elif lo is None:
            missing = "no interval: undefined in too many resamples, or all subjects alike"
        return self.factory.result(
            Scope.on(self.estimated.axis, *groups),
            kind=KIND,
            metric=metric.name,
            statistic="difference" if len(sides) > 1 else "level",
            other_axis=self.estimated.errors.reference,
            value=value,
            lo=lo,
            hi=hi,
            level=None if lo is None else self.factory.settings.level,
            method=None if lo is None else METHOD,
            n_samples=int(metric.num_samples(total)),
            n_subjects=int(self.members[list(sides)].any(0).sum()),
            n_unscored=int(metric.num_unscored(total)),
            note=joined([f"as estimated: {seen:.3f}", beyond, missing]),
            **columns,
        )


def _bounds(bounds: tuple[Floats, Floats], index: int) -> tuple[float, float] | None:
    lo, hi = float(bounds[0][index]), float(bounds[1][index])
    return (lo, hi) if lo < hi else None  # NaN where there is none
