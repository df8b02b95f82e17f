"""Differences between groups of subjects, with simultaneous intervals.

One pass gives each difference with its standard error over subjects, the distribution of the largest studentised
difference (max-t), from which critical values and p-values follow, and the null distribution of the differences.
Test and intervals agree: a difference is significant if its interval excludes zero.

The distribution comes from permuting subjects between groups (`relabelling`) and recomputing differences *and*
standard errors each time: a permutation test of unstudentised differences, or with fixed standard errors, does not
keep its level if groups differ in size or variance (DiCiccio, Vasudevan, Basu, Kenthapadi & Agarwal 2020,
arXiv:2007.05124; Chung & Romano 2013, doi:10.1214/13-AOS1090). Each studentised difference counts as a normal
deviate, by its own degrees of freedom (`freedom`): a small group that varies more than a large one would otherwise
raise two to three times as many false alarms as intended. If every group has `MANY_SUBJECTS`, the studentised
differences are close to normal and are drawn from Student's t with their estimated correlation instead, which is
much faster (Hothorn, Bretz & Westfall 2008, doi:10.1002/bimj.200810425).

Shapes: S subjects, R rows (a subject within one label), L labels, U sides, K contrasts, B draws, b draws in one
chunk, M families of contrasts; see `design`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints
from harness.metrics.tally import ratio
from harness.statistics.contrasts import Contrasts, NullRange, null_ranges
from harness.statistics.design import Design
from harness.statistics.intervals import Range
from harness.statistics.labelled_subjects import LabelledSubjects
from harness.statistics.largest_deviates import largest_deviates
from harness.statistics.relabelling import Relabelling
from harness.statistics.sides import Additive, Labelled, Measured, Rows, diagonal
from harness.statistics.studentised import (
    OnLogitScale,
    OnScale,
    on_logit_scale,
    on_own_scale,
)
from harness.statistics.threads import in_threads, one_thread

MANY_SUBJECTS = 200
"""If every side has this many subjects, Student's t replaces permutations (``benchmarks/validity``)."""

MAX_CHUNK_VALUES = 1_000_000
"""Values of rows in memory at a time: arrays twice as large are given back to the system and fetched again."""

MAX_BLOCK_VALUES = 700_000
"""The same for `LabelledSubjects`: more do not fit into the processor's cache, fewer are slower to begin with."""

MANY_SIDES = 20
"""From so many sides of subjects on, `LabelledSubjects` is faster than `Labelled`."""

VALUES_PER_CONTRAST = 80
"""What a contrast costs in each draw, in values of rows."""

PERMUTED = "simultaneous max-t over subjects, permuted"
STUDENT = "simultaneous max-t over subjects, Student's t"


def contrasts(
    metric: Additive, rows: Rows, design: Design, relabelling: Relabelling, *, draws: int, seed: int
) -> Contrasts:
    """Compare sides on one metric; see `contrasts_of`."""
    return contrasts_of([metric], rows, design, relabelling, draws=draws, seed=seed)[0]


def contrasts_of(
    metrics: Sequence[Additive],
    rows: Rows,
    design: Design,
    relabelling: Relabelling,
    *,
    draws: int,
    seed: int | Sequence[int],
    number: int = 0,
    always_permute: bool = False,
    told: Callable[[float], None] | None = None,
) -> list[Contrasts]:
    """Compare sides on several metrics of the same rows, with the same draws.

    Args:
        metrics: the metrics that are compared.
        rows: the subject and the label of each row.
        design: the sides and their contrasts.
        relabelling: draws labels under the null hypothesis.
        draws: the number of draws.
        seed: seed of the draws. Comparisons of the same subjects with the same seed are permuted together: draw b
            exchanges the same people in all of them, if every row is a subject.
        number: of the comparison. Student's t of those with other numbers is drawn apart: it knows no people, and
            with the same draws on every axis a correction for ten of them would be one for a single test.
        always_permute: permute even with many subjects.
        told: called with the part of the draws that is done.

    Returns:
        One for each metric.
    """
    metrics = _with_shared_statistics(metrics)
    seeds = [seed] if isinstance(seed, int) else [*seed]
    seeds.append(rows.num_subjects)
    with one_thread():
        observed = Labelled(rows, design.sides, rows.label[None])
        fewest = int(observed.num_subjects.min())
        measured = [observed.measure(metric) for metric in metrics]
        if always_permute or fewest < MANY_SUBJECTS:
            nulls = _permuted(metrics, rows, design, relabelling, _generator(seeds), draws, told)
            method = f"{PERMUTED} {draws:,} times"
        else:
            rng = _generator([*seeds, number])
            nulls = [_drawn(each, design, fewest - 1, rng, draws) for each in measured]
            method = STUDENT
    return [
        _result(metric, each, null, design, method)
        for metric, each, null in zip(metrics, measured, nulls, strict=True)
    ]


def _generator(seeds: Sequence[int]) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seeds)))


def values_per_draw(design: Design, num_rows: int) -> int:
    """What a draw costs, for `affordable_draws`."""
    return len(design.sides) * num_rows + VALUES_PER_CONTRAST * len(design.weights)


def side_estimates(metric: Additive, rows: Rows, sides_UL: npt.NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """The metric on each side ``[U]``, its standard errors over subjects and their degrees of freedom.

    Both are NaN for a side without subjects, the errors also for one of a single subject.
    """
    with one_thread():
        # There is no contrast, so no covariance of sides is asked for.
        measured = Labelled(rows, sides_UL, rows.label[None], apart=rows.are_subjects).measure(metric)
    inverse_U = diagonal(measured.overlap)[0]
    return measured.value[0], measured.error[0], ratio(np.ones_like(inverse_U), inverse_U)


@dataclass(frozen=True)
class _Draws:
    """Sides ``[B, U]`` with their errors, and the largest deviates of families ``[B, M]``."""

    sides: Floats
    side_errors: Floats
    largest: Floats

    @classmethod
    def joined(cls, parts: Sequence[_Draws]) -> _Draws:
        """Concatenate chunks."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


def _permuted(
    metrics: Sequence[Additive],
    rows: Rows,
    design: Design,
    relabelling: Relabelling,
    rng: np.random.Generator,
    draws: int,
    told: Callable[[float], None] | None,
) -> list[_Draws]:
    """Every metric under ``draws`` random relabellings."""
    apart = rows.are_subjects and design.is_apart
    by_label = apart and len(design.sides) >= MANY_SIDES
    most = MAX_BLOCK_VALUES if by_label else MAX_CHUNK_VALUES
    size = max(1, most // _values_in_memory(metrics, rows, design, by_label=by_label))

    def measured(labels_bR: Ints) -> list[_Draws]:
        if by_label:
            labelled: Labelled | LabelledSubjects = LabelledSubjects(rows, design.sides, labels_bR)
        else:
            labelled = Labelled(rows, design.sides, labels_bR, apart=apart)
        return [_draws_of(labelled.measure(metric), design, metric.within) for metric in metrics]

    labels = (relabelling.draw(rng, min(size, draws - start)) for start in range(0, draws, size))
    chunks = []
    for chunk in in_threads(measured, labels):
        chunks.append(chunk)
        if told is not None:
            told(min(len(chunks) * size / draws, 1.0))
    return [_Draws.joined(parts) for parts in zip(*chunks, strict=True)]


def _draws_of(measured: Measured, design: Design, within: Range | None) -> _Draws:
    return _Draws(measured.value, measured.error, largest_deviates(measured, design, within))


def _with_shared_statistics(metrics: Sequence[Additive]) -> list[Additive]:
    """The metrics with one array for equal statistics, whose sums are then computed once."""
    shared: list[Additive] = []
    for metric in metrics:
        alike = next((each for each in shared if np.array_equal(each.statistics, metric.statistics)), metric)
        shared.append(replace(metric, statistics=alike.statistics))
    return shared


def _values_in_memory(metrics: Sequence[Additive], rows: Rows, design: Design, *, by_label: bool) -> int:
    """The most values of one draw that are in memory together."""
    num_rows, num_sides = len(rows.label), len(design.sides)
    num_statistics = max(int(metric.statistics.shape[1]) for metric in metrics)
    if by_label:
        return max(num_rows, num_sides * num_statistics, len(design.weights))
    return num_sides * max(num_rows, num_statistics)


def _drawn(observed: Measured, design: Design, freedom: int, rng: np.random.Generator, draws: int) -> _Draws:
    """Sides drawn from Student's t around a common value, with their estimated covariance."""
    scale, vectors = np.linalg.eigh(observed.covariance[0])
    root_UU = vectors * np.sqrt(np.maximum(scale, 0.0))
    deviation_BU = rng.standard_normal((draws, len(scale))) @ root_UU.T
    spread_B1 = np.sqrt(rng.chisquare(freedom, (draws, 1)) / freedom)
    drawn = OnScale(
        design.value(deviation_BU), design.error(observed.covariance) * spread_B1, np.array([[float(freedom)]])
    )
    return _Draws(
        float(observed.value.mean()) + deviation_BU,
        observed.error * spread_B1,
        drawn.largest(design.families()),
    )


def _on_scales(metric: Additive, measured: Measured, design: Design) -> tuple[OnScale, OnLogitScale | None]:
    on_logit = None if metric.within is None else on_logit_scale(measured, design, metric.within)
    return on_own_scale(measured, design), on_logit


def _result(metric: Additive, measured: Measured, null: _Draws, design: Design, method: str) -> Contrasts:
    own, on_logit = _on_scales(metric, measured, design)
    ranges, defined_K = _under_the_null(null.sides, design)
    return Contrasts(
        sides=measured.value[0],
        side_errors=measured.error[0],
        own=own,
        on_logit=on_logit,
        family=design.family_of,
        largest=np.ascontiguousarray(null.largest.T),
        null_sides=null.sides,
        null_errors=null.side_errors,
        null_ranges=ranges,
        defined=defined_K,
        method=method,
    )


def _under_the_null(sides_BU: Floats, design: Design) -> tuple[list[NullRange], Floats]:
    """The range of each contrast, and in which share of the draws it is defined: all values of few at a time."""
    ranges: list[NullRange] = []
    defined = []
    size = max(1, MAX_CHUNK_VALUES // (2 * len(sides_BU)))
    for start in range(0, len(design.weights), size):
        null_BK = Design(design.sides, design.weights[start : start + size]).value(sides_BU)
        ranges += null_ranges(null_BK)
        defined.append(np.isfinite(null_BK).mean(axis=0))
    return ranges, np.concatenate(defined)
