"""Protected attributes → groups of samples, along one attribute or across several.

Shapes: N samples, G groups.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Ints
from harness.attributes.group import TIMES, UNKNOWN, Group
from harness.attributes.grouping import MAX_GROUPS, Grouping, parts, require_name
from harness.attributes.look_alikes import there_are
from harness.errors import HarnessError

PREFIX = "attr."
MAX_READ = 1000
"""Nobody reads more names than this: their order need only be the same every time."""


@dataclass(frozen=True)
class Groups:
    """The groups of one axis.

    Attributes:
        attributes: whose values make the groups: one, or several for an intersection.
        groups: ``[G]``, in reading order, also declared ones that are empty; the unknown come last.
        index: ``[N]``, the group of every sample.
        note: what a reader of the names must know; None if nothing.
    """

    attributes: tuple[str, ...]
    groups: tuple[Group, ...]
    index: Ints
    note: str | None = None

    @cached_property
    def axis(self) -> str:
        """What the axis is called: the attribute; several with ``*`` between them."""
        return TIMES.join(self.attributes)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """``[G]``, what the groups are called: each name once."""
        return tuple(group.name for group in self.groups)

    @property
    def is_intersection(self) -> bool:
        """Whether several attributes are combined."""
        return len(self.attributes) > 1

    @property
    def unknown(self) -> int | None:
        """The index of the group of the unknown; None if everybody is known."""
        return next((index for index, group in enumerate(self.groups) if group.is_unknown), None)

    def num_in_several(self, subject_N: Ints) -> int:
        """How many subjects have samples in more than one group, ``unknown`` among them; 0 on a nested axis.

        Args:
            subject_N: ``[N]``, the subject of every sample, numbered from 0.
        """
        one_of_its_groups = np.zeros(int(subject_N.max(initial=-1)) + 1, dtype=np.int64)
        one_of_its_groups[subject_N] = self.index
        return len(np.unique(subject_N[self.index != one_of_its_groups[subject_N]]))

    def is_nested(self, subject_N: Ints) -> bool:
        """Whether every subject is in one group: the attribute belongs to people, not to samples."""
        return self.num_in_several(subject_N) == 0


def axes_of(samples: pa.Table) -> tuple[str, ...]:
    """The attributes of the table, without their prefix, in column order.

    Raises:
        HarnessError: a name cannot be that of an axis.
    """
    names = [name.removeprefix(PREFIX) for name in samples.column_names if name.startswith(PREFIX)]
    try:
        return tuple(require_name(name) for name in names)
    except ValueError as error:
        raise HarnessError(f"samples, columns {PREFIX}*: {error}.") from None


def group_samples(samples: pa.Table, axis: str, grouping: Grouping | None = None) -> Groups:
    """Group the samples along one attribute or an intersection; an empty value is the group ``unknown``.

    Args:
        samples: the samples table.
        axis: ``sex``, or ``sex*age`` whose groups are ``female*65+`` and, where any part is unknown, ``unknown``.
        grouping: the plan's choices; by default those of `Grouping`.

    Raises:
        HarnessError: the samples have no such attribute; a value is not on the scale that the plan names.
    """
    grouping = grouping or Grouping()
    known = axes_of(samples)
    for name in parts(axis):
        if name not in known:
            raise HarnessError(
                f"There is no attribute {name!r}. {there_are(name, known)} "
                "attributes.file=people.csv joins more by subject_id "
                "(in Python attributes={'file': 'people.csv'})."
            )
    alone = [_along(samples, name, grouping) for name in parts(axis)]
    return alone[0] if len(alone) == 1 else _across(alone)


def _along(samples: pa.Table, attribute: str, grouping: Grouping) -> Groups:
    encoded = pc.dictionary_encode(samples[PREFIX + attribute].combine_chunks(), null_encoding="encode")
    try:
        listed = grouping.listed(attribute)
        group_of_code = [
            grouping.group_of(attribute, value) or UNKNOWN for value in encoded.dictionary.to_pylist()
        ]
    except ValueError as error:
        raise HarnessError(f"{PREFIX}{attribute} ({grouping.choice(attribute)}): {error}.") from None
    others = set(group_of_code) - {*listed, UNKNOWN}
    found = sorted(others, key=_natural_order if len(others) <= MAX_READ else None)
    names = (*listed, *found, *([UNKNOWN] if UNKNOWN in group_of_code else []))
    position = {name: index for index, name in enumerate(names)}
    to_group = np.array([position[name] for name in group_of_code], dtype=np.int64)
    return Groups((attribute,), tuple(map(Group.of, names)), to_group[encoded.indices.to_numpy()])


def _across(alone: Sequence[Groups]) -> Groups:
    """The product of the parts' groups, or where that is too much to list, the combinations that occur."""
    attributes = tuple(name for groups in alone for name in groups.attributes)
    values = [[group.name for group in groups.groups if not group.is_unknown] for groups in alone]
    sizes = [max(len(of_part), 1) for of_part in values]
    if prod(sizes) >= np.iinfo(np.int64).max:
        axis = TIMES.join(attributes)
        raise HarnessError(f"attributes.axes: {axis} has more combinations than can be counted. Use bands.")
    num_cells = prod(len(of_part) for of_part in values)
    unknown_N = np.any([groups.index == len(of) for groups, of in zip(alone, values, strict=True)], axis=0)
    known = [np.minimum(groups.index, size - 1) for groups, size in zip(alone, sizes, strict=True)]
    cell_N = np.where(unknown_N, num_cells, np.ravel_multi_index(known, sizes))
    unknown = [Group.unknown(len(alone))] if unknown_N.any() else []
    if num_cells <= MAX_GROUPS:
        return Groups(attributes, (*(Group.of(*cell) for cell in product(*values)), *unknown), cell_N)
    present, index_N = np.unique(cell_N, return_inverse=True)
    occurring = zip(*np.unravel_index(present[present < num_cells], sizes), strict=True)
    listed = [Group.of(*(of[i] for of, i in zip(values, cell, strict=True))) for cell in occurring]
    note = f"{num_cells:,} combinations are possible; those that occur are listed"
    return Groups(attributes, (*listed, *unknown), index_N, note)


def _natural_order(name: str) -> tuple[list[tuple[int, float, str]], str]:
    """``monk_2`` before ``monk_10``, ``3-12`` before ``13-17``; ``1`` and ``01`` stay apart."""
    pieces = re.split(r"(\d+(?:\.\d+)?)", name)
    return [(0, float(p), "") if i % 2 else (1, 0.0, p) for i, p in enumerate(pieces)], name
