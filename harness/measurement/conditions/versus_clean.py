"""Every condition compared with clean media, as rows of the results.

The samples are the same, so their difficulty cancels out as in a comparison of two models
(`harness.measurement.models`): it is the same comparison, with conditions in the place of models.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.attributes.groups import Groups
from harness.measurement.conditions.chance_gate import ChanceGate
from harness.measurement.conditions.paired_counts import PairedCounts
from harness.measurement.conditions.relative_error import NOT_CLEAR, relative_error
from harness.measurement.conditions.severity_area import SeveritySeries, severity_series
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.models.comparison_rows import difference_row
from harness.measurement.models.gaps_less_reference import gaps_less_reference
from harness.measurement.models.model_comparison import ModelDifference, compare_models
from harness.measurement.models.model_contrast import ModelContrast
from harness.measurement.models.shared_metrics import ComparedModel
from harness.measurement.result_rows import RowFactory
from harness.progress import UNSEEN, Share
from harness.statistics.multiplicity import holm_families
from harness.tables.results import Result
from harness.tables.schemas import CLEAN
from harness.verdicts.judge import not_tested
from harness.wording import joined, quantity

RELATIVE_ERROR = "relative_error"

GAPS_COMPARED = 8
"""What it costs to compare the gaps on an axis with those on clean media, in comparison with all differences."""


def versus_clean_rows(
    dataset: str,
    pairs: Sequence[PairedCounts],
    axes: Sequence[Groups],
    settings: MeasureSettings,
    progress: Share = UNSEEN,
) -> Iterator[Result]:
    """The rows of all models: by model and condition, then the areas over severities.

    Of each condition: the difference of every compared metric over the whole and in every group, with simultaneous
    intervals; the relative errors; and every gap between groups minus the same gap on clean media. p-values are
    also corrected for all metrics, conditions and areas of a model (Holm).

    Args:
        dataset: its name in the results.
        pairs: of any number of models.
        axes: the axes that the tallies distinguish; compared for the system under test alone if it is named.
        settings: the choices.
        progress: told of every comparison.
    """
    models = list(Counter(pair.model for pair in pairs).items())
    for (model, _), share in zip(models, progress.split(*(num for _, num in models)), strict=True):
        own = [pair for pair in pairs if pair.model == model]
        on = axes if settings.system in (None, model) else ()
        series = severity_series(own, settings.ungraded)
        of_gaps = [GAPS_COMPARED * len(on)] * len(own)
        shares = share.split(*[1] * (len(own) + len(series)), *of_gaps)
        comparing, with_gaps = shares[: -len(own)], shares[-len(own) :]
        corrected = _corrected(
            [
                *(_compared(pair, on, settings, of) for pair, of in zip(own, comparing, strict=False)),
                *(_area(one, on, settings, of) for one, of in zip(series, comparing[len(own) :], strict=True)),
            ]
        )
        for pair, differences, of in zip(own, corrected, with_gaps, strict=False):
            yield from _Rows(dataset, pair, on, settings).all(differences, of)
            of.end()
        for one, differences in zip(series, corrected[len(own) :], strict=True):
            yield from _area_rows(dataset, model, one, differences, settings)


def _compared(
    pair: PairedCounts, axes: Sequence[Groups], settings: MeasureSettings, progress: Share
) -> Sequence[ModelDifference]:
    both = {pair.condition: pair.changed, CLEAN: pair.clean}
    models = [ComparedModel(name, counts) for name, counts in both.items()]
    gate = ChanceGate(both, axes, settings)
    return compare_models(models, axes, settings, better_than_chance=gate, progress=progress).differences


def _area(
    series: SeveritySeries, axes: Sequence[Groups], settings: MeasureSettings, progress: Share
) -> Sequence[ModelDifference]:
    """The area of every metric minus its value on clean media; nothing where the samples differ."""
    if not series.same_samples:
        return ()
    counts = {CLEAN: series.pairs[0].clean, **{pair.condition: pair.changed for pair in series.pairs}}
    weights_M = series.weights()
    area = ModelContrast(series.family, CLEAN, weights_M, np.eye(len(weights_M))[0])
    return compare_models(
        [ComparedModel(name, of_one) for name, of_one in counts.items()],
        axes,
        settings,
        contrasts=[area],
        better_than_chance=ChanceGate(counts, axes, settings),
        progress=progress,
    ).differences


def _corrected(compared: Sequence[Sequence[ModelDifference]]) -> list[list[ModelDifference]]:
    """The differences with p-values that are corrected over all metrics of all comparisons."""
    families: dict[tuple[int, str], list[ModelDifference]] = {}
    for number, differences in enumerate(compared):
        for d in differences:
            families.setdefault((number, d.metric.name), []).append(d)
    corrected = holm_families([np.array([d.p for d in of_one]) for of_one in families.values()])
    found: list[list[ModelDifference]] = [[] for _ in compared]
    for (number, _), of_one, p_K in zip(families, families.values(), corrected, strict=True):
        found[number] += [replace(d, p_corrected=float(p)) for d, p in zip(of_one, p_K, strict=True)]
    return found


@dataclass(frozen=True)
class _Rows:
    """Makes the rows of one model under one condition."""

    dataset: str
    pair: PairedCounts
    axes: Sequence[Groups]
    settings: MeasureSettings

    @property
    def factory(self) -> RowFactory:
        """Makes rows of the condition versus clean media."""
        return RowFactory(
            self.dataset, self.pair.model, self.pair.condition, self.settings, versus_condition=CLEAN
        )

    def all(self, differences: Sequence[ModelDifference], progress: Share) -> Iterator[Result]:
        """All rows."""
        left_out = self.pair.changed.num_not_applicable
        note = f"without {quantity(left_out, 'sample')} that cannot be changed" if left_out else None
        for d in differences:
            yield difference_row(self.factory, d, note)
            yield from _relative_errors(self.factory, d)
        both = ComparedModel(self.pair.condition, self.pair.changed), ComparedModel(CLEAN, self.pair.clean)
        for row in gaps_less_reference(*both, self.axes, self.factory, progress):
            yield replace(row, note=joined((row.note, note)))


def _relative_errors(factory: RowFactory, d: ModelDifference) -> Iterator[Result]:
    found = relative_error(d)
    if found is None:
        return
    known = found.lo is not None
    yield factory.result(
        d.scope,
        metric=d.metric.name,
        statistic="index",
        index=RELATIVE_ERROR,
        value=found.value,
        lo=found.lo,
        hi=found.hi,
        level=factory.settings.level if known else None,
        method=f"{d.method}; on the logarithm" if known else None,
        n_samples=d.num_samples,
        n_subjects=d.num_subjects,
        n_unscored=d.num_unscored,
        own_value=found.error,
        versus_value=found.clean_error,
        note=None if found.value is not None else NOT_CLEAR,
    )


def _area_rows(
    dataset: str,
    model: str,
    series: SeveritySeries,
    differences: Sequence[ModelDifference],
    settings: MeasureSettings,
) -> Iterator[Result]:
    factory = RowFactory(dataset, model, series.family, settings, versus_condition=CLEAN)
    steps = ", ".join(f"{severity:g}" for severity in series.severities)
    for d in differences:
        yield difference_row(factory, d, f"area under the curve over severities 0 (clean), {steps}")
    if series.same_samples:
        return
    reason = "no area over severities: they do not change the same samples"
    changed = series.pairs[0].changed
    for metric in (metric for tally in changed.tallies for metric in tally.metrics):
        if settings.compares(metric.name):
            yield factory.result(
                metric=metric.name,
                statistic="difference",
                value=None,
                n_samples=0,
                n_subjects=0,
                n_unscored=0,
                threshold=settings.tolerated(metric.name),
                judgement=not_tested(reason),
            )
