"""A gap between groups as it is, the same gap at equal quality, and the difference of the two with its interval.

The two rest on the same people, so they are measured together: their uncertainties are not independent.

Shapes: R rows (a subject within one group), L groups, U sides, K gaps, k statistics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.arrays import Bools, Floats
from harness.measurement.measure_settings import MeasureSettings
from harness.statistics.contrasts import Contrasts
from harness.statistics.design import Design
from harness.statistics.intervals import MIN_DEFINED
from harness.statistics.max_t import contrasts, values_per_draw
from harness.statistics.relabelling import AmongSubjects
from harness.statistics.resampling import affordable_draws
from harness.statistics.sides import ROUNDING, Additive, Rows

MAX_DRAWS = 2_000
"""Permutations: these gaps have no verdicts, and there are many of them."""

NUM_SIDES = 4
"""Of a gap: left and right as they are, then left and right at equal quality."""


@dataclass(frozen=True)
class Bounded:
    """A number and its simultaneous interval; bounds of None if there is none."""

    value: float
    lo: float | None
    hi: float | None


@dataclass(frozen=True)
class TwoWays:
    """One gap.

    Attributes:
        raw: as the groups are.
        equal: at equal quality.
        change: raw less equal.
        equal_sides: the metric on both sides at equal quality.
        method: of the intervals.
    """

    raw: Bounded
    equal: Bounded
    change: Bounded
    equal_sides: tuple[float, float]
    method: str


def gaps_two_ways(
    raw: Additive,
    equal: Additive,
    rows: Rows,
    pairs: Sequence[tuple[tuple[int, ...], tuple[int, ...]]],
    family_K: Sequence[int],
    settings: MeasureSettings,
) -> list[TwoWays]:
    """Measure gaps both ways.

    Args:
        raw: the metric as it is.
        equal: the metric at equal quality, on the U sides of all gaps: see `NUM_SIDES`. What it gives on sides of
            gaps as they are is not used.
        rows: the subject and the group of each row.
        pairs: the groups on the left and on the right of each gap; at least one.
        family_K: of each gap, 0 …: intervals are simultaneous within a family, for each way on its own.
        settings: the level, the most permutations and the seed.
    """
    num = len(pairs)
    sides_UL = np.zeros((NUM_SIDES * num, rows.num_labels), dtype=np.bool_)
    for gap, sides in enumerate(pairs):
        for place, groups in enumerate((*sides, *sides)):
            sides_UL[NUM_SIDES * gap + place, list(groups)] = True
    ways = np.array([[1.0, -1.0, 0.0, 0.0], [0.0, 0.0, 1.0, -1.0], [1.0, -1.0, -1.0, 1.0]])
    families = [len(ways) * family + way for family in family_K for way in range(len(ways))]
    design = Design(sides_UL, np.kron(np.eye(num), ways), np.unique(families, return_inverse=True)[1])
    found = contrasts(
        _both(raw, equal, np.tile(np.array([True, True, False, False]), num)),
        rows,
        design,
        AmongSubjects(rows.subject, rows.label),
        draws=affordable_draws(min(settings.permutations, MAX_DRAWS), values_per_draw(design, len(rows.label))),
        seed=settings.seed,
    )
    bounded = _bounded(found, design, settings.level)
    sides_K2 = found.sides.reshape(num, NUM_SIDES)[:, 2:]
    return [
        TwoWays(
            raw=bounded[len(ways) * gap],
            equal=bounded[len(ways) * gap + 1],
            change=bounded[len(ways) * gap + 2],
            equal_sides=(float(left), float(right)),
            method=found.method,
        )
        for gap, (left, right) in enumerate(sides_K2)
    ]


def _both(raw: Additive, equal: Additive, is_raw_U: Bools) -> Additive:
    """The one metric on some sides, the other on the others."""
    num = raw.statistics.shape[1]

    def value(sums_Uk: Floats) -> Floats:
        of_sides: Floats = np.where(is_raw_U, raw.value(sums_Uk[..., :num]), equal.value(sums_Uk[..., num:]))
        return of_sides

    def derivative(sums_Uk: Floats) -> Floats:
        of_raw = raw.derived(sums_Uk[..., :num]) * is_raw_U[:, None]
        of_equal = equal.derived(sums_Uk[..., num:]) * ~is_raw_U[:, None]
        return np.concatenate([of_raw, of_equal], axis=-1)

    return Additive(np.concatenate([raw.statistics, equal.statistics], axis=1), value, derivative, raw.within)


def _bounded(found: Contrasts, design: Design, level: float) -> list[Bounded]:
    """Without an interval where a side has no spread between its subjects: they are all alike."""
    lo_K, hi_K = found.bounds(level)
    varies_U = found.side_errors > ROUNDING
    varies_K = ~((design.weights != 0) & ~varies_U).any(axis=1)
    known_K = np.isfinite(lo_K) & np.isfinite(hi_K) & (found.defined >= MIN_DEFINED) & varies_K
    columns = (found.value.tolist(), lo_K.tolist(), hi_K.tolist(), known_K.tolist())
    return [
        Bounded(value, *((lo, hi) if known else (None, None)))
        for value, lo, hi, known in zip(*columns, strict=True)
    ]
