"""Random relabelling of rows under the null hypothesis that groups, or models, do not differ.

Shapes: R rows (a subject within one label), S subjects, B draws, b draws in one chunk.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from harness.arrays import Ints


class Relabelling(Protocol):
    """A random relabelling of rows that leaves their distribution unchanged under the null hypothesis."""

    def draw(self, rng: np.random.Generator, num: int) -> Ints:
        """The labels ``[b, R]`` of ``num`` draws."""
        ...


class AmongSubjects:
    """Groups of people: subjects are permuted between groups.

    Subjects in one group are permuted with each other, so that groups keep their sizes. The rows of a subject in
    several groups (if an attribute varies within a subject, such as lighting) are permuted within the subject,
    which is thereby compared with itself.

    Args:
        subject_R: 0 … S - 1; each pair of subject and group at most once.
        group_R: the group of every row.
        stratum_R: subjects are only permuted with others of the same stratum, 0 …; None if with all.
    """

    def __init__(self, subject_R: Ints, group_R: Ints, stratum_R: Ints | None = None) -> None:
        several_R = np.bincount(subject_R)[subject_R] > 1
        stratum_R = np.zeros_like(subject_R) if stratum_R is None else stratum_R
        block_R = np.where(several_R, 1 + stratum_R.max(initial=0) + subject_R, stratum_R)
        self._order = np.argsort(block_R, kind="stable")
        self._block, self._group = block_R[self._order], group_R[self._order]

    def draw(self, rng: np.random.Generator, num: int) -> Ints:
        """See `Relabelling`."""
        if not self._block.any():
            return rng.permuted(np.tile(self._group, (num, 1)), axis=1)
        # Rows are sorted by block; a random key puts each block's rows in a random order.
        order_bR = np.argsort(self._block + rng.random((num, len(self._block))), axis=1)
        labels_bR = np.empty((num, len(self._block)), dtype=np.int64)
        labels_bR[:, self._order] = self._group[order_bR]
        return labels_bR


class WithinSubjects:
    """Several models on the same people: the models are permuted within each subject, all orders equally likely.

    Label ``M g + m`` is model m (0 … M - 1) within group g.

    Args:
        subject_R: 0 … S - 1.
        label_R: the label of every row.
        num_models: M.
    """

    def __init__(self, subject_R: Ints, label_R: Ints, num_models: int = 2) -> None:
        self._subject_R = subject_R
        self._model_R = label_R % num_models
        self._first_R = label_R - self._model_R
        self._num = (int(subject_R.max(initial=0)) + 1, num_models)

    def draw(self, rng: np.random.Generator, num: int) -> Ints:
        """See `Relabelling`."""
        place_bSM = rng.random((num, *self._num)).argsort(axis=-1)
        return self._first_R + place_bSM[:, self._subject_R, self._model_R]


class PairedAmongSubjects:
    """Two models in groups of people: subjects are permuted between groups with their rows of both models.

    Label ``2 g + m`` is model m (0 or 1) within group g.

    Args:
        subject_R: 0 … S - 1; each pair of subject and label at most once, and every pair of subject and group with
            both models.
        label_R: the label of every row.
    """

    def __init__(self, subject_R: Ints, label_R: Ints) -> None:
        first_R = label_R % 2 == 0
        pairs, self._pair_R = np.unique(
            subject_R * (int(label_R.max(initial=0)) // 2 + 1) + label_R // 2, return_inverse=True
        )
        self._model_R = label_R % 2
        rows = np.full(len(pairs), -1)
        rows[self._pair_R[first_R]] = np.flatnonzero(first_R)
        self._pairs = AmongSubjects(subject_R[rows], label_R[rows] // 2)

    def draw(self, rng: np.random.Generator, num: int) -> Ints:
        """See `Relabelling`."""
        return 2 * self._pairs.draw(rng, num)[:, self._pair_R] + self._model_R
