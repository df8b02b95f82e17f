"""Samples and predictions → results: every metric of every model and condition, overall and per group.

A pure, seeded function of two tables. The same tables and settings give the same rows, in whatever order the
predictions stand.

Shapes: N samples, U classes (those of the truth, then those that only the model knows).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from harness.alignment import NO_LABEL, Aligned, align
from harness.attributes.groups import Groups, axes_of, group_samples
from harness.errors import HarnessError
from harness.metrics.additive import Family
from harness.metrics.calibration import calibration
from harness.metrics.categorical import OTHER, UNSCORED, categorical, coverage
from harness.metrics.dimensional import dimensional
from harness.metrics.probabilistic import are_probabilities, probabilistic
from harness.metrics.ranking import ranking
from harness.statistics.bootstrap import Estimate, estimates
from harness.tables import CLEAN, Result, results_table, runs
from harness.taxonomy import LabelMapping

MAX_GROUPS = 50
"""More groups than this on one axis are free text or a number without bands: nothing there can be compared."""

MEANS_OVER_CLASSES = ("uar", "macro_f1")


@dataclass(frozen=True)
class MeasureSettings:
    """The choices of a measurement; part of the plan.

    Attributes:
        resamples: bootstrap resamples of subjects.
        level: of the two-sided intervals.
        seed: of the resampling.
        merge: classes to merge on both sides, such as ``{"calm": "neutral"}``.
        min_subjects: groups with fewer subjects are listed as ``not_tested``.
        axes: the attributes to group by, without ``attr.``; None takes every one.
    """

    resamples: int = 2000
    level: float = 0.95
    seed: int = 0
    merge: Mapping[str, str] = field(default_factory=dict)
    min_subjects: int = 5
    axes: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.resamples < 100 or not 0.5 <= self.level < 1 or self.seed < 0 or self.min_subjects < 2:
            raise HarnessError(
                f"measure: resamples {self.resamples} (at least 100), level {self.level} (0.5 to under 1), seed "
                f"{self.seed} (not negative), min_subjects {self.min_subjects} (at least 2)."
            )


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
    axes = axes_of(samples) if settings.axes is None else settings.axes
    grouped = [group_samples(samples, axis) for axis in axes]
    rows: list[Result] = []
    for model, condition in runs(predictions):
        aligned = align(samples, predictions, model=model, condition=condition, merge=settings.merge)
        study = _Run(dataset, model, condition, aligned, settings)
        rows += study.overall()
        for groups in grouped:
            rows += study.axis(groups)
    return results_table(rows)


@dataclass(frozen=True)
class Confusion:
    """What was answered for what.

    Attributes:
        classes: the classes of the truth, sorted.
        answers: the classes, then the model's other answers, then ``unscored``.
        counts: samples, ``[len(classes), len(answers)]``.
    """

    classes: tuple[str, ...]
    answers: tuple[str, ...]
    counts: npt.NDArray[np.int64]


def confusion(
    samples: pa.Table,
    predictions: pa.Table,
    *,
    model: str,
    condition: str = CLEAN,
    merge: Mapping[str, str] | None = None,
) -> Confusion | None:
    """The confusion matrix of one model; None where there are no labels to confuse."""
    aligned = align(samples, predictions, model=model, condition=condition, merge=merge or {})
    if aligned.mapping is None:
        return None
    classes = aligned.mapping.classes
    answers = (*classes, *aligned.mapping.outside, "unscored")
    labelled_N = aligned.truth != NO_LABEL
    answer_N = np.where(aligned.answer == NO_LABEL, len(answers) - 1, aligned.answer)
    cell_N = (aligned.truth * len(answers) + answer_N)[labelled_N]
    counts = np.bincount(cell_N, minlength=len(classes) * len(answers)).reshape(len(classes), len(answers))
    return Confusion(classes, answers, counts.astype(np.int64))


def label_mapping(
    samples: pa.Table, predictions: pa.Table, *, model: str, merge: Mapping[str, str] | None = None
) -> LabelMapping | None:
    """How the labels of the samples and of one model meet, and with `LabelMapping.losses` what is lost."""
    condition = next(condition for name, condition in runs(predictions) if name == model)
    return align(samples, predictions, model=model, condition=condition, merge=merge or {}).mapping


@dataclass(frozen=True)
class _Run:
    """One model under one condition."""

    dataset: str
    model: str
    condition: str
    aligned: Aligned
    settings: MeasureSettings

    def overall(self) -> Iterator[Result]:
        families = [*_families(self.aligned, whole=True), *_score_families(self.aligned)]
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
            members = self.aligned.take(rows)
            note = _class_note(members, self.settings.min_subjects)
            for estimate in self._estimates(_families(members, whole=False)):
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


def _families(aligned: Aligned, *, whole: bool) -> list[Family]:
    """Statistics that every group gets; per class and per dimension in full only for the whole."""
    families = []
    if aligned.mapping is not None:
        labelled = aligned.truth != NO_LABEL
        num_classes = len(aligned.mapping.classes)
        answer_N = np.where(aligned.answer >= num_classes, OTHER, aligned.answer)
        families.append(
            categorical(
                aligned.subject[labelled],
                aligned.truth[labelled],
                np.where(answer_N == NO_LABEL, UNSCORED, answer_N)[labelled],
                num_subjects=aligned.num_subjects,
                classes=aligned.mapping.classes,
                per_class=whole,
            )
        )
    families.append(coverage(aligned.subject, aligned.scored, num_subjects=aligned.num_subjects))
    for name, (truth_N, predicted_N) in aligned.dimensions.items():
        known = ~np.isnan(truth_N)
        families.append(
            dimensional(
                name,
                aligned.subject[known],
                truth_N[known],
                predicted_N[known],
                num_subjects=aligned.num_subjects,
                only_ccc=not whole,
            )
        )
    return families


def _score_families(aligned: Aligned) -> list[Family]:
    """Log-loss, Brier and ECE where the scores are probabilities; AUC where there are two classes."""
    if aligned.mapping is None or aligned.class_scores is None or aligned.label_scores is None:
        return []
    labelled = aligned.truth != NO_LABEL
    subject_N, truth_N = aligned.subject[labelled], aligned.truth[labelled]
    scores_NU = aligned.class_scores[labelled]
    families = []
    if are_probabilities(aligned.label_scores):
        families.append(probabilistic(subject_N, truth_N, scores_NU, num_subjects=aligned.num_subjects))
        families.append(calibration(subject_N, truth_N, scores_NU, num_subjects=aligned.num_subjects))
    if len(aligned.mapping.classes) == 2:
        margin_N = scores_NU[:, 1] - scores_NU[:, 0]
        families.append(ranking(subject_N, truth_N == 1, margin_N, num_subjects=aligned.num_subjects))
    return families


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
