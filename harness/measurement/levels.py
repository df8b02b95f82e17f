"""Metric levels: every metric over all samples and in every group of an axis, with its interval over subjects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness.arrays import Floats, Ints
from harness.measurement.cells import GroupTallies
from harness.measurement.result_rows import OVERALL, RowFactory, Scope
from harness.metrics.categorical import OF_CLASS, is_of_answers
from harness.metrics.tally import Metric, Tally
from harness.progress import UNSEEN, Share
from harness.statistics.estimates import Estimator, MetricEstimate
from harness.statistics.threads import in_threads, one_thread
from harness.tables.results import ResultBlock
from harness.verdicts.judge import not_tested
from harness.wording import percent, quantity


def overall_levels(factory: RowFactory, tallies: Sequence[Tally]) -> ResultBlock:
    """Every metric over all samples.

    Args:
        factory: makes the rows.
        tallies: one row per subject.
    """
    return _levels(factory, _estimator(factory, tallies)(tallies), OVERALL)


def group_levels(
    factory: RowFactory, grouped: GroupTallies, classes: Sequence[str], progress: Share = UNSEEN
) -> list[ResultBlock]:
    """Every metric in every group, including declared groups without samples.

    Args:
        factory: makes the rows.
        grouped: one row per subject and group.
        classes: of the labels; empty if there are none.
        progress: told of every group.
    """
    support_GC = class_support(grouped, len(classes))
    estimator = _estimator(factory, grouped.tallies)

    def of_group(index: int) -> ResultBlock:
        members = grouped.members(index)
        note = _class_note(support_GC[index], len(members), classes, factory.settings.min_subjects)
        chosen = [tally.rows(members) for tally in grouped.tallies]
        found = estimator(chosen) if len(members) else _absent(chosen)
        notes = {
            metric.name: note if metric.facts.mean_over_classes else _mixture_note(tally, metric)
            for tally in chosen
            for metric in tally.metrics
        }
        return _levels(factory, found, Scope.on(grouped.axis, grouped.groups[index]), notes)

    with one_thread():
        num = len(grouped.groups)
        return list(progress.each(in_threads(of_group, range(num)), num))


def _mixture_note(tally: Tally, metric: Metric) -> str | None:
    """For a metric that is standardised: which part of the mixture the group has nothing of."""
    strata = metric.strata
    if strata is None:
        return None
    absent_H = (strata.split(tally.sums).sizes.sum(0) == 0) & (strata.weights > 0)
    if not absent_H.any():
        return None
    share = percent(float(strata.weights[absent_H].sum() / strata.weights.sum()))
    return (
        f"without {int(absent_H.sum())} of {len(absent_H)} {strata.noun} ({share} of all samples), so not "
        "comparable with groups that have them: differences are over what both have"
    )


def class_support(grouped: GroupTallies, num_classes: int) -> Ints:
    """The number of subjects per group and class, ``[G, C]``."""
    support_GC = np.zeros((len(grouped.groups), num_classes), dtype=np.int64)
    for tally in grouped.tallies if num_classes else ():
        if is_of_answers(tally):
            shown_PC = tally.sums[..., OF_CLASS] > 0
            for index in range(num_classes):
                of_class = grouped.group[shown_PC[:, index]]
                support_GC[:, index] = np.bincount(of_class, minlength=len(grouped.groups))
    return support_GC


def _estimator(factory: RowFactory, tallies: Sequence[Tally]) -> Estimator:
    settings = factory.settings
    metrics = [tally.metrics for tally in tallies]
    return Estimator(metrics, resamples=settings.resamples, level=settings.level, seed=settings.seed)


def _absent(tallies: Sequence[Tally]) -> list[MetricEstimate]:
    return [MetricEstimate.absent(metric.name) for tally in tallies for metric in tally.metrics]


def _levels(
    factory: RowFactory,
    found: Sequence[MetricEstimate],
    scope: Scope,
    notes: Mapping[str, str | None] | None = None,
) -> ResultBlock:
    """The rows of one group, with what else there is to say of some metrics."""
    level, least = factory.settings.level, factory.settings.min_subjects
    intervals = [estimate.interval for estimate in found]
    texts = [_text(estimate, least, (notes or {}).get(estimate.metric)) for estimate in found]
    are_few = [estimate.num_subjects < least for estimate in found]
    columns: dict[str, Sequence[Any]] = {
        "metric": [estimate.metric for estimate in found],
        "value": [estimate.value for estimate in found],
        "lo": [interval.lo for interval in intervals],
        "hi": [interval.hi for interval in intervals],
        "level": [None if interval.lo is None else level for interval in intervals],
        "method": [interval.method for interval in intervals],
        "n_samples": [estimate.num_samples for estimate in found],
        "n_subjects": [estimate.num_subjects for estimate in found],
        "n_unscored": [estimate.num_unscored for estimate in found],
        "chance": [estimate.chance for estimate in found],
        "judgement": [not_tested(text) if few else None for text, few in zip(texts, are_few, strict=True)],
        "note": [None if few else text or None for text, few in zip(texts, are_few, strict=True)],
    }
    return factory.block(scope, columns)


def _text(estimate: MetricEstimate, least: int, note: str | None) -> str:
    """What a reader must know of a level; empty if there is nothing."""
    num, without = estimate.num_subjects, estimate.interval.reason
    reasons = [
        f"{quantity(num, 'subject')}; at least {least} are needed" if 0 < num < least else None,
        None if num == 1 else without,
        note if num else None,
    ]
    return "; ".join(reason for reason in reasons if reason)


def _class_note(support_C: Ints | Floats, num: int, classes: Sequence[str], least: int) -> str | None:
    """For a mean over classes: which classes are missing in the group or have too few subjects."""
    notes = []
    for name, shown in zip(classes, support_C.tolist(), strict=True):
        if shown == 0:
            notes.append(f"no {name}")
        elif shown < min(least, num):
            notes.append(f"{name}: {quantity(int(shown), 'subject')}")
    return ", ".join(notes) or None
