"""What refusing samples of low quality does: the accuracy of those that are kept, and whom it refuses.

Refused are the samples of the lowest grades of one measure, 5, 10 or 20 % of the study, and with them those whose
quality could not be measured, such as pictures without a face.

Shapes: N samples, R rows (a subject within one group).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from harness.arrays import Bools, Floats
from harness.attributes.group import THE_REST
from harness.attributes.groups import Groups
from harness.measurement.groups.planned_comparison import pairings
from harness.measurement.quality.graded_samples import GradedSamples
from harness.measurement.quality.two_ways_rows import ALIKE
from harness.measurement.result_rows import OVERALL, RowFactory, Scope
from harness.metrics.categorical import ACCURACY, UNSCORED
from harness.metrics.tally import FractionGradient, ratio
from harness.statistics.codes import renumbered
from harness.statistics.design import Design
from harness.statistics.intervals import MIN_DEFINED, Interval
from harness.statistics.max_t import contrasts_of, values_per_draw
from harness.statistics.relabelling import AmongSubjects
from harness.statistics.resampling import affordable_draws
from harness.statistics.sides import ROUNDING, Additive, Rows
from harness.statistics.subject_means import DIFFERENCE, SHARE, mean_over_subjects, of_sums_over_subjects
from harness.tables.quality_columns import NUM_GRADES
from harness.tables.results import Result

KIND = "refused_quality"
SHARES = (0.05, 0.1, 0.2)
REFUSED = "refused"
KEPT_LESS_ALL = "kept_less_all"
MAX_DRAWS = 2_000


def refused_quality_rows(factory: RowFactory, graded: GradedSamples) -> Iterator[Result]:
    """For each measure and share: accuracy among the kept, its change, whom it refuses, and how groups differ."""
    for measure, grade_N in graded.grade.items():
        refused = {share: grade_N <= round(share * NUM_GRADES) for share in SHARES}
        for share, refused_N in refused.items():
            yield from _accuracy_rows(factory, graded, measure, share, refused_N)
            yield _refused(factory, graded, OVERALL, measure, share, refused_N, np.ones_like(refused_N))
            for groups in graded.axes:
                for index, group in enumerate(groups.groups):
                    of_group = groups.index == index
                    if len(np.unique(graded.subject[of_group])) >= factory.settings.min_subjects:
                        scope = Scope.on(groups, group)
                        yield _refused(factory, graded, scope, measure, share, refused_N, of_group)
        for groups in graded.axes:
            yield from _gap_rows(factory, graded, groups, measure, list(refused.values()))


def _accuracy_rows(
    factory: RowFactory, graded: GradedSamples, measure: str, share: float, refused_N: Bools
) -> Iterator[Result]:
    kept_N = ~refused_N
    if not kept_N.any():
        return
    right_N = graded.is_right.astype(np.float64)
    columns: dict[str, Any] = {"kind": KIND, "metric": ACCURACY.base, "other_axis": measure, "threshold": share}
    about: dict[str, Any] = {
        "n_samples": int(kept_N.sum()),
        "n_subjects": len(np.unique(graded.subject[kept_N])),
        "n_unscored": int((graded.answer[kept_N] == UNSCORED).sum()),
    }
    level = factory.settings.level
    value, interval = mean_over_subjects(right_N[kept_N], graded.subject[kept_N], level, SHARE)
    yield factory.result(**columns, **about, **_bounds(factory, interval), value=value)
    _, row_N = np.unique(graded.subject, return_inverse=True)
    sums_S4 = np.column_stack(
        [np.bincount(row_N, of) for of in (right_N * kept_N, kept_N, right_N, np.ones(len(right_N)))]
    ).astype(np.float64)
    change, interval = of_sums_over_subjects(sums_S4, _kept_less_all, sums_S4[:, 3], level, DIFFERENCE)
    yield factory.result(
        **columns,
        **about,
        **_bounds(factory, interval),
        statistic="index",
        index=KEPT_LESS_ALL,
        value=change,
        own_value=value,
        versus_value=float(right_N.mean()),
    )


def _kept_less_all(sums_n4: Floats) -> Floats:
    return ratio(sums_n4[:, 0], sums_n4[:, 1]) - ratio(sums_n4[:, 2], sums_n4[:, 3])


def _refused(
    factory: RowFactory,
    graded: GradedSamples,
    scope: Scope,
    measure: str,
    share: float,
    refused_N: Bools,
    chosen_N: Bools,
) -> Result:
    """The share of some samples that is refused."""
    subject_n = graded.subject[chosen_N]
    value, interval = mean_over_subjects(
        refused_N[chosen_N].astype(np.float64), subject_n, factory.settings.level, SHARE
    )
    return factory.result(
        scope,
        kind=KIND,
        metric=REFUSED,
        other_axis=measure,
        threshold=share,
        value=value,
        **_bounds(factory, interval),
        n_samples=int(chosen_N.sum()),
        n_subjects=len(np.unique(subject_n)),
        n_unscored=0,
    )


def _bounds(factory: RowFactory, interval: Interval) -> dict[str, Any]:
    return {
        "lo": interval.lo,
        "hi": interval.hi,
        "level": None if interval.lo is None else factory.settings.level,
        "method": interval.method,
        "note": interval.reason,
    }


def _gap_rows(
    factory: RowFactory, graded: GradedSamples, groups: Groups, measure: str, refused: list[Bools]
) -> Iterator[Result]:
    """How the share that is refused differs between groups of enough people, simultaneous over an axis."""
    known = [index for index, group in enumerate(groups.groups) if not group.is_unknown]
    num_G = [len(np.unique(graded.subject[groups.index == index])) for index in range(len(groups.groups))]
    occurring = [index for index in known if num_G[index]]
    tested = [index for index in occurring if num_G[index] >= factory.settings.min_subjects]
    sides, between, against_rest = pairings(tested, occurring)
    pairs = (*between, *(against_rest if between else ()))
    if not pairs:
        return
    named = np.flatnonzero(np.isin(groups.index, known))
    code_R, row_n = renumbered(graded.subject[named] * len(groups.groups) + groups.index[named])
    size_R = np.bincount(row_n, minlength=len(code_R)).astype(np.float64)
    subject_R = renumbered(code_R // len(groups.groups))[1]
    rows = Rows(subject_R, code_R % len(groups.groups), int(subject_R.max()) + 1, len(groups.groups), size_R)
    sides_UL = np.array([np.isin(np.arange(len(groups.groups)), side) for side in sides])
    weights_KU = np.zeros((len(pairs), len(sides)))
    for contrast, (left, right) in enumerate(pairs):
        weights_KU[contrast, left], weights_KU[contrast, right] = 1.0, -1.0
    family_K = (np.arange(len(pairs)) >= len(between)).astype(np.int64)
    design = Design(sides_UL, weights_KU, family_K)
    shares = [
        Additive(
            np.column_stack([np.bincount(row_n, refused_N[named], len(code_R)), size_R]),
            lambda sums_2: ratio(sums_2[..., 0], sums_2[..., 1]),
            FractionGradient([1, 0], [0, 1]),
            SHARE,
        )
        for refused_N in refused
    ]
    draws = affordable_draws(
        min(factory.settings.permutations, MAX_DRAWS), values_per_draw(design, len(rows.label))
    )
    relabelling = AmongSubjects(rows.subject, rows.label)
    found = contrasts_of(shares, rows, design, relabelling, draws=draws, seed=factory.settings.seed)
    for share, of_share in zip(SHARES, found, strict=True):
        lo_K, hi_K = of_share.bounds(factory.settings.level)
        for contrast, (left, right) in enumerate(pairs):
            both = [sides[side] for side in (left, right)]
            of_pair = np.isin(groups.index, [index for side in both for index in side])
            is_known = bool(
                np.isfinite([lo_K[contrast], hi_K[contrast]]).all()
                and of_share.defined[contrast] >= MIN_DEFINED
                and (of_share.side_errors[[left, right]] > ROUNDING).all()
            )
            yield factory.result(
                Scope.on(groups, *(THE_REST if len(side) > 1 else groups.groups[side[0]] for side in both)),
                kind=KIND,
                metric=REFUSED,
                statistic="difference",
                other_axis=measure,
                threshold=share,
                value=float(of_share.value[contrast]),
                lo=float(lo_K[contrast]) if is_known else None,
                hi=float(hi_K[contrast]) if is_known else None,
                level=factory.settings.level if is_known else None,
                method=of_share.method if is_known else None,
                own_value=float(of_share.sides[left]),
                versus_value=float(of_share.sides[right]),
                n_samples=int(of_pair.sum()),
                n_subjects=len(np.unique(graded.subject[of_pair])),
                n_unscored=0,
                note=None if is_known else ALIKE,
            )
