"""Samples and predictions → results and curves: metrics, overall and per group, and differences between groups.

A pure, seeded function of two tables. The same tables and settings give the same rows, in whatever order the
predictions stand. Rows of the tables are read once per model; all that follows costs subjects × groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from harness.attributes.grouping import MAX_GROUPS
from harness.attributes.groups import Groups, axes_of, group_samples
from harness.known_metrics import metric_facts
from harness.measurement import cells, levels
from harness.measurement.curve_rows import count_samples, degradation_curves, model_curves, sample_curves
from harness.measurement.groups.gap_rows import compare_groups, gap_rows, global_p
from harness.measurement.groups.group_comparison import GroupComparison
from harness.measurement.groups.intersections import search_rows, shrunken_rows
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import ModelCounts, count_model
from harness.measurement.models.gaps_less_raters import gaps_less_raters
from harness.measurement.models.shared_metrics import ComparedModel
from harness.measurement.result_rows import OVERALL, RowFactory, Scope
from harness.metrics.metric_facts import Shown
from harness.metrics.tally import Tally
from harness.statistics.multiplicity import holm
from harness.tables.alignment import align
from harness.tables.curves import Curve
from harness.tables.drawn_samples import DrawnSamples, drawn_samples
from harness.tables.predictions import model_conditions
from harness.tables.results import Result, results_table
from harness.tables.schemas import CLEAN, RATERS
from harness.verdicts.judge import not_tested


@dataclass(frozen=True)
class Measurement:
    """What was measured of a run.

    Attributes:
        results: the results table: models in order of name, ``clean`` before other conditions; overall, then the
            groups of each axis, then the differences between them; at the end the system's differences less those
            of human raters, where both are there.
        curves: the rows of the curves table.
        drawn: the samples that checks look at one by one, with the answers of the system under test, clean where
            it was asked so; None where no system is named, or it has no answers.
    """

    results: pa.Table
    curves: Sequence[Curve]
    drawn: DrawnSamples | None


def measure(
    samples: pa.Table, predictions: pa.Table, *, dataset: str, settings: MeasureSettings | None = None
) -> pa.Table:
    """Measure every model under every condition: the results of `measure_run`."""
    return measure_run(samples, predictions, dataset=dataset, settings=settings).results


def measure_run(
    samples: pa.Table,
    predictions: pa.Table,
    *,
    dataset: str,
    settings: MeasureSettings | None = None,
    always: pa.Array | None = None,
) -> Measurement:
    """Measure every model under every condition; the rows of each are brought beside the samples once.

    Args:
        samples: validated, see `harness.tables.samples.validate_samples`.
        predictions: validated, see `harness.tables.predictions.validate_predictions`.
        dataset: its name in the results.
        settings: the choices; by default those of `MeasureSettings`.
        always: ids of samples that are among those drawn in any case.

    Raises:
        HarnessError: an axis is not an attribute of the samples; labels cannot be mapped.
    """
    settings = settings or MeasureSettings()
    grouping = settings.grouping
    named = axes_of(samples) if grouping.axes is None else grouping.axes
    axes = [group_samples(samples, axis, grouping) for axis in named]
    rows: list[Result] = []
    curves: list[Curve] = []
    answers: dict[str, ComparedModel] = {}
    drawn: DrawnSamples | None = None
    for model, condition in model_conditions(predictions):
        aligned = align(
            samples,
            predictions,
            model=model,
            condition=condition,
            merge=settings.merge,
            match_on=settings.match_on or (),
        )
        run = RowFactory(dataset, model, condition, settings)
        of_model = count_model(aligned, usable(axes), outside=settings.outside)
        rows += model_rows(run, of_model, axes)
        curves += model_curves(run, of_model, usable(axes))
        if condition == CLEAN and model in (settings.system, RATERS):
            answers[model] = ComparedModel(model, of_model)
        if model == settings.system and drawn is None:
            drawn = drawn_samples(samples, predictions, aligned, seed=settings.seed, always=always)
    curves += [*degradation_curves(rows), *sample_curves(dataset, count_samples(samples))]
    rows += versus_raters_rows(dataset, answers, usable(axes), settings)
    return Measurement(results_table(rows), curves, drawn)


def versus_raters_rows(
    dataset: str, answers: Mapping[str, ComparedModel], axes: Sequence[Groups], settings: MeasureSettings
) -> Iterator[Result]:
    """The system's differences less those of human raters, where both are there.

    Args:
        dataset: its name in the results.
        answers: the system and the raters by name, under the clean condition.
        axes: that they were counted along.
        settings: the choices.
    """
    if settings.system in (None, RATERS) or len(answers) < 2:
        return
    system = answers[str(settings.system)]
    factory = RowFactory(dataset, system.name, CLEAN, settings, versus_model=RATERS)
    yield from gaps_less_raters(system, answers[RATERS], axes, factory)


def usable(axes: Sequence[Groups]) -> list[Groups]:
    """The axes with few enough groups to compare."""
    return [groups for groups in axes if len(groups.groups) <= MAX_GROUPS]


@dataclass(frozen=True)
class _Axis:
    """An axis with what was counted along it and what its groups were found to be."""

    grouped: cells.GroupTallies
    compared: tuple[GroupComparison, ...]


def model_rows(run: RowFactory, of_model: ModelCounts, axes: Sequence[Groups]) -> Iterator[Result]:
    """Everything that is measured of one model under one condition.

    Args:
        run: whose rows these are.
        of_model: its samples, counted along the `usable` axes.
        axes: all axes; one that is not usable gets a row that says so.
    """
    tallies, classes = of_model.tallies, of_model.classes
    yield from levels.overall_levels(run, cells.by_subject(tallies, of_model.cells))
    if of_model.unmeasured:
        for facts in metric_facts(run.settings.outside):
            if "probabilities" in facts.needs and facts.shown >= Shown.TERMINAL:
                yield _unmeasured(run, of_model, facts.base, OVERALL, of_model.unmeasured)
    for groups in axes:
        if len(groups.groups) > MAX_GROUPS:
            reason = f"{len(groups.groups)} groups; at most {MAX_GROUPS} can be compared"
            yield _unmeasured(run, of_model, "coverage", Scope.on(groups), reason)
    compares = run.settings.system in (None, run.model)
    found = []
    for groups in usable(axes):
        wanted = _narrowed(tallies, run.settings) if groups.is_intersection else tallies
        grouped = cells.by_group(wanted, of_model.cells, groups)
        yield from levels.group_levels(run, grouped, classes)
        found.append(_Axis(grouped, compare_groups(run, grouped, classes) if compares else ()))
    yield from _gaps(run, found)
    if compares:
        single = [groups for groups in usable(axes) if not groups.is_intersection]
        yield from search_rows(run, tallies, of_model.cells, single)


def _gaps(run: RowFactory, axes: Sequence[_Axis]) -> Iterator[Result]:
    """The differences on all axes; global tests are adjusted for all metrics and axes together."""
    adjusted = iter(holm(np.array([global_p(compared) for axis in axes for compared in axis.compared])).tolist())
    for axis in axes:
        for compared in axis.compared:
            yield from gap_rows(run, compared, axis.grouped, next(adjusted))
        if axis.compared and axis.grouped.axis.is_intersection:
            yield from shrunken_rows(run, axis.grouped)


def _narrowed(tallies: Sequence[Tally], settings: MeasureSettings) -> list[Tally]:
    """What is measured in every cell of an intersection: the metrics that are compared, and a few always."""
    kept = [
        replace(
            tally,
            metrics=tuple(m for m in tally.metrics if m.facts.in_every_cell or settings.compares(m.name)),
        )
        for tally in tallies
    ]
    return [tally for tally in kept if tally.metrics]


def _unmeasured(run: RowFactory, of_model: ModelCounts, metric: str, scope: Scope, reason: str) -> Result:
    return run.result(
        scope,
        metric=metric,
        value=None,
        n_samples=of_model.num_samples,
        n_subjects=of_model.cells.num_subjects,
        n_unscored=of_model.num_unscored,
        judgement=not_tested(reason),
    )
