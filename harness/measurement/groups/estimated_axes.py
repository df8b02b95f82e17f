"""Estimated axes: how the groups that people are estimated to be in relate to those that they are in.

Shapes: S subjects, R cells (a subject within one combination of groups), A groups of the axis.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from harness.arrays import Floats, Ints
from harness.attributes.estimate_errors import EstimateErrors
from harness.attributes.groups import Groups
from harness.measurement.cells import Cells
from harness.measurement.result_rows import RowFactory, Scope
from harness.metrics.tally import Tally
from harness.metrics.weighted_kappa import kappa, share_within
from harness.statistics.intervals import Range
from harness.statistics.subject_means import of_sums_over_subjects
from harness.tables.results import Result
from harness.wording import listed, quantity

KIND = "misclassification"
COARSER = "Coarser groups, or more people who are annotated, may help."


@dataclass(frozen=True)
class EstimatedAxis:
    """An estimated axis whose errors are known.

    Attributes:
        axis: with its groups.
        errors: how it errs.
        own: ``[S, A, A]``, samples by group of the reference and estimated group; None if other people say it.
        counts: ``[A, A]``, the same of all samples; or the other people.
        people: ``[A]``, how many people of each true group are behind the counts.
        used: the groups in which somebody is, or is estimated to be.
    """

    axis: Groups
    errors: EstimateErrors
    own: Floats | None
    counts: Floats
    people: Ints
    used: Ints

    def why_not(self, least: int) -> str | None:
        """Why nothing can be corrected, where fewer people than ``least`` are too few; None if it can."""
        if len(self.used) < 2:
            return "fewer than two groups"
        few = [self.axis.names[index] for index in self.used.tolist() if self.people[index] < least]
        if few:
            return f"the errors are known of fewer than {quantity(least, 'subject')} of {listed(few)}. {COARSER}"
        return None


def estimated_axes(
    errors: Mapping[str, EstimateErrors], tallies: Sequence[Tally], cells: Cells, axes: Sequence[Groups]
) -> Iterator[EstimatedAxis]:
    """Every axis whose errors are known.

    Args:
        errors: by name of the axis.
        tallies: one row per cell.
        cells: the subject and the groups of each row.
        axes: those that the cells distinguish.
    """
    by_name = {groups.axis: groups for groups in axes}
    for name, known in errors.items():
        if name in by_name and (known.reference is None or known.reference in by_name):
            of_reference = None if known.reference is None else by_name[known.reference]
            yield _estimated(by_name[name], known, of_reference, _num_samples(tallies), cells)


def _estimated(
    axis: Groups, errors: EstimateErrors, reference: Groups | None, samples_R: Floats, cells: Cells
) -> EstimatedAxis:
    num = len(axis.groups) - (axis.unknown is not None)  # the unknown come last
    estimated_R = cells.group[axis.axis]
    seen_A = np.bincount(estimated_R, weights=samples_R, minlength=num)[:num]
    if reference is None:
        at = [axis.names.index(group) for group in errors.groups if group in axis.names[:num]]
        kept = [index for index, group in enumerate(errors.groups) if group in axis.names[:num]]
        counts_AA = np.zeros((num, num))
        counts_AA[np.ix_(at, at)] = np.array(errors.counts, dtype=np.float64)[np.ix_(kept, kept)]
        people_A = counts_AA.sum(1).astype(np.int64)
        return EstimatedAxis(axis, errors, None, counts_AA, people_A, np.flatnonzero(seen_A > 0))
    place = {group: index for index, group in enumerate(axis.names[:num])}
    true_R = np.array([place.get(group, -1) for group in reference.names])[cells.group[reference.axis]]
    both = np.flatnonzero((true_R >= 0) & (estimated_R < num) & (samples_R > 0))
    own_SAA = np.zeros((cells.num_subjects, num, num))
    np.add.at(own_SAA, (cells.subject[both], true_R[both], estimated_R[both]), samples_R[both])
    counts_AA, people_A = own_SAA.sum(0), (own_SAA.sum(2) > 0).sum(0)
    used = np.flatnonzero((seen_A > 0) | (counts_AA.sum(1) > 0))
    return EstimatedAxis(axis, errors, own_SAA, counts_AA, people_A, used)


def _num_samples(tallies: Sequence[Tally]) -> Floats:
    """All samples of each cell: coverage is measured on them."""
    return next(
        metric.num_samples(tally.sums)
        for tally in tallies
        for metric in tally.metrics
        if metric.name == "coverage"
    )


def agreement_rows(factory: RowFactory, estimated: EstimatedAxis) -> Iterator[Result]:
    """How well the estimate agrees with the reference, over the samples that have both; nothing where none has."""
    own_SAA = estimated.own
    if own_SAA is None or not own_SAA.any():
        return
    size_S, ordered = own_SAA.sum((1, 2)), estimated.errors.ordered
    figures = {
        "weighted_kappa" if ordered else "kappa": (partial(kappa, ordered=ordered), Range(-1.0, 1.0)),
        "same_group": (partial(share_within, steps=0), Range(0.0, 1.0)),
    }
    if ordered:
        figures["within_one_step"] = (partial(share_within, steps=1), Range(0.0, 1.0))
    for name, (function, within) in figures.items():
        value, interval = of_sums_over_subjects(
            own_SAA[size_S > 0], function, size_S[size_S > 0], factory.settings.level, within
        )
        yield factory.result(
            Scope.on(estimated.axis),
            kind=KIND,
            metric="agreement",
            statistic="index",
            index=name,
            other_axis=estimated.errors.reference,
            value=value,
            lo=interval.lo,
            hi=interval.hi,
            level=None if interval.lo is None else factory.settings.level,
            method=interval.method,
            n_samples=int(size_S.sum()),
            n_subjects=int(np.count_nonzero(size_S)),
            n_unscored=0,
            note=interval.reason,
        )
