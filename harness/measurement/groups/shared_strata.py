"""The strata that both sides of a contrast have: what two groups can be compared over.

A group that read one of four sentences cannot be compared with the others over all four: a difference in the
mixture of sentences would look like one between people. So every contrast has its own strata, those with enough
subjects on both sides, and both sides are standardised to the same mixture of them.

Shapes: R rows (a subject within one group), U sides, H strata, K contrasts.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from harness.arrays import Bools, Floats, Ints
from harness.metrics.strata import InStrata, Strata
from harness.statistics.codes import distinct
from harness.statistics.intervals import Range
from harness.statistics.sides import Additive, Rows
from harness.statistics.standardised import standardised
from harness.wording import percent, quantity

Pair = tuple[int, int]
Sides = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Pairings:
    """Who is compared with whom.

    Attributes:
        sides: ``[U]``, the groups of each side.
        between: pairs of tested groups, as indices of sides.
        against_rest: each group and its rest.
        num_tested: how many of the sides, the first, are the tested groups on the same footing, which indices over
            all groups need.
    """

    sides: Sides
    between: tuple[Pair, ...]
    against_rest: tuple[Pair, ...]
    num_tested: int

    @property
    def side_pairs(self) -> tuple[Pair, ...]:
        """``[K]``, the two sides of each contrast, first those between groups."""
        return (*self.between, *self.against_rest)


def members_of(sides: Sequence[tuple[int, ...]], num_groups: int) -> Bools:
    """Which groups each side is made of, ``[U, G]``."""
    members_UG = np.zeros((len(sides), num_groups), dtype=np.bool_)
    for members_G, groups in zip(members_UG, sides, strict=True):
        members_G[list(groups)] = True
    return members_UG


@dataclass(frozen=True)
class SharedStrata:
    """The strata over which sides are compared.

    Attributes:
        strata: all of them.
        split: the statistics of the rows, by stratum.
        kept: ``[U, H]``, those that a side is standardised over.
        notes: ``[K]``, what is left out of a contrast; None if nothing.
        apart: the groups of two sides that have too little in common to be compared, and why.
        fewest: the fewest subjects of a side in one of its strata.
    """

    strata: Strata
    split: InStrata
    kept: npt.NDArray[np.bool_]
    notes: tuple[str | None, ...]
    apart: Mapping[tuple[tuple[int, ...], tuple[int, ...]], str]
    fewest: int

    def additive(self, within: Range) -> Additive:
        """The metric on the sides.

        Args:
            within: its range.
        """
        shares_UH, finite = self.strata.shares(self.kept), within if within.is_finite else None
        return standardised(self.split, shares_UH, self.strata.value, self.strata.gradient, finite)

    @property
    def in_kept(self) -> tuple[Floats, Floats]:
        """If all sides have the same strata: each row's samples in them ``[R]``, and those without a score."""
        kept_H = self.kept[0]
        return self.split.sizes[:, kept_H].sum(1), self.split.unscored[:, kept_H].sum(1)

    @cached_property
    def _totals(self) -> tuple[Floats, Floats]:
        """Each row's samples in all strata ``[R]``, and those without a score."""
        return self.split.sizes.sum(1), self.split.unscored.sum(1)

    def rows_of(self, members: Ints, side: int) -> Ints:
        """Those of some rows that have samples in the strata of a side."""
        if self.kept[side].all():
            return members[self._totals[0][members] > 0]
        return members[self.split.sizes[members][:, self.kept[side]].any(1)]

    def counts(self, members: Ints, side: int) -> tuple[int, int]:
        """The samples of some rows in the strata of a side, and how many of them have no score."""
        if self.kept[side].all():
            in_kept = [total_R[members].sum() for total_R in self._totals]
        else:
            in_kept = [each[members][:, self.kept[side]].sum() for each in (self.split.sizes, self.split.unscored)]
        num_samples, num_unscored = (int(each) for each in in_kept)
        return num_samples, num_unscored


def over_shared_strata(
    planned: Pairings, rows: Rows, strata: Strata, split: InStrata, min_subjects: int, names: Sequence[str]
) -> tuple[Pairings, SharedStrata]:
    """Give every contrast the strata that both of its sides have.

    Where all groups have all strata, sides are those of the plan. Otherwise a group is a side for each set of
    strata that it is compared over.

    Args:
        planned: who is compared with whom.
        rows: the subject and the group of each row.
        strata: over which the metric is standardised.
        split: the statistics of the rows, by stratum.
        min_subjects: the fewest subjects that a stratum needs on each side.
        names: of the groups.
    """
    support_UH, sizes_UH = side_support(planned.sides, rows, split)
    enough_UH = (support_UH >= min_subjects) & (strata.weights > 0)
    found = _Found(planned, strata, support_UH, sizes_UH, enough_UH, min_subjects, names)
    common_H = found.usable(range(planned.num_tested))
    if common_H.any():
        for groups in planned.sides[: planned.num_tested]:
            found.side(groups, common_H)
    num_common = len(found.sides)
    between = [found.contrast(*pair) for pair in planned.between]
    against_rest = [found.contrast(*pair) for pair in planned.against_rest]
    pairings = Pairings(
        tuple(groups for groups, _ in found.sides),
        tuple(pair for pair in between if pair),
        tuple(pair for pair in against_rest if pair),
        num_common,
    )
    kept_UH = np.array([kept for _, kept in found.sides], dtype=np.bool_).reshape(-1, len(strata.weights))
    fewest = min((int(of[kept].min()) for of, kept in zip(found.support, kept_UH, strict=True)), default=0)
    shared = SharedStrata(strata, split, kept_UH, tuple(found.notes), found.apart, fewest)
    return pairings, shared


def strata_of_all(strata: Strata, split: InStrata, rows: Rows, min_subjects: int) -> SharedStrata | None:
    """The strata that every group of enough subjects has; None if there are none.

    Args:
        strata: over which the metric is standardised.
        split: the statistics of the rows, by stratum.
        rows: the subject and the group of each row.
        min_subjects: the fewest subjects of such a group, and in it of a stratum.
    """
    sides = tuple((group,) for group in range(rows.num_labels))
    support_GH, sizes_GH = side_support(sides, rows, split)
    of_enough_G = np.bincount(rows.label, minlength=rows.num_labels) >= min_subjects
    kept_H = (support_GH[of_enough_G] >= min_subjects).all(0) & (strata.weights > 0)
    if not kept_H.any():
        return None
    left_out = 1 - float(sizes_GH[:, kept_H].sum() / sizes_GH.sum())
    note = None
    if left_out > 0:
        num_kept, few = int(kept_H.sum()), f"fewer than {quantity(min_subjects, 'subject')}"
        note = (
            f"over {num_kept} of {len(kept_H)} {strata.noun}: {percent(left_out)} of the samples are left out, as "
            f"some group has {few} there"
        )
    kept_GH = np.broadcast_to(kept_H, support_GH.shape)
    return SharedStrata(strata, split, kept_GH, (note,), {}, int(support_GH[:, kept_H].min()))


def side_support(sides: Sides, rows: Rows, split: InStrata) -> tuple[Ints, Floats]:
    """The subjects and the samples of each side and stratum, ``[U, H]``.

    If a stratum needs several things, such as every class, they are the subjects with the one that fewest have.
    """
    shown_RHm = (split.sizes > 0)[..., None] if split.shown is None else split.shown
    if rows.are_subjects:
        return _support_of_subjects(sides, rows, split.sizes, shown_RHm)
    subjects, samples = [], []
    for groups in sides:
        members = np.flatnonzero(np.isin(rows.label, groups))
        samples.append(split.sizes[members].sum(0))
        subject_R = rows.subject[members]
        once = len(distinct(subject_R)) == len(members)
        has_HmR = np.moveaxis(shown_RHm[members], 0, -1)
        each_Hm = has_HmR.sum(-1) if once else np.apply_along_axis(_num_distinct, -1, has_HmR, subject_R)
        subjects.append(each_Hm.min(-1))
    shape = len(sides), split.sizes.shape[1]
    return np.array(subjects, dtype=np.int64).reshape(shape), np.array(samples).reshape(shape)


def _support_of_subjects(
    sides: Sides, rows: Rows, sizes_RH: Floats, shown_RHm: npt.NDArray[np.bool_]
) -> tuple[Ints, Floats]:
    """The same where every row is a subject of its own, so that the counts of groups add up."""
    members_UG = members_of(sides, rows.num_labels).astype(np.float64)
    of_group_GR = csr_array(
        (np.ones(len(rows.label)), (rows.label, np.arange(len(rows.label)))),
        shape=(rows.num_labels, len(rows.label)),
    )
    shown_Rx = shown_RHm.reshape(len(shown_RHm), math.prod(shown_RHm.shape[1:]))  # -1 is no shape of no rows
    subjects_Ux = members_UG @ (of_group_GR @ shown_Rx)
    subjects_UH = subjects_Ux.reshape(len(sides), *shown_RHm.shape[1:]).min(-1).astype(np.int64)
    return subjects_UH, members_UG @ (of_group_GR @ sizes_RH)


def _num_distinct(has_R: npt.NDArray[np.bool_], subject_R: Ints) -> int:
    return len(distinct(subject_R[has_R]))


class _Found:
    """Sides as they are found: a group together with the strata that it is compared over."""

    def __init__(
        self,
        planned: Pairings,
        strata: Strata,
        support_UH: Ints,
        sizes_UH: Floats,
        enough_UH: npt.NDArray[np.bool_],
        least: int,
        names: Sequence[str],
    ) -> None:
        self.sides: list[tuple[tuple[int, ...], npt.NDArray[np.bool_]]] = []
        self.support: list[Ints] = []
        self.notes: list[str | None] = []
        self.apart: dict[tuple[tuple[int, ...], tuple[int, ...]], str] = {}
        self._planned, self._strata, self._least, self._names = planned, strata, least, names
        self._support_UH, self._sizes_UH, self._enough_UH = support_UH, sizes_UH, enough_UH
        self._index: dict[tuple[tuple[int, ...], bytes], int] = {}

    def usable(self, sides: Sequence[int]) -> npt.NDArray[np.bool_]:
        """The strata that all of some sides have; none of them if all are needed and one is missing."""
        shared_H: npt.NDArray[np.bool_] = np.logical_and.reduce(self._enough_UH[list(sides)], axis=0)
        whole = not self._strata.all_needed or bool(shared_H[self._strata.weights > 0].all())
        return shared_H if whole else np.zeros_like(shared_H)

    def side(self, groups: tuple[int, ...], kept_H: npt.NDArray[np.bool_]) -> int:
        """The index of a side; a new one if it is not yet there."""
        key = groups, kept_H.tobytes()
        if key not in self._index:
            self._index[key] = len(self.sides)
            self.sides.append((groups, kept_H))
            self.support.append(self._support_UH[self._planned.sides.index(groups)])
        return self._index[key]

    def contrast(self, left: int, right: int) -> Pair | None:
        """The sides of a contrast over the strata that both have; None if there are none."""
        pair = [left, right]
        kept_H = self.usable(pair)
        groups = self._planned.sides[left], self._planned.sides[right]
        if not kept_H.any():
            self.apart[groups] = self._why_apart(pair)
            return None
        left_out = 1 - float(self._sizes_UH[pair][:, kept_H].sum() / self._sizes_UH[pair].sum())
        self.notes.append(self._left_out(int(kept_H.sum()), left_out) if left_out > 0 else None)
        return self.side(groups[0], kept_H), self.side(groups[1], kept_H)

    def _left_out(self, num_kept: int, share: float) -> str:
        return (
            f"over {num_kept} of {len(self._strata.names)} {self._strata.noun}: {percent(share)} of the samples "
            f"are left out, as one of the two sides has fewer than {quantity(self._least, 'subject')} there"
        )

    def _why_apart(self, pair: Sequence[int]) -> str:
        if not self._strata.all_needed:
            both = " and in ".join(self._name(side) for side in pair)
            return f"none of the {self._strata.noun} has at least {self._least} subjects both in {both}"
        short_2H = ~self._enough_UH[pair] & (self._strata.weights > 0)
        side, stratum = np.argwhere(short_2H)[0].tolist()
        num = quantity(int(self._support_UH[pair[side], stratum]), "subject")
        short = f"{num} with {self._strata.names[stratum]} in {self._name(pair[side])}"
        return f"{short}; at least {self._least} are needed"

    def _name(self, side: int) -> str:
        groups = self._planned.sides[side]
        return "the rest" if len(groups) > 1 else self._names[groups[0]]
