"""The labelled samples of a run with a system's answers, their groups, and the grades of their quality.

Shapes: N samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from harness.arrays import Ints
from harness.attributes.grouping import MAX_GROUPS
from harness.attributes.groups import Groups, axes_of, group_samples
from harness.measurement.measure_settings import MeasureSettings
from harness.metrics.categorical import OTHER
from harness.tables.alignment import NO_LABEL
from harness.tables.drawn_samples import DrawnSamples
from harness.tables.quality_columns import read_grades


@dataclass(frozen=True)
class GradedSamples:
    """Labelled samples.

    Attributes:
        classes: of the labels.
        subject: ``[N]``, 0 …; not every number needs to occur.
        truth: ``[N]``, index into the classes.
        answer: ``[N]``, likewise, or `harness.metrics.categorical.OTHER`, or `UNSCORED`.
        grade: of each measure of quality, ``[N]``; see `harness.tables.quality_columns`.
        axes: the groups of single attributes that people are compared on.
    """

    classes: tuple[str, ...]
    subject: Ints
    truth: Ints
    answer: Ints
    grade: Mapping[str, Ints]
    axes: tuple[Groups, ...]

    @property
    def is_right(self) -> Ints:
        """``[N]``, 1 for a right answer; a sample without a score counts as wrong."""
        right_N: Ints = (self.answer == self.truth).astype(np.int64)
        return right_N


def graded_samples(drawn: DrawnSamples, settings: MeasureSettings) -> GradedSamples | None:
    """What there is to compare; None without grades of quality, or without labels that the system can answer.

    They are in an order that does not depend on their ids, so that matching is the same under pseudonyms.

    Args:
        drawn: all samples of a run, or many of them, with the answers of its system.
        settings: the choices.
    """
    aligned = drawn.aligned
    grade = read_grades(drawn.samples)
    if not grade or aligned.mapping is None:
        return None
    named = axes_of(drawn.samples) if settings.grouping.axes is None else settings.grouping.axes
    axes = [group_samples(drawn.samples, axis, settings.grouping) for axis in named]
    compared = [groups for groups in axes if not groups.is_intersection and len(groups.groups) <= MAX_GROUPS]
    groups_N = [groups.index for groups in compared]
    order = np.lexsort([*grade.values(), *groups_N, aligned.answer, aligned.truth, aligned.subject])
    labelled = order[aligned.truth[order] != NO_LABEL]
    if not len(labelled):
        return None
    classes = tuple(aligned.mapping.classes)
    answer_N = aligned.answer[labelled]
    return GradedSamples(
        classes,
        aligned.subject[labelled],
        aligned.truth[labelled],
        np.where(answer_N >= len(classes), OTHER, answer_N),
        {measure: grade_N[labelled] for measure, grade_N in grade.items()},
        tuple(replace(groups, index=groups.index[labelled]) for groups in compared),
    )
