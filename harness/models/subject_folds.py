"""Distributes subjects over folds."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from harness.arrays import Bools
from harness.tables.folds import LOSO
from harness.tables.split_names import fold_of, people_on_both_sides


def sides_to_test(sizes: Mapping[str, int], max_folds: int, seed: int) -> list[tuple[str, tuple[str, ...]]]:
    """Each fold's name and the subjects that it tests.

    Args:
        sizes: subject → number of rows, each at least 1.
        max_folds: leave-one-subject-out up to this number of subjects, otherwise this number of folds.
        seed: see `balanced_folds`.
    """
    if len(sizes) <= max_folds:
        return [(f"{LOSO}{subject}", (subject,)) for subject in sorted(sizes)]
    digits = max(2, len(str(max_folds)))
    return [
        (f"fold-{number:0{digits}d}", subjects)
        for number, subjects in enumerate(balanced_folds(sizes, max_folds, seed), start=1)
    ]


def tested_rows(
    subject_N: npt.NDArray[np.str_], splits: Sequence[str | None], usable_N: Bools, max_folds: int, seed: int
) -> list[tuple[str, Bools]]:
    """Each fold's name and the rows that it tests; all others are trained on.

    The folds of the split, where it names folds; otherwise those of `sides_to_test`. A split of which a subject is
    in two folds gives folds with this subject on both sides: a study refuses it unless it is told to take it.

    Args:
        subject_N: of every row.
        splits: of every row.
        usable_N: rows that can be trained on or tested. A row of a subject without any is in no fold.
        max_folds: leave-one-subject-out up to this number of subjects, otherwise this number of folds.
        seed: see `balanced_folds`.
    """
    usable = np.flatnonzero(usable_N).tolist()
    pairs = [(str(subject_N[row]), splits[row]) for row in usable]
    folds = {fold_of(split) for _, split in pairs}
    names = sorted(fold for fold in folds if fold is not None)
    if len(names) > 1 and None not in folds and people_on_both_sides(pairs):
        split_N = np.array([fold_of(split) or "" for split in splits], str)
        known_N = np.isin(subject_N, subject_N[usable_N])
        return [(name, known_N & (split_N == name)) for name in names]
    sizes = Counter(subject for subject, _ in pairs)
    sides = published_sides(pairs) or sides_to_test(sizes, max_folds, seed)
    return [(name, np.isin(subject_N, subjects)) for name, subjects in sides]


def published_sides(split_of: Iterable[tuple[str, str | None]]) -> list[tuple[str, tuple[str, ...]]] | None:
    """Each fold's name and the subjects that it tests, where the dataset's own split says so.

    Args:
        split_of: of every row that is tested its subject and its split.

    Returns:
        The folds by name; None where a row is in no fold, all are in the same, or a subject is in two: these would
        be tested by what was trained on them.
    """
    pairs = set(split_of)
    folds: defaultdict[str, list[str]] = defaultdict(list)
    for subject, split in sorted(pairs, key=str):
        fold = fold_of(split)
        if fold is None:
            return None
        if subject not in folds[fold]:
            folds[fold].append(subject)
    if len(folds) < 2 or people_on_both_sides(pairs):
        return None
    return [(name, tuple(subjects)) for name, subjects in sorted(folds.items())]


def balanced_folds(sizes: Mapping[str, int], num_folds: int, seed: int) -> list[tuple[str, ...]]:
    """Distribute subjects over folds with about equal numbers of rows.

    The subjects are shuffled; then the largest remaining subject goes to the fold that is smallest so far (longest
    processing time first, Graham 1969: no fold exceeds 4/3 of the best possible largest one).

    Args:
        sizes: subject → number of rows, each at least 1; their order does not matter.
        num_folds: at most the number of subjects.
        seed: determines the order among subjects of equal size.

    Returns:
        The sorted subjects of each fold; every subject in exactly one.
    """
    assert 1 <= num_folds <= len(sizes), "more folds than subjects"
    shuffled = np.random.default_rng(seed).permutation(sorted(sizes))
    folds: list[list[str]] = [[] for _ in range(num_folds)]
    smallest_first = [(0, number) for number in range(num_folds)]
    for subject in sorted(map(str, shuffled), key=lambda name: -sizes[name]):
        size, number = heapq.heappop(smallest_first)
        folds[number].append(subject)
        heapq.heappush(smallest_first, (size + sizes[subject], number))
    return [tuple(sorted(fold)) for fold in folds]
