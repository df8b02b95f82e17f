"""Metric levels: every metric over all samples and in every group of an axis, with its interval over subjects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from harness.arrays import Floats, Ints
from harness.known_metrics import facts_of
from harness.measurement.cells import GroupTallies
from harness.measurement.result_rows import OVERALL, RowFactory, Scope
from harness.metrics.categorical import OF_CLASS, is_of_answers
from harness.metrics.tally import Metric, Tally
from harness.statistics.bootstrap import MetricEstimate, estimates
from harness.tables.results import Result
from harness.verdicts.judge import not_tested
from harness.wording import percent, quantity


def overall_levels(factory: RowFactory, tallies: Sequence[Tally]) -> Iterator[Result]:
    """Every metric over all samples.

    Args:
        factory: makes the rows.
        tallies: one row per subject.
    """
    for estimate in _estimates(factory, tallies):
        yield _level(factory, estimate, OVERALL)


def group_levels(factory: RowFactory, grouped: GroupTallies, classes: Sequence[str]) -> Iterator[Result]:
    """Every metric in every group, including declared groups without samples.

    Args:
        factory: makes the rows.
        grouped: one row per subject and group.
        classes: of the labels; empty if there are none.
    """
    support_GC = class_support(grouped, len(classes))
    for index, group in enumerate(grouped.groups):
        members = grouped.members(index)
        note = _class_note(support_GC[index], len(members), classes, factory.settings.min_subjects)
        chosen = [tally.rows(members) for tally in grouped.tallies]
        mixtures = {m.name: _mixture_note(tally, m) for tally in chosen for m in tally.metrics if m.strata}
        for estimate in _estimates(factory, chosen) if len(members) else _absent(chosen):
            of_classes = facts_of(estimate.metric).mean_over_classes
            said = note if of_classes else mixtures.get(estimate.metric)
            yield _level(factory, estimate, Scope.on(grouped.axis, group), said)


def _mixture_note(tally: Tally, metric: Metric) -> str | None:
    """For a metric that is standardised: which part of the mixture the group has nothing of."""
    assert metric.strata is not None
    strata = metric.strata
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


def _estimates(factory: RowFactory, tallies: Sequence[Tally]) -> list[MetricEstimate]:
    settings = factory.settings
    return estimates(tallies, resamples=settings.resamples, level=settings.level, seed=settings.seed)


def _absent(tallies: Sequence[Tally]) -> Iterator[MetricEstimate]:
    for tally in tallies:
        yield from (MetricEstimate.absent(metric.name) for metric in tally.metrics)


def _level(factory: RowFactory, estimate: MetricEstimate, scope: Scope, note: str | None = None) -> Result:
    least = factory.settings.min_subjects
    no_interval = None if estimate.num_subjects == 1 else estimate.interval.reason
    reasons = [
        f"{quantity(estimate.num_subjects, 'subject')}; at least {least} are needed"
        if 0 < estimate.num_subjects < least
        else None,
        no_interval,
        note if estimate.num_subjects else None,
    ]
    text = "; ".join(reason for reason in reasons if reason)
    few = estimate.num_subjects < least
    return factory.result(
        scope,
        metric=estimate.metric,
        value=estimate.value,
        lo=estimate.interval.lo,
        hi=estimate.interval.hi,
        level=None if estimate.interval.lo is None else factory.settings.level,
        method=estimate.interval.method,
        n_samples=estimate.num_samples,
        n_subjects=estimate.num_subjects,
        n_unscored=estimate.num_unscored,
        chance=estimate.chance,
        judgement=not_tested(text) if few else None,
        note=None if few else text or None,
    )


def _class_note(support_C: Ints | Floats, num: int, classes: Sequence[str], least: int) -> str | None:
    """For a mean over classes: which classes are missing in the group or have too few subjects."""
    notes = []
    for name, shown in zip(classes, support_C.tolist(), strict=True):
        if shown == 0:
            notes.append(f"no {name}")
        elif shown < min(least, num):
            notes.append(f"{name}: {quantity(int(shown), 'subject')}")
    return ", ".join(notes) or None
