"""Two or more models compared on the same samples, overall and in every group.

A pure, seeded function of arrays. All models are measured on the same samples, so the difficulty of the samples
cancels out. Intervals are simultaneous over the whole, all groups of all axes and all pairs of models. The null
distribution comes from exchanging the models within subjects.

Shapes: M models, C positions (a subject, or a subject within one group), R rows (a position of one model), U units
(the whole, or one group), K contrasts (a unit and a pair of models).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from harness.arrays import Ints
from harness.attributes.groups import Groups
from harness.measurement.cells import Cells
from harness.measurement.compared_scale import method_of
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.metric_gates import OF_DIFFERENCE, num_carrying, size_bias
from harness.measurement.models.model_contrast import ModelContrast, pairs_of
from harness.measurement.models.paired_intervals import alike_distances, interval_of, lone_reach, tail_of
from harness.measurement.models.shared_metrics import (
    ComparedModel,
    Layout,
    SharedMetric,
    Unit,
    compared_tallies,
    lay_out,
    matched_tallies,
    shared_metrics,
)
from harness.measurement.result_rows import OVERALL, Scope
from harness.metrics.tally import Metric, Tally
from harness.progress import UNSEEN, Share
from harness.statistics.contrasts import Contrasts
from harness.statistics.design import Design
from harness.statistics.intervals import Interval
from harness.statistics.max_t import contrasts, values_per_draw
from harness.statistics.multiplicity import holm_families
from harness.statistics.relabelling import WithinSubjects
from harness.statistics.resampling import affordable_draws
from harness.statistics.sides import Rows
from harness.verdicts.judge import Judgement, NoChanceTest, Undecided, Verdict, judge, not_tested
from harness.wording import quantity

ChanceOf = Callable[[Metric, Scope, Sequence[str]], Sequence[tuple[str, bool]] | NoChanceTest]
"""A metric, the whole or a group, and the names of models → whether each of these is better than chance there."""


@dataclass(frozen=True, kw_only=True)
class ModelDifference:
    """The difference between two models on one metric, overall or in one group.

    Attributes:
        metric: the metric, with its range and direction, on the scale on which it is compared.
        first, second: the models' names.
        scope: the whole, or one group of one axis.
        first_value, second_value: the metric of each model; NaN if undefined.
        value: the first minus the second.
        error: its standard error over subjects; NaN if there is none.
        first_error, second_error: those of both values; NaN also for a mean of several models.
        critical: the critical value of the interval in standard errors; NaN if there is none.
        lo, hi: the simultaneous interval; None if there is none, see the judgement.
        p: the p-value, adjusted for all units and pairs of models.
        p_corrected: the same, also corrected for the number of metrics (Holm).
        null_lo, null_hi: the central 95 % of such differences if the models are equivalent.
        num_samples, num_subjects: the numbers behind the difference.
        num_unscored: the unscored samples of the model that has more of them.
        tolerance: the largest difference that is accepted.
        judgement: of the difference; ``met`` if the models are equivalent.
        method: how the interval was computed.
    """

    metric: Metric
    first: str
    second: str
    scope: Scope
    first_value: float
    second_value: float
    value: float
    num_samples: int
    num_subjects: int
    num_unscored: int
    tolerance: float
    judgement: Judgement
    error: float = float("nan")
    first_error: float = float("nan")
    second_error: float = float("nan")
    critical: float = float("nan")
    lo: float | None = None
    hi: float | None = None
    p: float = float("nan")
    p_corrected: float = float("nan")
    null_lo: float | None = None
    null_hi: float | None = None
    method: str | None = None

    @property
    def verdict(self) -> Verdict:
        """What the judge said."""
        return self.judgement.verdict

    @property
    def is_overall(self) -> bool:
        """Whether it is over all samples."""
        return self.scope == OVERALL

    @property
    def axis(self) -> str:
        """The name of its axis."""
        return self.scope.axis

    @property
    def group(self) -> str:
        """The name of its group."""
        return self.scope.group.name

    @property
    def worse(self) -> str | None:
        """The model that is worse here beyond chance; None if neither is, or the metric has no direction."""
        if self.lo is None or self.hi is None or self.lo <= 0 <= self.hi:
            return None
        if self.metric.better not in ("higher", "lower"):
            return None
        first_is_higher = self.lo > 0
        return self.second if first_is_higher == (self.metric.better == "higher") else self.first


@dataclass(frozen=True)
class ModelComparison:
    """The outcome of a comparison.

    Attributes:
        differences: by metric, then unit (the whole before the groups of every axis), then pair of models.
        tallies: per model the tallies that were compared, one row per cell, from which levels are computed.
        cells: the cells of the tallies.
    """

    differences: Sequence[ModelDifference]
    tallies: Sequence[Sequence[Tally]]
    cells: Cells


def compare_models(
    models: Sequence[ComparedModel],
    axes: Sequence[Groups],
    settings: MeasureSettings,
    *,
    against_first: bool = False,
    simultaneous: bool = True,
    contrasts: Sequence[ModelContrast] | None = None,
    better_than_chance: ChanceOf | None = None,
    progress: Share = UNSEEN,
) -> ModelComparison:
    """Compare pairs of models on every metric that both have, overall and per group.

    Args:
        models: at least two, with different names and tallies of the same samples.
        axes: the groups of these samples; the tallies distinguish them.
        settings: the metrics to compare, tolerances, level, permutations and seed.
        against_first: only the first model with each of the others, instead of every pair.
        simultaneous: the intervals of a metric hold together; otherwise each holds for itself.
        contrasts: what is compared in place of pairs of models.
        better_than_chance: whether models are better than chance, where `met` depends on it; by default it does
            not, as two systems that guess are equivalent.
        progress: told of every metric.
    """
    cells = models[0].counts.cells
    names = [model.name for model in models]
    if contrasts is None:
        contrasts = pairs_of(names, against_first=against_first)
    tallies_of = [compared_tallies(of_model, settings) for of_model in matched_tallies(models)]
    layout, laid_out = lay_out(tallies_of, cells, axes)
    num_metrics = len({metric.name for tallies in tallies_of for tally in tallies for metric in tally.metrics})
    found = [
        paired.differences()
        for shared in progress.each(shared_metrics(laid_out), num_metrics)
        if (
            paired := _Paired(shared, layout, names, settings, contrasts, simultaneous, better_than_chance)
        ).compared
    ]
    corrected = holm_families([np.array([each.p for each in of_metric]) for of_metric in found])
    differences = [
        replace(each, p_corrected=float(p))
        for of_metric, p_K in zip(found, corrected, strict=True)
        for each, p in zip(of_metric, p_K, strict=True)
    ]
    return ModelComparison(differences, tallies_of, cells)


@dataclass(frozen=True)
class _Paired:
    """One metric of some models on the same cells; ``all_names`` are those of all models."""

    shared: SharedMetric
    layout: Layout
    all_names: Sequence[str]
    settings: MeasureSettings
    contrasts: Sequence[ModelContrast]
    simultaneous: bool
    better_than_chance: ChanceOf | None

    @cached_property
    def names(self) -> list[str]:
        """The models that have the metric."""
        return [self.all_names[model] for model in self.shared.models]

    @cached_property
    def compared(self) -> list[ModelContrast]:
        """The contrasts of which all models have the metric, among these models."""
        found = (contrast.among(self.shared.models) for contrast in self.contrasts)
        return [contrast for contrast in found if contrast is not None]

    def differences(self) -> list[ModelDifference]:
        """The differences by unit, and within a unit by pair of models."""
        why = [self._too_few(unit) for unit in self.layout.units]
        tested = [unit for unit, reason in zip(self.layout.units, why, strict=True) if reason is None]
        result = self._contrasts(tested) if tested else None
        found, contrast = [], 0
        for unit, reason in zip(self.layout.units, why, strict=True):
            for models in self.compared:
                if result is not None and reason is None:
                    found.append(self._tested(unit, models, result, contrast))
                    contrast += 1
                else:
                    found.append(
                        ModelDifference(**self._figures(unit, models), judgement=not_tested(reason or ""))
                    )
        return found

    def _too_few(self, unit: Unit) -> str | None:
        """Why a unit is not tested; None if it is."""
        least, num = self.settings.min_subjects, int(self._num_subjects(unit).min())
        return f"{quantity(num, 'subject')}; at least {least} are needed" if num < least else None

    def _contrasts(self, units: Sequence[Unit]) -> Contrasts:
        """The contrasts of every unit and, within it, of models, as one family or each alone."""
        num_models, shared = len(self.names), self.shared
        _, subject_R = np.unique(self.layout.subject[shared.position], return_inverse=True)
        label_R = shared.position * num_models + shared.model
        num_labels = len(self.layout.subject) * num_models
        design = _design(units, self.compared, num_models, simultaneous=self.simultaneous)
        draws = affordable_draws(self.settings.permutations, values_per_draw(design, len(label_R)))
        return contrasts(
            shared.statistics,
            Rows(subject_R, label_R, int(subject_R.max(initial=-1)) + 1, num_labels, shared.num_samples),
            design,
            WithinSubjects(subject_R, label_R, num_models),
            draws=draws,
            seed=self.settings.seed,
        )

    def _num_subjects(self, unit: Unit) -> Ints:
        """The subjects with samples of the unit, for each model's metric ``[M]``."""
        rows = [self._rows(unit, model) for model in range(len(self.names))]
        return np.array([len(np.unique(self.layout.subject[self.shared.position[each]])) for each in rows])

    def _rows(self, unit: Unit, model: int) -> Ints:
        return np.flatnonzero(unit.positions[self.shared.position] & (self.shared.model == model))

    def _figures(self, unit: Unit, models: ModelContrast) -> dict[str, Any]:
        """The fields of a difference that do not need an interval."""
        shared, rows = self.shared, {int(model): self._rows(unit, model) for model in models.models}
        value_M = np.full(len(self.names), np.nan)
        for model, each in rows.items():
            value_M[model] = float(shared.statistics.value(shared.statistics.statistics[each].sum(0)))
        first, second = models.values(value_M)
        return {
            "metric": shared.metric,
            "first": models.first,
            "second": models.second,
            "scope": unit.scope,
            "first_value": first,
            "second_value": second,
            "value": first - second,
            "num_samples": int(max(shared.num_samples[each].sum() for each in rows.values())),
            "num_subjects": int(self._num_subjects(unit)[models.models].min()),
            "num_unscored": int(max(shared.num_unscored[each].sum() for each in rows.values())),
            "tolerance": self.settings.tolerated(shared.metric.name),
        }

    def _tested(self, unit: Unit, models: ModelContrast, result: Contrasts, contrast: int) -> ModelDifference:
        figures, metric, level = self._figures(unit, models), self.shared.metric, self.settings.level
        num_subjects, alone = figures["num_subjects"], not self.simultaneous
        deviating = num_carrying(
            metric, self.shared.differences(unit.positions, models.weights), self.layout.subject, OF_DIFFERENCE
        )
        interval = interval_of(
            result,
            contrast,
            widest=metric.high - metric.low,
            num_subjects=num_subjects,
            level=level,
            lone=lone_reach(figures["value"], deviating, num_subjects, tail_of(result, level, alone=alone)),
            alone=alone,
        )
        null_lo, null_hi = result.null_ranges[contrast]
        first_error, second_error = self._errors(models, result, contrast)
        return ModelDifference(
            **figures,
            error=float(result.error[contrast]),
            first_error=first_error,
            second_error=second_error,
            critical=float(result.critical(level)[contrast]),
            lo=interval.lo,
            hi=interval.hi,
            p=float(result.p[contrast]),
            null_lo=null_lo,
            null_hi=null_hi,
            judgement=self._judged(unit, models, figures, interval),
            method=method_of(interval.method, metric),
        )

    def _errors(self, models: ModelContrast, result: Contrasts, contrast: int) -> tuple[float, float]:
        """The standard errors of both values, if each is that of one model."""
        start = contrast // len(self.compared) * len(self.names)
        error_M = result.side_errors[start : start + len(self.names)]
        first, second = (
            float(error_M[weights == 1].sum()) if (weights == 1).any() else float("nan")
            for weights in (models.first_weights, models.second_weights)
        )
        return first, second

    def _judged(
        self, unit: Unit, models: ModelContrast, figures: Mapping[str, Any], interval: Interval
    ) -> Judgement:
        shared = self.shared
        sizes = [int(shared.num_samples[self._rows(unit, model)].sum()) for model in models.models]
        above_chance: Sequence[tuple[str, bool]] | NoChanceTest = NoChanceTest.NOT_ASKED
        if self.better_than_chance is not None:
            names = [self.names[model] for model in models.models]
            above_chance = self.better_than_chance(shared.metric, unit.scope, names)
        return judge(
            value=figures["value"],
            interval=interval.bounds or str(interval.reason),
            tolerance=figures["tolerance"],
            too_few=None,  # such units are not compared at all
            above_chance=above_chance,
            min_above_chance=self.settings.min_above_chance,
            size_bias=size_bias(shared.metric, sizes),
            over_report=None,
            shrunk=None,
            undecided=Undecided(figures["num_subjects"], "subjects", alike_distances(figures["value"], interval)),
        )


def _design(
    units: Sequence[Unit], compared: Sequence[ModelContrast], num_models: int, *, simultaneous: bool
) -> Design:
    """Per unit a side for each model and its contrasts of models; label c · M + m is position c of model m."""
    model_M = np.eye(num_models, dtype=np.bool_)
    sides_UL = np.concatenate([np.kron(unit.positions, model_M) for unit in units]).astype(np.bool_)
    of_one = np.array([models.weights for models in compared])
    weights_KU = np.kron(np.eye(len(units)), of_one).astype(np.float64)
    return Design(sides_UL, weights_KU, None if simultaneous else np.arange(len(weights_KU)))
