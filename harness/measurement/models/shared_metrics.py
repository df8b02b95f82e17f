"""Several models on the same samples: the metrics that they share, with tallies of the same rows.

Shapes: M models, C positions (a subject, or a subject within one group), R rows (a position of one model), S
subjects, U units (the whole, or one group of one axis), k statistics.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints
from harness.attributes.groups import Groups
from harness.measurement.cells import Cells, by_group, by_subject
from harness.measurement.compared_scale import on_compared_scale
from harness.measurement.flattened import flattened_statistics, is_comparable
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import ModelCounts
from harness.measurement.result_rows import OVERALL, Scope
from harness.metrics.outcomes import is_of_outcomes, with_reasons
from harness.metrics.tally import Metric, Tally
from harness.statistics.sides import Additive


@dataclass(frozen=True)
class ComparedModel:
    """One of the models that are compared, with tallies of the samples that all share, in the same cells."""

    name: str
    counts: ModelCounts


@dataclass(frozen=True)
class Unit:
    """The whole or one group, on which models are compared; ``positions`` ``[C]`` are those that belong to it."""

    scope: Scope
    positions: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Layout:
    """The subject of each position ``[C]``, and the units: the whole, then all groups of every axis."""

    subject: Ints
    units: Sequence[Unit]


@dataclass(frozen=True)
class SharedMetric:
    """One metric of the models that have it, with the same statistics for all.

    Attributes:
        metric: of the first of them, see `harness.measurement.compared_scale`; its value is the same function
        for all.
        models: ``[M]``, the indices of the models, ascending.
        position: ``[R]``, 0 … C - 1.
        model: ``[R]``, 0 … M - 1: the index in ``models``.
        statistics: ``[R, k]``, and the metric as a function of their sum.
        num_samples: ``[R]``.
        num_unscored: ``[R]``.
    """

    metric: Metric
    models: Ints
    position: Ints
    model: Ints
    statistics: Additive
    num_samples: Floats
    num_unscored: Floats

    def differences(self, positions_C: npt.NDArray[np.bool_], weights_M: Floats) -> Floats:
        """The weighted sum of the models' metrics ``[C]``; NaN elsewhere, and where one of them is undefined."""
        sum_C = np.where(positions_C, 0.0, np.nan)
        for model in np.flatnonzero(weights_M):
            value_C = np.full(len(positions_C), np.nan)
            rows = np.flatnonzero(positions_C[self.position] & (self.model == model))
            value_C[self.position[rows]] = self.statistics.value(self.statistics.statistics[rows])
            sum_C += weights_M[model] * value_C
        return sum_C


def matched_tallies(models: Sequence[ComparedModel]) -> list[list[Tally]]:
    """Per model the tallies, one row per cell, with statistics of the same shape for all models.

    Tallies of outcomes get the reasons of all models. Bin edges differ between models.
    """
    reasons = sorted({reason for model in models for reason in model.counts.options.reasons})
    return [
        [with_reasons(tally, reasons) if is_of_outcomes(tally) else tally for tally in model.counts.tallies]
        for model in models
    ]


def compared_tallies(of_model: Sequence[Tally], settings: MeasureSettings) -> list[Tally]:
    """The tallies, reduced to the metrics that are compared."""
    kept = [replace(f, metrics=tuple(m for m in f.metrics if settings.compares(m.name))) for f in of_model]
    return [tally for tally in kept if tally.metrics]


def shared_metrics(tallies_of: Sequence[Sequence[Tally]]) -> Iterator[SharedMetric]:
    """Every metric that at least two models have and that is comparable.

    Args:
        tallies_of: per model, for the same C positions.
    """
    found: dict[str, list[tuple[int, Tally, Metric]]] = {}
    for index, of_model in enumerate(tallies_of):
        for tally in of_model:
            for metric in tally.metrics:
                if is_comparable(tally, metric):
                    found.setdefault(metric.name, []).append((index, tally, on_compared_scale(metric)))
    for having in found.values():
        if len(having) > 1:
            yield _stacked(having)


def lay_out(
    tallies_of: Sequence[Sequence[Tally]], cells: Cells, axes: Sequence[Groups]
) -> tuple[Layout, list[list[Tally]]]:
    """The positions at which models are compared, and the tallies of every model for them.

    One position per subject serves the whole and the axes on which each subject belongs to one group. An axis on
    which subjects belong to several groups adds a position for each subject within each of its groups. Cells of
    one subject are joined, because some statistics, such as squares of a row's sums, are not additive over its
    cells.

    Args:
        tallies_of: per model the tallies, one row per cell.
        cells: the cells of the tallies.
        axes: the axes on which models are compared.
    """
    parts = [[by_subject(of_model, cells) for of_model in tallies_of]]
    subjects = [np.arange(cells.num_subjects)]
    members: list[tuple[Scope, int, npt.NDArray[np.bool_]]] = [(OVERALL, 0, np.ones(cells.num_subjects, bool))]
    for axis in axes:
        grouped = [by_group(of_model, cells, axis) for of_model in tallies_of]
        subject_P, group_P = grouped[0].subject, grouped[0].group
        if len(subject_P) == cells.num_subjects:
            part, group_P = 0, group_P[np.argsort(subject_P)]
        else:
            part = len(parts)
            parts.append([list(of_model.tallies) for of_model in grouped])
            subjects.append(subject_P)
        members += [(Scope.on(axis, group), part, group_P == index) for index, group in enumerate(axis.groups)]
    starts = np.cumsum([0, *(len(each) for each in subjects)])
    units = [
        Unit(scope, np.pad(mask, (starts[part], starts[-1] - starts[part + 1]))) for scope, part, mask in members
    ]
    laid = [
        [replace(of[0], sums=np.concatenate([each.sums for each in of])) for of in zip(*of_model, strict=True)]
        for of_model in zip(*parts, strict=True)
    ]
    return Layout(np.concatenate(subjects), units), laid


def model_pairs(num_models: int) -> list[tuple[int, int]]:
    """All pairs of models, in order."""
    return list(combinations(range(num_models), 2))


def _stacked(having: Sequence[tuple[int, Tally, Metric]]) -> SharedMetric:
    """The rows of all models that have samples for the metric, one model after another."""
    positions = [np.flatnonzero(metric.num_samples(tally.sums) > 0) for _, tally, metric in having]
    chosen = [(tally.rows(rows), metric) for (_, tally, metric), rows in zip(having, positions, strict=True)]
    statistics = [flattened_statistics(tally, metric) for tally, metric in chosen]
    return SharedMetric(
        metric=having[0][2],
        models=np.array([index for index, _, _ in having]),
        position=np.concatenate(positions),
        model=np.repeat(np.arange(len(positions)), [len(rows) for rows in positions]),
        statistics=replace(statistics[0], statistics=np.concatenate([each.statistics for each in statistics])),
        num_samples=np.concatenate([metric.num_samples(tally.sums) for tally, metric in chosen]),
        num_unscored=np.concatenate([metric.num_unscored(tally.sums) for tally, metric in chosen]),
    )
