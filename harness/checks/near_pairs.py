"""Pairs of fingerprints that are nearly equal, among as many as 100,000, in bounded memory.

Every pair is compared, most of them only by their first principal components. The distance of two projections is
never larger than that of the fingerprints, so no pair is missed. The pairs that remain are compared exactly, in
whole numbers.

Shapes: N samples, M different fingerprints, F numbers of a fingerprint, Q components, b rows of a block.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints
from harness.statistics.threads import one_thread

Fingerprints = npt.NDArray[np.int8]
Bools = npt.NDArray[np.bool_]
Singles = npt.NDArray[np.float32]

MIN_COMPONENTS = 32
BLOCK_ROWS, BLOCK_COLUMNS = 1024, 8192
"""32 MB of distances at a time."""

MAX_EXAMPLES = 3
MAX_STRETCH = 0.04
_ROUNDING = 1e-3
_SEVERAL = -1


@dataclass(frozen=True)
class Near:
    """Samples with a copy.

    Attributes:
        across: ``[N]``, whether another subject's sample is nearly equal.
        within: ``[N]``, whether another sample of the same subject is, and none of another subject.
        examples_across: a few pairs of rows, the most alike first.
        examples_within: likewise.
    """

    across: Bools
    within: Bools
    examples_across: tuple[tuple[int, int], ...]
    examples_within: tuple[tuple[int, int], ...]


def near_pairs(fingerprints_NF: Fingerprints, subject_N: Ints, duration_N: Floats, threshold: float) -> Near:
    """Find the samples whose fingerprint has a cosine of at least `threshold` with another sample's.

    Args:
        fingerprints_NF: whole numbers; a row of zeros is not similar to anything.
        subject_N: 0, 1, …
        duration_N: in seconds, NaN if it is unknown or may differ. A fingerprint does not contain the duration;
            recordings whose durations differ by more than `MAX_STRETCH` are not copies.
        threshold: above 0, at most 1.
    """
    usable = np.flatnonzero(fingerprints_NF.any(axis=1))
    different_MF, which = _different(fingerprints_NF[usable])
    found = _Found(usable, which, subject_N, duration_N)
    with one_thread():
        for left, right in _candidates(different_MF, threshold, found):
            _compare(different_MF, left, right, threshold, found)
    return found.result()


def _different(fingerprints: Fingerprints) -> tuple[Fingerprints, Ints]:
    """The M different rows, and the index of the one that each row equals."""
    if not len(fingerprints):
        return fingerprints, np.empty(0, np.int64)
    keys = np.ascontiguousarray(fingerprints).view([("", f"V{fingerprints.shape[1]}")]).ravel()
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    return fingerprints[first], which.astype(np.int64).ravel()


class _Found:
    """What has been found so far, for the M different fingerprints.

    Args:
        usable: the rows that have a fingerprint.
        which: for each of them, its fingerprint, 0 … M - 1.
        subject_N: 0, 1, …
        duration_N: in seconds, or NaN.
    """

    def __init__(self, usable: Ints, which: Ints, subject_N: Ints, duration_N: Floats) -> None:
        self._usable, self._which, self._subject_N = usable, which, subject_N
        _, first, times = np.unique(which, return_index=True, return_counts=True)
        self._row_M = usable[first]
        self._duration_M = duration_N[self._row_M]
        self._subject_M = subject_N[self._row_M]
        several = np.unique(which[subject_N[usable] != self._subject_M[which]])
        self._subject_M[several] = _SEVERAL
        self._across_M = self._subject_M == _SEVERAL
        self._within_M = (times > 1) & ~self._across_M
        self._examples: dict[bool, list[tuple[float, int, int]]] = {True: [], False: []}
        self._equal_examples()

    def is_settled(self, rows: Ints) -> bool:
        """Whether all of these fingerprints are known to have a copy of another subject."""
        return bool(self._across_M[rows].all())

    def open(self, left: Ints, right: Ints) -> Bools:
        """Which pairs could still add something: if all are alike, most cannot."""
        known = self._across_M | (self._within_M & (self._subject_M != _SEVERAL))
        both_known = known[left] & known[right] & self._same(left, right)
        undecided: Bools = ~both_known & ~(self._across_M[left] & self._across_M[right])
        return undecided & self._equally_long(left, right)

    def mark(self, left: Ints, right: Ints, cosine: npt.NDArray[np.float64]) -> None:
        """Add pairs of different fingerprints that are near."""
        same = self._same(left, right)
        for mask_M, pairs in ((self._within_M, same), (self._across_M, ~same)):
            mask_M[left[pairs]] = True
            mask_M[right[pairs]] = True
            for place in np.flatnonzero(pairs)[np.argsort(-cosine[pairs], kind="stable")][:MAX_EXAMPLES].tolist():
                self._example(self._row_M[left[place]], self._row_M[right[place]], float(cosine[place]))

    def result(self) -> Near:
        """The samples of both kinds, disjoint."""
        across_N, within_N = np.zeros((2, len(self._subject_N)), dtype=bool)
        across_N[self._usable] = self._across_M[self._which]
        within_N[self._usable] = (self._within_M & ~self._across_M)[self._which]
        across, within = (tuple(pair[1:] for pair in self._examples[same]) for same in (False, True))
        return Near(across_N, within_N, across, within)

    def _same(self, left: Ints, right: Ints) -> Bools:
        same: Bools = (self._subject_M[left] == self._subject_M[right]) & (self._subject_M[left] != _SEVERAL)
        return same

    def _equally_long(self, left: Ints, right: Ints) -> Bools:
        one, other = self._duration_M[left], self._duration_M[right]
        differ: Bools = np.abs(one - other) > MAX_STRETCH * np.maximum(one, other)
        return ~differ

    def _equal_examples(self) -> None:
        order = np.argsort(self._which, kind="stable")
        rows, which = self._usable[order], self._which[order]
        left, right = rows[:-1][which[1:] == which[:-1]], rows[1:][which[1:] == which[:-1]]
        same = self._subject_N[left] == self._subject_N[right]
        for kind in (same, ~same):
            for place in np.flatnonzero(kind)[:MAX_EXAMPLES].tolist():
                self._example(left[place], right[place], 1.0)

    def _example(self, left: np.int64, right: np.int64, cosine: float) -> None:
        same = bool(self._subject_N[left] == self._subject_N[right])
        pair = (-cosine, int(min(left, right)), int(max(left, right)))
        self._examples[same] = sorted([*self._examples[same], pair])[:MAX_EXAMPLES]


def _candidates(fingerprints_MF: Fingerprints, threshold: float, found: _Found) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of rows that may reach the threshold, including all that do and are not yet known."""
    if len(fingerprints_MF) < 2:
        return
    reach = float(np.sqrt(2.0 * (1.0 - threshold))) + _ROUNDING
    points_MQ = _projected(fingerprints_MF, reach)
    order = np.argsort(points_MQ[:, 0], kind="stable")
    points_MQ = points_MQ[order]
    for top, left in _blocks(points_MQ[:, 0], reach):
        if not (found.is_settled(order[top]) and found.is_settled(order[left])):
            rows, columns = _within_reach(points_MQ, top, left, reach)
            yield order[rows], order[columns]


def _projected(fingerprints_MF: Fingerprints, reach: float) -> Singles:
    """Unit vectors on their first principal components ``[M, Q]``, the strongest first.

    So many that two of them are usually √2 times as far apart as `reach`: with fewer, most pairs would remain.
    """
    unit_MF = fingerprints_MF.astype(np.float32)
    unit_MF /= _length(unit_MF)[:, None]
    centred_MF = unit_MF - unit_MF.mean(axis=0)
    variance_F, vectors_FF = np.linalg.eigh((centred_MF.T @ centred_MF).astype(np.float64) / len(centred_MF))
    enough = int(np.searchsorted(np.cumsum(variance_F[::-1]), reach**2)) + 1
    num = max(MIN_COMPONENTS, enough)
    projected: Singles = centred_MF @ vectors_FF[:, ::-1][:, :num].astype(np.float32)
    return projected


def _blocks(position_M: Singles, reach: float) -> Iterator[tuple[slice, slice]]:
    """Blocks of the upper triangle whose points may be near by their first component."""
    num = len(position_M)
    for start in range(0, num, BLOCK_ROWS):
        stop = min(start + BLOCK_ROWS, num)
        end = int(np.searchsorted(position_M, position_M[stop - 1] + reach, side="right"))
        for first in range(start, end, BLOCK_COLUMNS):
            yield slice(start, stop), slice(first, min(first + BLOCK_COLUMNS, end))


def _within_reach(points_MQ: Singles, top: slice, left: slice, reach: float) -> tuple[Ints, Ints]:
    """Rows and columns ``row < column`` of a block whose projections are within reach."""
    rows_bQ, columns_bQ = points_MQ[top], points_MQ[left]
    square = (columns_bQ**2).sum(axis=1) / 2.0
    bound = (reach**2 - (rows_bQ**2).sum(axis=1)) / 2.0
    # |p - q|² ≤ reach²  ⇔  |q|²/2 - p·q ≤ (reach² - |p|²)/2
    half_distance = square - rows_bQ @ columns_bQ.T
    near = np.flatnonzero(half_distance <= bound[:, None])
    rows, columns = near // len(columns_bQ) + top.start, near % len(columns_bQ) + left.start
    return rows[rows < columns], columns[rows < columns]


def _compare(fingerprints_MF: Fingerprints, left: Ints, right: Ints, threshold: float, found: _Found) -> None:
    """Mark the pairs that reach the threshold; products of such small whole numbers are exact in float32."""
    for start in range(0, len(left), BLOCK_COLUMNS):
        one, other = left[start : start + BLOCK_COLUMNS], right[start : start + BLOCK_COLUMNS]
        is_open = found.open(one, other)
        one, other = one[is_open], other[is_open]
        if len(one):
            a_pF, b_pF = fingerprints_MF[one].astype(np.float32), fingerprints_MF[other].astype(np.float32)
            product = np.einsum("pf,pf->p", a_pF, b_pF).astype(np.float64)
            cosine = product / (_length(a_pF).astype(np.float64) * _length(b_pF))
            near = cosine >= threshold
            found.mark(one[near], other[near], cosine[near])


def _length(rows: Singles) -> Singles:
    length: Singles = np.sqrt(np.einsum("pf,pf->p", rows, rows))
    return length
