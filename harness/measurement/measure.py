"""Samples and predictions → results and curves: metrics, overall and per group, and differences between groups.

A pure, seeded function of two tables. The same tables and settings give the same rows, whatever the order of the
predictions. The tables are read once per model; the cost of everything else grows with subjects × groups.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.grouping import MAX_GROUPS
from harness.attributes.groups import Groups, axes_of, group_samples
from harness.attributes.people import SUBJECT_COLUMN
from harness.known_metrics import metric_facts
from harness.measurement import cells, levels
from harness.measurement.clips import ClipNumbers
from harness.measurement.conditions.paired_counts import CleanAnswers, PairedCounts
from harness.measurement.conditions.versus_clean import versus_clean_rows
from harness.measurement.curve_rows import count_samples, degradation_curves, model_curves, sample_curves
from harness.measurement.groups.associated_axes import association_rows, associations
from harness.measurement.groups.axis_comparison import AxisPlan, plan_axis
from harness.measurement.groups.better_than_chance import BetterThanChance
from harness.measurement.groups.corrected_gaps import gap_tests
from harness.measurement.groups.gap_rows import Beside, gap_rows
from harness.measurement.groups.group_comparison import compare_planned
from harness.measurement.groups.intersections import search_rows, shrunken_rows
from harness.measurement.groups.misclassified_groups import misclassified_rows
from harness.measurement.groups.planned_comparison import num_tests
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.model_counts import ModelCounts, count_model
from harness.measurement.models.gaps_less_reference import gaps_less_reference
from harness.measurement.models.shared_metrics import ComparedModel
from harness.measurement.result_rows import OVERALL, RowFactory, Scope
from harness.measurement.shares import measure_shares, parts_of_rows
from harness.metrics.metric_facts import Shown
from harness.metrics.tally import Tally
from harness.progress import UNSEEN, Share
from harness.tables.alignment import align, known_dimensions
from harness.tables.curves import Curve
from harness.tables.drawn_samples import DrawnSamples, drawn_samples
from harness.tables.predictions import model_conditions
from harness.tables.results import Result, ResultBlock, results_table
from harness.tables.schemas import CLEAN, RATERS
from harness.verdicts.judge import not_tested


@dataclass(frozen=True)
class Measurement:
    """The measurement of one run.

    Attributes:
        results: the results table: models in order of name, ``clean`` before other conditions; overall, then the
            groups of each axis, then the differences between them; then the system's differences minus those of
            human raters, if both are there; last, other conditions compared with ``clean``.
        curves: the rows of the curves table.
        drawn: the samples that the checks examine individually, with the answers of the system under test, under
            ``clean`` if there are such; None if no system is named or it has no answers.
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
    when_drawn: Callable[[DrawnSamples], None] | None = None,
    progress: Share = UNSEEN,
) -> Measurement:
    """Measure every model under every condition; each is aligned with the samples once.

    Args:
        samples: validated, see `harness.tables.samples.validate_samples`.
        predictions: validated, see `harness.tables.predictions.validate_predictions`.
        dataset: its name in the results.
        settings: the choices; by default those of `MeasureSettings`.
        always: ids of samples that must be among the drawn ones.
        when_drawn: called with these before the system is measured.
        progress: told of what is measured.

    Raises:
        HarnessError: an axis is not an attribute of the samples; labels cannot be mapped.
    """
    settings = settings or MeasureSettings()
    grouping = settings.grouping
    named = axes_of(samples) if grouping.axes is None else grouping.axes
    axes = [group_samples(samples, axis, grouping) for axis in named]
    clip = ClipNumbers().of(samples) if known_dimensions(samples) else None
    rows: list[Result | ResultBlock] = []
    curves: list[Curve] = []
    answers: dict[str, ComparedModel] = {}
    clean: CleanAnswers | None = None
    pairs: list[PairedCounts] = []
    drawn: DrawnSamples | None = None
    asked = model_conditions(predictions)
    shares = measure_shares(
        progress,
        asked,
        num_samples=samples.num_rows,
        num_people=pc.count_distinct(samples[SUBJECT_COLUMN]).as_py() if progress.is_seen else 0,
        num_groups=[len(groups.groups) for groups in usable(axes)],
        settings=settings,
    )
    for (model, condition), share in zip(asked, shares.blocks, strict=True):
        aligned = align(
            samples,
            predictions,
            model=model,
            condition=condition,
            merge=settings.merge,
            match_on=settings.match_on or (),
            votes=settings.votes_for(model),
        )
        if model == settings.system and drawn is None:
            drawn = drawn_samples(samples, predictions, aligned, seed=settings.seed, always=always)
            if when_drawn is not None:
                when_drawn(drawn)
        factory = RowFactory(dataset, model, condition, settings)
        on_clean = clean if condition != CLEAN and clean is not None and clean.model == model else None
        of_model = count_model(
            aligned,
            usable(axes),
            outside=settings.outside,
            clean=None if on_clean is None else on_clean.aligned,
            clip=clip,
        )
        share.bounds.end()
        share.counting.end()
        rows += model_rows(factory, of_model, axes, share.rows)
        curves += model_curves(factory, of_model, usable(axes))
        if condition == CLEAN:
            clean = CleanAnswers(model, aligned, of_model)
        elif on_clean is not None:
            same = on_clean.to_the_same(aligned, of_model, settings.outside)
            pairs.append(PairedCounts(model, condition, of_model, same))
        if condition == CLEAN and model in (settings.system, RATERS):
            answers[model] = ComparedModel(model, of_model)
    rows += versus_raters_rows(dataset, answers, usable(axes), settings)
    rows += versus_clean_rows(dataset, pairs, usable(axes), settings, shares.versus_clean)
    results = results_table(rows)
    curves += [*degradation_curves(results, settings.ungraded), *sample_curves(dataset, count_samples(samples))]
    return Measurement(results, curves, drawn)


def versus_raters_rows(
    dataset: str, answers: Mapping[str, ComparedModel], axes: Sequence[Groups], settings: MeasureSettings
) -> Iterator[Result]:
    """The system's differences minus those of human raters, if both are there.

    Args:
        dataset: its name in the results.
        answers: the system and the raters by name, under the clean condition.
        axes: the axes that their tallies distinguish.
        settings: the choices.
    """
    if settings.system in (None, RATERS) or len(answers) < 2:
        return
    system = answers[str(settings.system)]
    factory = RowFactory(dataset, system.name, CLEAN, settings, versus_model=RATERS)
    yield from gaps_less_reference(system, answers[RATERS], axes, factory)


def usable(axes: Sequence[Groups]) -> list[Groups]:
    """The axes with few enough groups to compare."""
    return [groups for groups in axes if len(groups.groups) <= MAX_GROUPS]


@dataclass(frozen=True)
class _Axis:
    """One axis: its tallies and the comparisons of its groups that are planned."""

    grouped: cells.GroupTallies
    plan: AxisPlan


def model_rows(
    factory: RowFactory, of_model: ModelCounts, axes: Sequence[Groups], progress: Share = UNSEEN
) -> Iterator[Result | ResultBlock]:
    """Everything that is measured of one model under one condition.

    Args:
        factory: makes the rows.
        of_model: its tallies, which distinguish the `usable` axes.
        axes: all axes; for one that is not usable there is a row that says so.
        progress: told of every group of each axis, of comparisons and of the search.
    """
    compares = factory.settings.system in (None, factory.model)
    sizes = [len(groups.groups) for groups in usable(axes)]
    parts = parts_of_rows(of_model.cells.num_subjects, sizes, compares=compares)
    overall, *along, gaps, search = progress.split(*parts)
    tallies, classes = of_model.tallies, of_model.classes
    yield levels.overall_levels(factory, cells.by_subject(tallies, of_model.cells))
    overall.end()
    if of_model.unmeasured:
        for facts in metric_facts(factory.settings.outside):
            if "probabilities" in facts.needs and facts.shown >= Shown.TERMINAL:
                yield _unmeasured(factory, of_model, facts.base, OVERALL, of_model.unmeasured)
    for groups in axes:
        if len(groups.groups) > MAX_GROUPS:
            reason = f"{len(groups.groups)} groups; at most {MAX_GROUPS} can be compared"
            yield _unmeasured(factory, of_model, "coverage", Scope.on(groups), reason)
    pairs = associations(of_model.cells, usable(axes)) if compares else []
    yield from association_rows(factory, pairs, of_model.num_samples)
    if compares:
        yield from misclassified_rows(factory, tallies, of_model.cells, usable(axes))
    found = []
    for groups, share in zip(usable(axes), along, strict=True):
        wanted = _narrowed(tallies, factory.settings) if groups.is_intersection else tallies
        grouped = cells.by_group(wanted, of_model.cells, groups)
        yield from levels.group_levels(factory, grouped, classes, share)
        plan = AxisPlan((), ())
        if compares:
            together = [pair for pair in pairs if pair.together and pair.axis.axis == groups.axis]
            answers = _answers_by_group(of_model, groups)
            plan = plan_axis(factory, grouped, classes, answers, together)
        found.append(_Axis(grouped, plan))
    yield from _gaps(factory, found, gaps)
    if compares:
        single = [groups for groups in usable(axes) if not groups.is_intersection]
        yield from search_rows(factory, tallies, of_model.cells, single)
    search.end()


def _answers_by_group(of_model: ModelCounts, groups: Groups) -> Tally | None:
    answers = of_model.answers
    return None if answers is None else cells.by_group([answers], of_model.cells, groups).tallies[0]


def _gaps(factory: RowFactory, axes: Sequence[_Axis], progress: Share) -> Iterator[Result | ResultBlock]:
    """The differences on all axes; p-values are corrected for all metrics and axes jointly.

    Differences with the same mix on both sides are corrected among themselves: they add no test to the others.
    """
    settings = factory.settings
    as_they_are = [planned for axis in axes for planned in axis.plan.as_they_are]
    with_same_mix = [mixed.planned for axis in axes for mixed in axis.plan.same_mix]
    most = max(num_tests(as_they_are), num_tests(with_same_mix))
    compared, same_mix = [], []
    shares = progress.split(*(sum(planned.cost for planned in axis.plan.all) for axis in axes))
    for axis, share in zip(axes, shares, strict=True):
        found = list(compare_planned(axis.plan.all, settings, most, share))
        compared.append(found[: len(axis.plan.as_they_are)])
        same_mix.append(found[len(axis.plan.as_they_are) :])
    tests, tests_of_same_mix = (
        iter(gap_tests([found for of_axis in each for found in of_axis])) for each in (compared, same_mix)
    )
    for axis, of_axis, others in zip(axes, compared, same_mix, strict=True):
        chance = BetterThanChance(axis.grouped, settings.level, settings.min_above_chance)
        besides: list[list[Beside]] = [[] for _ in of_axis]
        for mixed, other in zip(axis.plan.same_mix, others, strict=True):
            besides[mixed.index].append(Beside(mixed.kind, mixed.other_axis, other, next(tests_of_same_mix)))
        for one, beside in zip(of_axis, besides, strict=True):
            yield from gap_rows(factory, one, chance, next(tests), beside)
        if of_axis and axis.grouped.axis.is_intersection:
            yield from shrunken_rows(factory, axis.grouped)


def _narrowed(tallies: Sequence[Tally], settings: MeasureSettings) -> list[Tally]:
    """The metrics that are measured in every cell of an intersection: those compared, and a few in any case."""
    kept = [
        replace(
            tally,
            metrics=tuple(m for m in tally.metrics if m.facts.in_every_cell or settings.compares(m.name)),
        )
        for tally in tallies
    ]
    return [tally for tally in kept if tally.metrics]


def _unmeasured(factory: RowFactory, of_model: ModelCounts, metric: str, scope: Scope, reason: str) -> Result:
    return factory.result(
        scope,
        metric=metric,
        value=None,
        n_samples=of_model.num_samples,
        n_subjects=of_model.cells.num_subjects,
        n_unscored=of_model.num_unscored,
        judgement=not_tested(reason),
    )
