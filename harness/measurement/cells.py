"""Who is counted where: subjects within combinations of groups, so that rows are read once for all axes.

Shapes: N samples, S subjects, R cells (a subject within one combination of groups), P pairs (a subject within one
group of one axis), G groups.
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
    """The finest division of the samples that any axis asks for.

    Attributes:
        row: ``[N]``, the cell of every sample, 0 … R - 1.
        subject: ``[R]``, whose cell it is.
        num_subjects: S.
        group: per axis ``[R]``, the group of every cell.
    """

    row: Ints
    subject: Ints
    num_subjects: int
    group: Mapping[str, Ints]


@dataclass(frozen=True)
class GroupTallies:
    """Subjects within the groups of one axis.

    Attributes:
        tallies: the metrics' statistics, one row per pair.
        subject: ``[P]``, 0 … S - 1.
        group: ``[P]``, 0 … G - 1.
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
        """The pairs of one group."""
        return np.flatnonzero(self.group == group)


def cells_of(subject_N: Ints, axes: Sequence[Groups]) -> Cells:
    """Divide the samples.

    An axis on which every subject is in one group divides nothing further.

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
