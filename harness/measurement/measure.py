"""Samples and predictions → results: every metric of every model and condition, overall and per group.

A pure, seeded function of two tables. The same tables and settings give the same rows, in whatever order the
predictions stand.

Shapes: N samples, U classes (those of the truth, then those that only the model knows).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from harness.alignment import Aligned, align
from harness.attributes.grouping import MAX_GROUPS
from harness.attributes.groups import Groups, axes_of, group_samples
from harness.measurement.families import group_families, score_families
from harness.measurement.settings import MeasureSettings
from harness.metrics.additive import Family
from harness.metrics.probabilistic import are_probabilities
from harness.statistics.bootstrap import Estimate, estimates
from harness.tables import Result, results_table, runs

MEANS_OVER_CLASSES = ("uar", "macro_f1")


def measure(
    samples: pa.Table, predictions: pa.Table, *, dataset: str, settings: MeasureSettings | None = None
) -> pa.Table:
    """Measure every model under every condition.

    Args:
        samples: validated, see `harness.tables.validate_samples`.
        predictions: validated, see `harness.tables.validate_predictions`.
        dataset: its name in the results.
        settings: the choices; by default those of `MeasureSettings`.

    Returns:
        The results table: models in order of name, ``clean`` before other conditions, overall before groups.

    Raises:
        HarnessError: an axis is not an attribute of the samples; labels cannot be mapped.
    """
    settings = settings or MeasureSettings()
    grouping = settings.grouping
    axes = axes_of(samples) if grouping.axes is None else grouping.axes
    grouped = [group_samples(samples, axis, grouping) for axis in axes]
    rows: list[Result] = []
    for model, condition in runs(predictions):
        aligned = align(samples, predictions, model=model, condition=condition, merge=settings.merge)
        study = _Run(dataset, model, condition, aligned, settings)
        rows += study.overall()
        for groups in grouped:
            rows += study.axis(groups)
    return results_table(rows)


@dataclass(frozen=True)
class _Run:
    """One model under one condition."""

    dataset: str
    model: str
    condition: str
    aligned: Aligned
    settings: MeasureSettings

    def overall(self) -> Iterator[Result]:
        families = [*group_families(self.aligned, whole=True), *score_families(self.aligned)]
        for estimate in self._estimates(families):
            yield self._row(estimate, "overall", "all")
        if self.aligned.label_scores is not None and not are_probabilities(self.aligned.label_scores):
            for metric in ("log_loss", "brier", "ece"):
                yield self._empty(metric, "overall", "all", "the scores are not probabilities")

    def axis(self, groups: Groups) -> Iterator[Result]:
        if len(groups.names) > MAX_GROUPS:
            reason = f"{len(groups.names)} groups; at most {MAX_GROUPS} can be compared"
            yield self._empty("coverage", groups.axis, "all", reason)
            return
        order = np.argsort(groups.index, kind="stable")
        ends = np.cumsum(np.bincount(groups.index, minlength=len(groups.names)))
        for name, rows in zip(groups.names, np.split(order, ends[:-1]), strict=True):
            if not len(rows):  # a declared group that nobody is in
                continue
            members = self.aligned.take(rows)
            note = _class_note(members, self.settings.min_subjects)
            for estimate in self._estimates(group_families(members, whole=False)):
                of_classes = estimate.metric in MEANS_OVER_CLASSES
                yield self._row(estimate, groups.axis, name, note if of_classes else None)

    def _estimates(self, families: Sequence[Family]) -> list[Estimate]:
        settings = self.settings
        return estimates(families, resamples=settings.resamples, level=settings.level, seed=settings.seed)

    def _row(self, estimate: Estimate, axis: str, group: str, note: str | None = None) -> Result:
        few = estimate.num_subjects < self.settings.min_subjects
        too_few = f"{_subjects(estimate.num_subjects)}; at least {self.settings.min_subjects} are needed"
        no_interval = None if estimate.num_subjects == 1 else estimate.interval.reason
        reasons = [too_few if few else None, no_interval, note]
        return Result(
            dataset=self.dataset,
            model=self.model,
            condition=self.condition,
            metric=estimate.metric,
            axis=axis,
            group=group,
            value=estimate.value,
            lo=estimate.interval.lo,
            hi=estimate.interval.hi,
            level=None if estimate.interval.lo is None else self.settings.level,
            method=estimate.interval.method,
            n_samples=estimate.num_samples,
            n_subjects=estimate.num_subjects,
            n_unscored=estimate.num_unscored,
            verdict="not_tested" if few else None,
            reason="; ".join(reason for reason in reasons if reason) or None,
        )

    def _empty(self, metric: str, axis: str, group: str, reason: str) -> Result:
        return Result(
            dataset=self.dataset,
            model=self.model,
            condition=self.condition,
            metric=metric,
            axis=axis,
            group=group,
            value=None,
            n_samples=len(self.aligned.scored),
            n_subjects=self.aligned.num_subjects,
            n_unscored=int((~self.aligned.scored).sum()),
            verdict="not_tested",
            reason=reason,
        )


def _class_note(aligned: Aligned, min_subjects: int) -> str | None:
    """For a mean over classes: which classes the group lacks, or shows with too few subjects."""
    if aligned.mapping is None:
        return None
    notes = []
    for index, name in enumerate(aligned.mapping.classes):
        num_subjects = int(np.count_nonzero(np.bincount(aligned.subject[aligned.truth == index])))
        if num_subjects == 0:
            notes.append(f"no {name}")
        elif num_subjects < min(min_subjects, aligned.num_subjects):
            notes.append(f"{name}: {_subjects(num_subjects)}")
    return ", ".join(notes) or None


def _subjects(num: int) -> str:
    return f"{num} subject" if num == 1 else f"{num} subjects"
