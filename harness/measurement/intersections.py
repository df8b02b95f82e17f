"""Small intersections: values shrunken towards what their attributes say alone, and a search over all cells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from harness.attributes.grouping import TIMES, UNKNOWN
from harness.attributes.groups import Groups
from harness.measurement.cells import Cells, Pairs
from harness.measurement.run import Run
from harness.measurement.statistics_of import is_comparable, statistics_of
from harness.metrics.additive import Family, Floats, Ints, Metric
from harness.statistics.codes import renumbered
from harness.statistics.intervals import Range
from harness.statistics.max_t import side_estimates
from harness.statistics.search import Flag, search
from harness.statistics.search_cells import NO_GROUP
from harness.statistics.shrinkage import ALONE, shrunken
from harness.statistics.sides import Rows
from harness.tables import Result

SHRUNKEN = "shrunken:"
SEARCH = "search"


def shrunken_rows(run: Run, groups: Groups, pairs: Pairs) -> Iterator[Result]:
    """Every compared metric in every cell of an intersection, beside the raw levels.

    Args:
        run: whose rows these are.
        groups: of the intersection.
        pairs: one row per subject and cell.
    """
    names = [name for name in groups.names if name != UNKNOWN]
    parts_GA = _parts(names)
    for family in pairs.families:
        for metric in family.metrics:
            if not run.settings.compares(metric.name) or not is_comparable(family, metric):
                continue
            value_G, error_G, subjects_G, samples_G = _cell_estimates(family, metric, pairs, len(names))
            cells = shrunken(
                value_G,
                error_G,
                parts_GA,
                num_subjects_G=subjects_G,
                level=run.settings.level,
                within=Range(metric.low, metric.high),
            )
            for index, name in enumerate(names):
                yield run.result(
                    metric=f"{SHRUNKEN}{metric.name}",
                    axis=groups.axis,
                    group=name,
                    value=float(cells.value[index]),
                    lo=float(cells.lo[index]),
                    hi=float(cells.hi[index]),
                    level=run.settings.level,
                    method=ALONE if cells.predicted_only[index] else cells.method,
                    n_samples=int(samples_G[index]),
                    n_subjects=int(subjects_G[index]),
                    n_unscored=0,
                )


def search_rows(run: Run, families: Sequence[Family], cells: Cells, axes: Sequence[Groups]) -> Iterator[Result]:
    """Cells of a few attributes for which the first compared metric differs from all others, beyond chance.

    Args:
        run: whose rows these are.
        families: one row per cell of ``cells``.
        cells: who is counted where.
        axes: the single attributes.
    """
    chosen = [(f, m) for f in families for m in f.metrics if run.settings.compares(m.name) and is_comparable(f, m)]
    if not chosen or not axes or not run.settings.search_depth:
        return
    family, metric = chosen[0]
    rows = np.flatnonzero(metric.num_samples(family.sums) > 0)
    weight_R = metric.num_samples(family.sums[rows])
    codes_RA = np.stack(
        [_codes(groups, cells.group[groups.axis][rows]) for groups in axes],
        axis=1,
    )
    additive = statistics_of(family.rows(rows), metric)
    influence_R = additive.statistics @ additive.derived(additive.statistics.sum(0))
    found = search(
        influence_R * weight_R.sum(),
        weight_R,
        codes_RA,
        depth=run.settings.search_depth,
        min_subjects=run.settings.min_subjects,
        permutations=run.settings.permutations,
        level=run.settings.level,
        seed=run.settings.seed,
        subject_R=cells.subject[rows],
    )
    for flag in found.flags:
        yield _flag_row(run, metric, flag, axes, codes_RA, weight_R, found.num_cells)


def _flag_row(
    run: Run, metric: Metric, flag: Flag, axes: Sequence[Groups], codes_RA: Ints, weight_R: Floats, num: int
) -> Result:
    name = " & ".join(f"{axes[axis].axis}={axes[axis].names[value]}" for axis, value in flag.parts)
    inside_R = np.all([codes_RA[:, axis] == value for axis, value in flag.parts], axis=0)
    return run.result(
        metric=metric.name,
        statistic="difference",
        axis=SEARCH,
        group=f"{name} - rest",
        value=flag.difference,
        n_samples=int(weight_R[inside_R].sum()),
        n_subjects=flag.num_subjects,
        n_unscored=0,
        null_lo=-flag.band,
        null_hi=flag.band,
        reason=f"of {num:,} cells looked at, the most different one is beyond this with p = {flag.p_adjusted:.3g}",
    )


def _cell_estimates(
    family: Family, metric: Metric, pairs: Pairs, num_groups: int
) -> tuple[Floats, Floats, Ints, Ints]:
    """Value, standard error, subjects and samples of every cell."""
    samples_P = metric.num_samples(family.sums)
    rows = np.flatnonzero((samples_P > 0) & (pairs.group < num_groups))
    group_R = pairs.group[rows]
    subject_R = renumbered(pairs.subject[rows])[1]
    who = Rows(subject_R, group_R, int(subject_R.max(initial=-1)) + 1, num_groups)
    value_G, error_G = side_estimates(
        statistics_of(family.rows(rows), metric), who, np.eye(num_groups, dtype=bool)
    )
    subjects_G = np.bincount(group_R, minlength=num_groups)
    samples_G = np.bincount(group_R, weights=samples_P[rows], minlength=num_groups).astype(np.int64)
    return value_G, error_G, subjects_G, samples_G


def _parts(names: Sequence[str]) -> Ints:
    """The index of each attribute's value, ``[G, A]``."""
    values_AG = list(zip(*(name.split(TIMES) for name in names), strict=True))
    return np.stack([np.unique(values, return_inverse=True)[1] for values in values_AG], axis=1)


def _codes(groups: Groups, index_R: Ints) -> Ints:
    """The group of each row, `NO_GROUP` where it is unknown."""
    unknown = groups.names.index(UNKNOWN) if UNKNOWN in groups.names else NO_GROUP
    return np.where(index_R == unknown, NO_GROUP, index_R)
