"""Small intersections: values shrunk towards the additive prediction, and a search over all cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints
from harness.attributes.group import THE_REST, Group
from harness.attributes.grouping import SEARCH
from harness.attributes.groups import Groups
from harness.measurement.cells import Cells, GroupTallies
from harness.measurement.flattened import flattened_statistics, is_comparable
from harness.measurement.groups.shared_strata import strata_of_all
from harness.measurement.result_rows import RowFactory, Scope
from harness.metrics.tally import Metric, Tally
from harness.statistics.codes import renumbered
from harness.statistics.intervals import Range
from harness.statistics.max_t import side_estimates
from harness.statistics.search import search
from harness.statistics.search_cells import NO_GROUP
from harness.statistics.shrinkage import ALONE, shrunken
from harness.statistics.sides import Rows
from harness.tables.results import Result


@dataclass(frozen=True)
class _Cells:
    """One metric in every cell of an intersection: its value, its standard error, and the numbers behind them.

    The note says what is left out of the cells.
    """

    value: Floats
    error: Floats
    num_subjects: Ints
    num_samples: Ints
    num_unscored: Ints
    note: str | None = None


def shrunken_rows(factory: RowFactory, grouped: GroupTallies) -> Iterator[Result]:
    """Every compared metric in every cell of an intersection, shrunk; the raw levels are rows of their own.

    The indices ``interaction_sd`` and ``interaction_p`` describe the interaction of the attributes: the standard
    deviation of the cells around the additive effects, and the p-value of the test that it is zero.

    Args:
        factory: makes the rows.
        grouped: one row per subject and cell of an intersection.
    """
    known = [group for group in grouped.groups if not group.is_unknown]
    if len(known) < 2:
        return
    for tally in grouped.tallies:
        for metric in tally.metrics:
            if factory.settings.compares(metric.name) and is_comparable(tally, metric):
                raw = _raw(tally, metric, grouped, len(known), factory.settings.min_subjects)
                if raw is not None:
                    yield from _shrunken(factory, grouped.axis, known, metric, raw)


def search_rows(
    factory: RowFactory, tallies: Sequence[Tally], cells: Cells, axes: Sequence[Groups]
) -> Iterator[Result]:
    """Cells of a few attributes in which a metric differs from all other samples beyond chance.

    The metric is that of the settings, by default the first that is compared. One that is no ratio of sums is
    replaced by its influence values, which add up: differences are then those of the first order. The index
    ``cells`` is the number of cells that were searched; it is there even if none is flagged.

    Args:
        factory: makes the rows.
        tallies: one row per cell of ``cells``.
        cells: the subject and the groups of each row.
        axes: the axes of one attribute.
    """
    chosen = [
        (f, m) for f in tallies for m in f.metrics if factory.settings.searches(m.name) and is_comparable(f, m)
    ]
    if not chosen or not axes or not factory.settings.search_depth:
        return
    tally, metric = chosen[0]
    rows = np.flatnonzero(metric.num_samples(tally.sums) > 0)
    if not len(rows):
        return
    tally = tally.rows(rows)
    codes_RA = np.stack([_codes(groups, cells.group[groups.axis][rows]) for groups in axes], axis=1)
    additive = flattened_statistics(tally, metric)
    weight_R = metric.num_samples(tally.sums)
    found = search(
        additive.statistics @ additive.derived(additive.statistics.sum(0)) * weight_R.sum(),
        weight_R,
        codes_RA,
        depth=factory.settings.search_depth,
        min_subjects=factory.settings.min_subjects,
        permutations=factory.settings.permutations,
        level=factory.settings.level,
        seed=factory.settings.seed,
        subject_R=cells.subject[rows],
    )
    everyone = np.ones(len(rows), dtype=np.bool_)
    yield factory.result(
        Scope(SEARCH, ()),
        **_about(metric, tally, everyone, cells.subject[rows]),
        kind="search",
        statistic="index",
        index="cells",
        value=float(found.num_cells),
        note=f"{metric.name} in combinations of up to {found.depth} attributes; {found.num_skipped:,} more have "
        "too few subjects",
    )
    for flag in found.flags:
        attributes = tuple(axes[axis].axis for axis, _ in flag.parts)
        values = tuple(axes[axis].names[value] for axis, value in flag.parts)
        name = " & ".join(f"{attribute}={value}" for attribute, value in zip(attributes, values, strict=True))
        inside_R = np.all([codes_RA[:, axis] == value for axis, value in flag.parts], axis=0)
        yield factory.result(
            Scope(SEARCH, attributes, Group(name, values), THE_REST),
            **_about(metric, tally, inside_R, cells.subject[rows]),
            kind="search",
            statistic="difference",
            value=flag.difference,
            null_lo=-flag.band,
            null_hi=flag.band,
            note=f"p = {flag.p_adjusted:.3g}, adjusted for all {found.num_cells:,} cells of the search",
        )


def _shrunken(
    factory: RowFactory, axis: Groups, known: Sequence[Group], metric: Metric, raw: _Cells
) -> Iterator[Result]:
    cells = shrunken(
        raw.value,
        raw.error,
        _parts(known),
        num_subjects_G=raw.num_subjects,
        level=factory.settings.level,
        within=Range(metric.low, metric.high),
    )
    for name, value in (("interaction_sd", cells.between_sd), ("interaction_p", cells.interaction_p)):
        yield factory.result(
            Scope.on(axis),
            kind="shrunken",
            metric=metric.name,
            statistic="index",
            index=name,
            value=value,
            n_samples=int(raw.num_samples.sum()),
            n_subjects=int(raw.num_subjects.sum()),
            n_unscored=int(raw.num_unscored.sum()),
        )
    for index, group in enumerate(known):
        yield factory.result(
            Scope.on(axis, group),
            kind="shrunken",
            metric=metric.name,
            value=float(cells.value[index]),
            lo=float(cells.lo[index]),
            hi=float(cells.hi[index]),
            level=factory.settings.level,
            method=ALONE if cells.predicted_only[index] else cells.method,
            n_samples=int(raw.num_samples[index]),
            n_subjects=int(raw.num_subjects[index]),
            n_unscored=int(raw.num_unscored[index]),
            note=raw.note,
        )


def _raw(tally: Tally, metric: Metric, grouped: GroupTallies, num_groups: int, least: int) -> _Cells | None:
    """The cells, over the strata that all have if the metric is standardised; None if there are none."""
    rows = np.flatnonzero((metric.num_samples(tally.sums) > 0) & (grouped.group < num_groups))
    group_R = grouped.group[rows]
    subject_R = renumbered(grouped.subject[rows])[1]
    chosen = tally.rows(rows)
    who = Rows(subject_R, group_R, int(subject_R.max(initial=-1)) + 1, num_groups)
    additive, note = flattened_statistics(chosen, metric), None
    num_R, unscored_R = metric.num_samples(chosen.sums), metric.num_unscored(chosen.sums)
    if metric.strata is not None:
        shared = strata_of_all(metric.strata, metric.strata.split(chosen.sums), who, least)
        if shared is None:
            return None
        additive, note, num_R, unscored_R = (
            shared.additive(Range(metric.low, metric.high)),
            shared.notes[0],
            *shared.in_kept,
        )
    value_G, error_G, _ = side_estimates(additive, who, np.eye(num_groups, dtype=bool))

    def summed(counts_R: Floats) -> Ints:
        return np.bincount(group_R, weights=counts_R, minlength=num_groups).astype(np.int64)

    return _Cells(
        value_G, error_G, summed((num_R > 0).astype(np.float64)), summed(num_R), summed(unscored_R), note
    )


def _about(metric: Metric, tally: Tally, members_R: npt.NDArray[np.bool_], subject_R: Ints) -> dict[str, Any]:
    """The columns of a row about some rows of a tally: the metric, and the samples and subjects behind it."""
    total = tally.sums[members_R].sum(0)
    return {
        "metric": metric.name,
        "n_samples": int(metric.num_samples(total)),
        "n_subjects": len(np.unique(subject_R[members_R])),
        "n_unscored": int(metric.num_unscored(total)),
    }


def _parts(groups: Sequence[Group]) -> Ints:
    """The index of each attribute's value, ``[G, A]``."""
    values_AG = list(zip(*(group.values or () for group in groups), strict=True))
    return np.stack([np.unique(values, return_inverse=True)[1] for values in values_AG], axis=1)


def _codes(groups: Groups, index_R: Ints) -> Ints:
    """The group of each row, `NO_GROUP` if it is unknown."""
    return index_R if groups.unknown is None else np.where(index_R == groups.unknown, NO_GROUP, index_R)
