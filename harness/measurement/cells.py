"""Cells: subjects within combinations of groups, so that the rows of the tables are read once for all axes.

Shapes: N samples, S subjects, R cells (a subject within one combination of groups), P rows of one axis (a subject
within one of its groups), G groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.arrays import Ints
from harness.attributes.group import Group
from harness.attributes.groups import Groups
from harness.metrics.tally import Tally
from harness.statistics.codes import renumbered


@dataclass(frozen=True)
class Cells:
    """The finest partition of the samples that the axes need.

    Attributes:
        row: ``[N]``, the cell of each sample, 0 … R - 1.
        subject: ``[R]``, the subject of each cell.
        num_subjects: S.
        group: per axis ``[R]``, the group of each cell.
    """

    row: Ints
    subject: Ints
    num_subjects: int
    group: Mapping[str, Ints]


@dataclass(frozen=True)
class GroupTallies:
    """The tallies of one axis, with a row for each subject within each group.

    Attributes:
        tallies: the metrics' statistics, P rows each.
        subject: ``[P]``, the subject of each row, 0 … S - 1.
        group: ``[P]``, the group of each row, 0 … G - 1.
        axis: with its groups, ``[G]``.
    """

    tallies: Sequence[Tally]
    subject: Ints
    group: Ints
    axis: Groups

    @property
    def groups(self) -> tuple[Group, ...]:
        """``[G]``, the groups of the axis."""
        return self.axis.groups

    def members(self, group: int) -> Ints:
        """The rows of one group."""
        return np.flatnonzero(self.group == group)


def cells_of(subject_N: Ints, axes: Sequence[Groups]) -> Cells:
    """Assign the samples to cells.

    An axis on which every subject belongs to one group adds no cells.

    Args:
        subject_N: 0 … S - 1.
        axes: the groups of every axis.
    """
    num_subjects = int(subject_N.max(initial=-1)) + 1
    code_N = subject_N
    for groups in axes:
        if not groups.is_nested(subject_N):
            code_N = renumbered(code_N * len(groups.groups) + groups.index)[1]
    if code_N is subject_N:
        row_N, num_rows = subject_N, num_subjects
    else:
        row_N, num_rows = code_N, int(code_N.max(initial=-1)) + 1
    sample_R = np.zeros(num_rows, dtype=np.int64)
    sample_R[row_N] = np.arange(len(row_N))
    return Cells(row_N, subject_N[sample_R], num_subjects, {g.axis: g.index[sample_R] for g in axes})


def by_subject(tallies: Sequence[Tally], cells: Cells) -> list[Tally]:
    """The tallies with one row per subject."""
    if len(cells.subject) == cells.num_subjects:
        return list(tallies)
    return [tally.joined(cells.subject, cells.num_subjects) for tally in tallies]


def by_group(tallies: Sequence[Tally], cells: Cells, groups: Groups) -> GroupTallies:
    """The tallies with one row per subject and group of an axis."""
    group_R = cells.group[groups.axis]
    if len(cells.subject) == cells.num_subjects:
        return GroupTallies(tallies, cells.subject, group_R, groups)
    num_groups = len(groups.groups)
    code_R = cells.subject * num_groups + group_R
    code_P, pair_R = renumbered(code_R)
    joined = [tally.joined(pair_R, len(code_P)) for tally in tallies]
    return GroupTallies(joined, code_P // num_groups, code_P % num_groups, groups)
