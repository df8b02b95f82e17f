"""The cells of a search: every combination of values of a few attributes, and their members.

Shapes: R rows, A attributes, D attributes of one cell, C cells, V distinct combinations of attributes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints

Parts = tuple[tuple[int, int], ...]
"""(attribute, value) pairs, as indices into the columns of the codes and their values."""

NO_GROUP = -1
MAX_SEARCH_CELLS = 2_000
"""With more cells than this a search is slow and has little power: it stops at the previous depth."""


@dataclass(frozen=True)
class SearchCells:
    """The cells and their members.

    Attributes:
        parts: per cell.
        num_subjects: ``[C]``.
        member: ``[C, V]``, which combinations of attributes belong to the cell.
        num_rows: ``[C]``, rows in each cell.
        order: ``[R]``, rows sorted by their attributes.
        starts: ``[V]``, where in that order each combination of attributes begins.
        num_skipped: cells with too few subjects.
        depth: attributes of the longest cells that were tested or skipped.
    """

    parts: tuple[Parts, ...]
    num_subjects: Ints
    member: Floats
    num_rows: Floats
    order: Ints
    starts: Ints
    num_skipped: int
    depth: int


def enumerate_cells(codes_RA: Ints, subject_R: Ints, depth: int, min_subjects: int) -> SearchCells:
    """Every combination of values of 1 to ``depth`` attributes that occurs, short ones first.

    Args:
        codes_RA: the value of each attribute, 0, 1, …; `NO_GROUP` if it is unknown.
        subject_R: the subject of each row.
        depth: the most attributes of a cell.
        min_subjects: cells with fewer subjects inside or outside are skipped and counted.
    """
    vectors_VA, vector_R, rows_V = np.unique(codes_RA, axis=0, return_inverse=True, return_counts=True)
    vector_R = vector_R.reshape(-1)
    subject_R = np.unique(subject_R, return_inverse=True)[1]
    parts: list[Parts] = []
    members, counts, num_skipped, depth_reached = [], [], 0, 0
    seen: set[bytes] = set()
    for cell, member_V in _combinations(vectors_VA, depth):
        depth_reached = len(cell)
        member_R = member_V[vector_R]
        inside, outside = (np.count_nonzero(np.bincount(subject_R[rows])) for rows in (member_R, ~member_R))
        if min(inside, outside) < min_subjects:
            num_skipped += 1
        elif member_V.tobytes() not in seen:  # the same people under a longer name add nothing
            seen.add(member_V.tobytes())
            parts.append(cell)
            members.append(member_V)
            counts.append(inside)
    member_CV = np.array(members, dtype=np.float64).reshape(len(parts), len(vectors_VA))
    return SearchCells(
        parts=tuple(parts),
        num_subjects=np.array(counts, dtype=np.int64),
        member=member_CV,
        num_rows=member_CV @ rows_V,
        order=np.argsort(vector_R, kind="stable"),
        starts=np.concatenate([[0], np.cumsum(rows_V)[:-1]]),
        num_skipped=num_skipped,
        depth=depth_reached,
    )


def _combinations(vectors_VA: Ints, depth: int) -> Iterator[tuple[Parts, npt.NDArray[np.bool_]]]:
    num_cells = 0
    for size in range(1, depth + 1):
        known = _known(vectors_VA, size, MAX_SEARCH_CELLS - num_cells)
        if known is None:
            return
        num_cells += len(known)
        for attributes, values_D in known:
            cell = tuple((a, int(v)) for a, v in zip(attributes, values_D, strict=True))
            yield cell, (vectors_VA[:, attributes] == values_D).all(1)


def _known(vectors_VA: Ints, size: int, most: int) -> list[tuple[tuple[int, ...], Ints]] | None:
    """The combinations of this many attributes and values that occur; None if there are more than ``most``."""
    known: list[tuple[tuple[int, ...], Ints]] = []
    for attributes in combinations(range(vectors_VA.shape[1]), size):
        values = np.unique(vectors_VA[:, attributes], axis=0)
        known += [(attributes, values_D) for values_D in values if (values_D != NO_GROUP).all()]
        if len(known) > most:
            return None
    return known
