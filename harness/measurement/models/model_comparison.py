"""Two or more models on the same samples: how they differ, overall and in every group, and for whom one is worse.

A pure, seeded function of arrays. Each model's metric is taken on the very same samples, so what is difficult in
them cancels out. Intervals hold for the whole, all groups of all axes and all pairs of models together; what is
beyond chance when models change places within every subject, is beyond chance.

Shapes: M models, C places (a subject, or one within a group), R rows (a place of one model), U units, K contrasts
(a unit and a pair of models).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.arrays import Ints
from harness.attributes.groups import Groups
from harness.measurement.cells import Cells, cells_of
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.models.paired_intervals import interval_of
from harness.measurement.models.shared_metrics import (
    ComparedModel,
    Layout,
    SharedMetric,
    Unit,
    compared_tallies,
    lay_out,
    pairs_of,
    shared_metrics,
)
from harness.measurement.result_rows import OVERALL, Place
from harness.metrics.tally import Metric, Tally
from harness.statistics.max_t import Contrasts, Design, contrasts
from harness.statistics.multiplicity import holm_families
from harness.statistics.relabelling import WithinSubjects
from harness.statistics.sides import Rows
from harness.statistics.verdicts import Verdict, verdict
from harness.wording import quantity


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How two models differ on one metric, overall or in one group.

    Attributes:
        metric: with its range and which way is better.
        first, second: the models' names.
        place: the whole, or one group of one axis.
        first_value, second_value: the metric of either; NaN where undefined.
        value: the first less the second.
        error: its standard error over subjects; NaN where there is none.
        lo, hi: the simultaneous interval; None where there is none, see ``why``.
        p: the chance of a difference as large anywhere, where models are alike: adjusted for all units and pairs.
        p_corrected: the same, corrected for the number of metrics (Holm).
        null_lo, null_hi: where 95 % of such differences lie where models are alike.
        num_samples, num_subjects: that it rests on.
        num_unscored: of the model that has more of them.
        tolerance: what the verdict holds it against.
        verdict: ``met`` where the interval lies within ± tolerance.
        method: how the interval was made.
        why: why there is no interval.
    """

    metric: Metric
    first: str
    second: str
    place: Place
    first_value: float
    second_value: float
    value: float
    num_samples: int
    num_subjects: int
    num_unscored: int
    tolerance: float
    verdict: Verdict
    error: float = float("nan")
    lo: float | None = None
    hi: float | None = None
    p: float = float("nan")
    p_corrected: float = float("nan")
    null_lo: float | None = None
    null_hi: float | None = None
    method: str | None = None
    why: str | None = None

    @property
    def is_overall(self) -> bool:
        """Whether it is over all samples."""
        return self.place == OVERALL

    @property
    def axis(self) -> str:
        """What its axis is called."""
        return self.place.axis

    @property
    def group(self) -> str:
        """What its group is called."""
        return self.place.group.name

    @property
    def worse(self) -> str | None:
        """The model that is worse here beyond chance; None where neither is, or the metric has no better side."""
        if self.lo is None or self.hi is None or self.lo <= 0 <= self.hi:
            return None
        if self.metric.better not in ("higher", "lower"):
            return None
        first_is_higher = self.lo > 0
        return self.second if first_is_higher == (self.metric.better == "higher") else self.first


@dataclass(frozen=True)
class Comparison:
    """What was found.

    Attributes:
        differences: by metric, then unit (the whole before the groups of every axis), then pair of models.
        tallies: per model the statistics that were compared, one row per cell, for their levels.
        cells: that these are counted into.
    """

    differences: Sequence[Difference]
    tallies: Sequence[Sequence[Tally]]
    cells: Cells


def compare(models: Sequence[ComparedModel], axes: Sequence[Groups], settings: MeasureSettings) -> Comparison:
    """Compare every pair of models on every metric that both have, overall and per group.

    Args:
        models: at least two, of different names, aligned with the same samples.
        axes: how these samples are grouped.
        settings: which metrics are compared, with which tolerances, level, permutations and seed.
    """
    cells = cells_of(models[0].aligned.subject, axes)
    names = [model.name for model in models]
    tallies_of = compared_tallies(models, cells, settings)
    layout, laid_out = lay_out(tallies_of, cells, axes)
    found = [
        _Paired(shared, layout, [names[model] for model in shared.models], settings).differences()
        for shared in shared_metrics(laid_out)
    ]
    corrected = holm_families([np.array([each.p for each in of_metric]) for of_metric in found])
    differences = [
        replace(each, p_corrected=float(p))
        for of_metric, p_K in zip(found, corrected, strict=True)
        for each, p in zip(of_metric, p_K, strict=True)
    ]
    return Comparison(differences, tallies_of, cells)


@dataclass(frozen=True)
class _Paired:
    """One metric of some models on the same cells."""

    shared: SharedMetric
    layout: Layout
    names: Sequence[str]
    settings: MeasureSettings

    def differences(self) -> list[Difference]:
        """Every unit, and within it every pair."""
        least = self.settings.min_subjects
        units = self.layout.units
        tested = [unit for unit in units if self._num_subjects(unit).min() >= least]
        result = self._contrasts(tested) if tested else None
        found, place = [], 0
        for unit in units:
            for pair in pairs_of(len(self.names)):
                plain = self._plain(unit, pair)
                if result is not None and unit in tested:
                    found.append(self._with_interval(plain, result, place))
                    place += 1
                else:
                    why = f"{quantity(plain.num_subjects, 'subject')}; at least {least} are needed"
                    found.append(replace(plain, verdict="not_tested", why=why))
        return found

    def _contrasts(self, units: Sequence[Unit]) -> Contrasts:
        """The contrasts of every unit and, within it, of every pair: one family."""
        num_models, shared = len(self.names), self.shared
        _, subject_R = np.unique(self.layout.subject[shared.place], return_inverse=True)
        label_R = shared.place * num_models + shared.model
        num_labels = len(self.layout.subject) * num_models
        return contrasts(
            shared.statistics,
            Rows(subject_R, label_R, int(subject_R.max(initial=-1)) + 1, num_labels),
            _design(units, num_models),
            WithinSubjects(subject_R, label_R, num_models),
            draws=self.settings.permutations,
            level=self.settings.level,
            seed=self.settings.seed,
        )

    def _num_subjects(self, unit: Unit) -> Ints:
        """Subjects with samples of the unit that each model's metric rests on, ``[M]``."""
        rows = [self._rows(unit, model) for model in range(len(self.names))]
        return np.array([len(np.unique(self.layout.subject[self.shared.place[each]])) for each in rows])

    def _rows(self, unit: Unit, model: int) -> Ints:
        return np.flatnonzero(unit.places[self.shared.place] & (self.shared.model == model))

    def _plain(self, unit: Unit, pair: tuple[int, int]) -> Difference:
        """The difference itself, without an interval."""
        shared, rows = self.shared, [self._rows(unit, model) for model in pair]
        totals = [shared.statistics.statistics[each].sum(0) for each in rows]
        values = [float(shared.statistics.value(total)) for total in totals]
        return Difference(
            metric=shared.metric,
            first=self.names[pair[0]],
            second=self.names[pair[1]],
            place=unit.place,
            first_value=values[0],
            second_value=values[1],
            value=values[0] - values[1],
            num_samples=int(max(shared.num_samples[each].sum() for each in rows)),
            num_subjects=int(self._num_subjects(unit)[list(pair)].min()),
            num_unscored=int(max(shared.num_unscored[each].sum() for each in rows)),
            tolerance=self.settings.tolerated(shared.metric.name),
            verdict="inconclusive",
        )

    def _with_interval(self, plain: Difference, result: Contrasts, place: int) -> Difference:
        metric, level = plain.metric, self.settings.level
        interval = interval_of(
            result, place, widest=metric.high - metric.low, num_subjects=plain.num_subjects, level=level
        )
        null_lo, null_hi = result.null_range(place, level)
        return replace(
            plain,
            error=float(result.error[place]),
            lo=interval.lo,
            hi=interval.hi,
            p=float(result.p[place]),
            null_lo=null_lo,
            null_hi=null_hi,
            verdict=verdict(interval.lo, interval.hi, plain.tolerance),
            method=interval.method,
            why=interval.reason,
        )


def _design(units: Sequence[Unit], num_models: int) -> Design:
    """Per unit a side for every model, and a contrast for every pair; label c · M + m is place c of model m."""
    model_M = np.eye(num_models, dtype=np.bool_)
    sides_UL = np.concatenate([np.kron(unit.places, model_M) for unit in units]).astype(np.bool_)
    pairs = pairs_of(num_models)
    of_one = np.zeros((len(pairs), num_models))
    for row, (first, second) in enumerate(pairs):
        of_one[row, first], of_one[row, second] = 1.0, -1.0
    return Design(sides_UL, np.kron(np.eye(len(units)), of_one).astype(np.float64))
