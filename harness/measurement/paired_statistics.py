"""Several models on the same samples: the metrics that they share, counted into the same rows.

Shapes: M models, C cells (a subject within one combination of groups), R rows (a cell of one model), S subjects, U
units (the whole, or one group of one axis), k statistics.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import numpy.typing as npt

from harness.alignment import Aligned
from harness.attributes.groups import Groups
from harness.measurement.cells import Cells
from harness.measurement.families import families
from harness.measurement.pooled import FamilyOptions, family_options
from harness.measurement.settings import MeasureSettings
from harness.measurement.statistics_of import is_comparable, statistics_of
from harness.metrics.additive import Family, Floats, Ints, Metric
from harness.statistics.sides import Additive

OVERALL = ("overall", "all")


@dataclass(frozen=True)
class Contestant:
    """One model, with its answers on the samples that all share."""

    name: str
    aligned: Aligned


@dataclass(frozen=True)
class Unit:
    """Where models are compared: the whole, or one group; ``cells`` says which of the ``[C]`` belong to it."""

    axis: str
    group: str
    cells: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class SharedMetric:
    """One metric of those contestants that have it, in the same statistics.

    Attributes:
        metric: of the first of them; its value is the same function for all.
        models: ``[M]``, which contestants, ascending.
        cell: ``[R]``, 0 … C - 1.
        model: ``[R]``, 0 … M - 1: the place in ``models``.
        statistics: with ``values`` ``[R, k]``.
        num_samples: ``[R]``.
        num_unscored: ``[R]``.
    """

    metric: Metric
    models: Ints
    cell: Ints
    model: Ints
    statistics: Additive
    num_samples: Floats
    num_unscored: Floats


def compared_families(
    contestants: Sequence[Contestant], cells: Cells, settings: MeasureSettings
) -> list[list[Family]]:
    """Per contestant the families, one row per cell, with those metrics alone that are compared."""
    found = []
    options = _common_options([contestant.aligned for contestant in contestants])
    for contestant, chosen in zip(contestants, options, strict=True):
        counted = families(contestant.aligned, cells.row, len(cells.subject), options=chosen)
        kept = [replace(f, metrics=tuple(m for m in f.metrics if settings.compares(m.name))) for f in counted]
        found.append([family for family in kept if family.metrics])
    return found


def shared_metrics(families_of: Sequence[Sequence[Family]]) -> Iterator[SharedMetric]:
    """Every metric that at least two contestants have, of few enough statistics to be compared.

    Args:
        families_of: per contestant, see `compared_families`.
    """
    found: dict[str, list[tuple[int, Family, Metric]]] = {}
    for index, of_model in enumerate(families_of):
        for family in of_model:
            for metric in family.metrics:
                if is_comparable(family, metric):
                    found.setdefault(metric.name, []).append((index, family, metric))
    for having in found.values():
        if len(having) > 1:
            yield _stacked(having)


def units_of(cells: Cells, axes: Sequence[Groups]) -> list[Unit]:
    """The whole, then the groups of every axis, also those without samples."""
    whole = Unit(*OVERALL, np.ones(len(cells.subject), dtype=np.bool_))
    groups = [
        Unit(axis.axis, name, cells.group[axis.axis] == index)
        for axis in axes
        for index, name in enumerate(axis.names)
    ]
    return [whole, *groups]


def pairs_of(num_models: int) -> list[tuple[int, int]]:
    """All pairs of models, in order."""
    return list(combinations(range(num_models), 2))


def _stacked(having: Sequence[tuple[int, Family, Metric]]) -> SharedMetric:
    """The rows of all models that the metric rests on, one model after another."""
    cells = [np.flatnonzero(metric.num_samples(family.sums) > 0) for _, family, metric in having]
    chosen = [(family.rows(rows), metric) for (_, family, metric), rows in zip(having, cells, strict=True)]
    statistics = [statistics_of(family, metric) for family, metric in chosen]
    return SharedMetric(
        metric=having[0][2],
        models=np.array([index for index, _, _ in having]),
        cell=np.concatenate(cells),
        model=np.repeat(np.arange(len(cells)), [len(rows) for rows in cells]),
        statistics=replace(statistics[0], statistics=np.concatenate([each.statistics for each in statistics])),
        num_samples=np.concatenate([metric.num_samples(family.sums) for family, metric in chosen]),
        num_unscored=np.concatenate([metric.num_unscored(family.sums) for family, metric in chosen]),
    )


def _common_options(alignments: Sequence[Aligned]) -> list[FamilyOptions]:
    """Each model's own options, with as many bins and with the same reasons, so that statistics have one shape.

    The bins stay each model's own, of equal mass; where one has fewer, empty bins follow, which change no value.
    """
    options = [family_options(aligned) for aligned in alignments]
    reasons = tuple(sorted({reason for each in options for reason in each.reasons}))
    confidence = _padded([each.confidence_edges for each in options])
    risk = _padded([each.risk_edges for each in options])
    score = _padded([each.score_edges for each in options])
    return [
        replace(
            each,
            reasons=reasons,
            confidence_edges=confidence[index],
            risk_edges=risk[index],
            score_edges=score[index],
        )
        for index, each in enumerate(options)
    ]


def _padded(edges: Sequence[Floats]) -> list[Floats]:
    most = max(len(each) for each in edges)
    return [np.append(each, np.full(most - len(each), np.inf)) for each in edges]
