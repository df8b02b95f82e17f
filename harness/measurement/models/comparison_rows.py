"""A comparison of models as rows of the results: levels of each model, differences, and a test per pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from harness.attributes.groups import Groups
from harness.measurement import levels
from harness.measurement.cells import by_group, by_subject
from harness.measurement.measure_settings import MeasureSettings
from harness.measurement.models.conclusions import remark
from harness.measurement.models.equivalence import Equivalence, equivalence_rows
from harness.measurement.models.model_comparison import ModelComparison, ModelDifference
from harness.measurement.models.shared_metrics import ComparedModel
from harness.measurement.result_rows import RowFactory
from harness.progress import UNSEEN, Share
from harness.tables.results import Result, ResultBlock, results_table
from harness.tables.schemas import CLEAN


def comparison_results(
    comparison: ModelComparison,
    models: Sequence[ComparedModel],
    axes: Sequence[Groups],
    *,
    dataset: str,
    settings: MeasureSettings,
    equivalence: Equivalence | None = None,
    progress: Share = UNSEEN,
) -> pa.Table:
    """The results table: the levels of every model, then per metric and pair of models the differences.

    A difference is ``model`` minus ``versus_model``. The index ``global_test_p`` is the probability of at least as
    large a difference between the two, overall or in any group, if the models are equivalent;
    ``global_test_p_corrected`` is corrected for the number of metrics.

    Args:
        comparison: see `harness.measurement.models.model_comparison.compare_models`.
        models: the models that were compared.
        axes: the axes on which they were compared.
        dataset: its name in the rows.
        settings: the settings of the comparison.
        equivalence: its tests, if they were made.
        progress: told of the groups of each model.
    """
    rows: list[Result | ResultBlock] = []
    shares = progress.split(*[1] * len(models))
    for model, tallies, share in zip(models, comparison.tallies, shares, strict=True):
        factory = RowFactory(dataset, model.name, CLEAN, settings)
        overall, *along = share.split(*[1] * (1 + len(axes)))
        rows.append(levels.overall_levels(factory, by_subject(tallies, comparison.cells)))
        overall.end()
        for groups, of_axis in zip(axes, along, strict=True):
            grouped = by_group(tallies, comparison.cells, groups)
            rows += levels.group_levels(factory, grouped, model.counts.classes, of_axis)
    num_metrics = len({d.metric.name for d in comparison.differences})
    for of_pair in _by_metric_and_pair(comparison.differences):
        factory = RowFactory(dataset, of_pair[0].first, CLEAN, settings, versus_model=of_pair[0].second)
        rows += [difference_row(factory, d, remark(d, settings.level, num_metrics)) for d in of_pair]
        rows += _tests(factory, of_pair)
    if equivalence is not None:
        rows += equivalence_rows(equivalence, dataset, settings)
    return results_table(rows)


def difference_row(factory: RowFactory, d: ModelDifference, note: str | None) -> Result:
    """One difference, with what else a reader must know."""
    return factory.result(
        d.scope,
        metric=d.metric.name,
        statistic="difference",
        value=d.value,
        lo=d.lo,
        hi=d.hi,
        level=None if d.lo is None else factory.settings.level,
        method=d.method,
        n_samples=d.num_samples,
        n_subjects=d.num_subjects,
        n_unscored=d.num_unscored,
        own_value=d.first_value,
        versus_value=d.second_value,
        p=d.p,
        p_corrected=d.p_corrected,
        null_lo=d.null_lo,
        null_hi=d.null_hi,
        threshold=d.tolerance,
        judgement=d.judgement,
        note=note,
    )


def _by_metric_and_pair(differences: Sequence[ModelDifference]) -> list[list[ModelDifference]]:
    found: dict[tuple[str, str, str], list[ModelDifference]] = {}
    for d in differences:
        found.setdefault((d.metric.name, d.first, d.second), []).append(d)
    return list(found.values())


def _tests(factory: RowFactory, of_pair: Sequence[ModelDifference]) -> Iterator[Result]:
    whole = of_pair[0]
    p = np.array([(d.p, d.p_corrected) for d in of_pair])
    smallest = np.fmin.reduce(p, axis=0)
    for name, value in zip(("global_test_p", "global_test_p_corrected"), smallest.tolist(), strict=True):
        yield factory.result(
            metric=whole.metric.name,
            statistic="index",
            index=name,
            value=value,
            n_samples=whole.num_samples,
            n_subjects=whole.num_subjects,
            n_unscored=whole.num_unscored,
            threshold=1 - factory.settings.level,
        )
