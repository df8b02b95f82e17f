"""Answers beside the labels of other people at the same context, such as those who spoke the same sentence.

A system that reads a person cannot know the labels of others. What its answers have in common with these comes
from the label of the sample, if labels go with the context, or from the context itself. The two are told apart by
what the answers would have in common if they depended on that label alone. Labels of others are a negative control
(Lipsitch, Tchetgen Tchetgen & Cohen 2010, doi:10.1097/EDE.0b013e3181d61eeb).

Whether answers depend on the context at all is seen from pairs of people with the same label: are their answers
the same more often if their context is, too?

Shapes: N samples, S people, K classes, C contexts, R cells (a person at a context); ``...`` any, such as S.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from harness.arrays import Bools, Floats, Ints
from harness.metrics.tally import or_zero, ratio

BLOCK_VALUES = 200_000
"""Numbers that are computed at a time: few enough for the processor's cache."""


@dataclass(frozen=True)
class ControlSums:
    """Pairs of a sample with the label of another person at the same context, and the confusion matrix.

    At a context with n samples a pair counts 1/n, so that contexts count by their samples.

    Attributes:
        answered: ``[..., K, K]``, pairs by the answer to the sample and the label of the other.
        labelled: ``[..., K, K]``, pairs by the label of the sample and the label of the other.
        confusion: ``[..., K, K]``, samples by label and answer.
    """

    answered: Floats
    labelled: Floats
    confusion: Floats

    @property
    def agreement(self) -> Floats:
        """``[...]``, UAR of the answers against labels of others; 1/K if neither has to do with the context."""
        return _mean_recall(np.einsum("...kk->...k", self.answered), self._pairs)

    @property
    def carried(self) -> Floats:
        """``[...]``, the UAR of the labels themselves against labels of others: what the context gives away."""
        return _mean_recall(np.einsum("...kk->...k", self.labelled), self._pairs)

    @property
    def by_label(self) -> Floats:
        """``[...]``, the agreement of answers that depend on the label of their own sample alone."""
        rate = or_zero(ratio(self.confusion, self.confusion.sum(-1, keepdims=True)))
        return _mean_recall((self.labelled * rate).sum(-2), self._pairs)

    @property
    def gain(self) -> Floats:
        """``[...]``, the agreement beyond `by_label`: 0 if the context has no part in the answers."""
        return self.agreement - self.by_label

    @property
    def _pairs(self) -> Floats:
        pairs: Floats = self.labelled.sum(-2)
        return pairs


def _mean_recall(right: Floats, pairs: Floats) -> Floats:
    mean: Floats = ratio(right, pairs).mean(-1)
    return mean


def control_sums(
    answer_N: Ints, label_N: Ints, subject_N: Ints, context_N: Ints, num_classes: int, own_N: Bools | None = None
) -> tuple[ControlSums, ControlSums]:
    """The sums over all people, and those without each person in turn, ``[S, K, K]``.

    Args:
        answer_N: 0 … K - 1.
        label_N: 0 … K - 1.
        subject_N: 0 … S - 1.
        context_N: 0 … C - 1.
        num_classes: K.
        own_N: whose answers and own labels count, such as those of a group; all samples are labels of others.
    """
    num_subjects, size = int(subject_N.max()) + 1, num_classes
    own_N = np.ones(len(label_N), np.bool_) if own_N is None else own_N
    cells = _Cells.of(subject_N, context_N, label_N, num_classes)
    answered, labelled = (cells.pairs(own, own_N, num_subjects) for own in (answer_N, label_N))
    code_N = ((subject_N * size + label_N) * size + answer_N)[own_N]
    confusion_SKK = np.bincount(code_N, minlength=num_subjects * size**2).reshape(num_subjects, size, size)
    confusion_KK = confusion_SKK.sum(0)
    total = ControlSums(answered[0], labelled[0], confusion_KK.astype(np.float64))
    return total, ControlSums(answered[1], labelled[1], (confusion_KK - confusion_SKK).astype(np.float64))


@dataclass(frozen=True)
class SameAnswers:
    """How often two people with the same label get the same answer; the mean over labels.

    Attributes:
        together: ``[...]``, if they have the same context. Contexts count by their samples.
        anywhere: ``[...]``, whatever their contexts.
    """

    together: Floats
    anywhere: Floats

    @property
    def gain(self) -> Floats:
        """``[...]``, 0 if answers depend on the label alone; else the variance of their shares over contexts."""
        return self.together - self.anywhere


def same_answers(
    answer_N: Ints, label_N: Ints, subject_N: Ints, context_N: Ints, num_classes: int
) -> tuple[SameAnswers, SameAnswers]:
    """Over all people, and without each person in turn, ``[S]``; of labels that two people have at a context.

    Args:
        answer_N: 0 … K - 1.
        label_N: 0 … K - 1.
        subject_N: 0 … S - 1.
        context_N: 0 … C - 1.
        num_classes: K.
    """
    num_subjects = int(subject_N.max()) + 1
    found = []
    for label in np.unique(label_N):
        own_N = label_N == label
        shares = [
            _equal_pairs(answer_N[own_N], subject_N[own_N], context_n, num_classes, num_subjects)
            for context_n in (context_N[own_N], np.zeros_like(context_N[own_N]))
        ]
        if np.isfinite([total for total, _ in shares]).all():
            found.append(shares)
    if not found:
        return SameAnswers(np.array(np.nan), np.array(np.nan)), SameAnswers(*np.full((2, num_subjects), np.nan))
    both = [[np.mean([shares[side][part] for shares in found], axis=0) for side in (0, 1)] for part in (0, 1)]
    return SameAnswers(*both[0]), SameAnswers(*both[1])


def _equal_pairs(
    answer_n: Ints, subject_n: Ints, context_n: Ints, num_classes: int, num_subjects: int
) -> tuple[Floats, Floats]:
    """The share of pairs at one context that have the same answer; and without each person ``[S]``."""
    cells = _Cells.of(subject_n, context_n, answer_n, num_classes)
    both = cells.pairs(answer_n, np.ones(len(answer_n), np.bool_), num_subjects)
    total, left_out = (ratio(np.einsum("...kk->...", pairs), pairs.sum((-1, -2))) for pairs in both)
    return total, left_out


@dataclass(frozen=True)
class _Cells:
    """The labels of each person at each context.

    Attributes:
        cell: ``[N]``, the cell of each sample.
        subject: ``[R]``.
        context: ``[R]``.
        labels: ``[R, K]``, how often each label occurs.
        num_contexts: C.
    """

    cell: Ints
    subject: Ints
    context: Ints
    labels: Floats
    num_contexts: int

    @classmethod
    def of(cls, subject_N: Ints, context_N: Ints, label_N: Ints, num_classes: int) -> _Cells:
        num_contexts = int(context_N.max()) + 1
        code_R, cell_N = np.unique(subject_N * num_contexts + context_N, return_inverse=True)
        labels_RK = _counts(cell_N, label_N, len(code_R), num_classes)
        return cls(cell_N, code_R // num_contexts, code_R % num_contexts, labels_RK, num_contexts)

    def pairs(self, class_N: Ints, own_N: Bools, num_subjects: int) -> tuple[Floats, Floats]:
        """Pairs by the class of the sample and the label of the other ``[K, K]``; without each person, too.

        A person who is left out ``[S, K, K]`` is missing on both sides, and pairs count by the samples that stay.
        """
        labels_RK, size = self.labels, self.labels.shape[1]
        own_RK = _counts(self.cell[own_N], class_N[own_N], len(labels_RK), size)
        own_CK, labels_CK = self._by_context(own_RK), self._by_context(labels_RK)
        num_R, num_C = labels_RK.sum(1), labels_CK.sum(1)
        pairs_CKK = own_CK[:, :, None] * labels_CK[:, None] - self._own_pairs(own_RK)
        total_KK = or_zero(ratio(pairs_CKK, num_C[:, None, None])).sum(0)
        without_SKK = np.repeat(total_KK[None], num_subjects, axis=0)
        for start in range(0, len(labels_RK), block := max(1, BLOCK_VALUES // size**2)):
            rows = slice(start, start + block)
            at, own_rK, labels_rK = self.context[rows], own_RK[rows], labels_RK[rows]
            lost_rKK = own_rK[:, :, None] * (labels_CK[at] - labels_rK)[:, None]
            lost_rKK += (own_CK[at] - own_rK)[:, :, None] * labels_rK[:, None]
            left_r = num_C[at] - num_R[rows]
            staying_rKK = or_zero(ratio(pairs_CKK[at] - lost_rKK, left_r[:, None, None]))
            change_rKK = staying_rKK - pairs_CKK[at] / num_C[at, None, None]
            people, first = np.unique(self.subject[rows], return_index=True)  # cells are in the order of people
            without_SKK[people] += np.add.reduceat(change_rKK, first, axis=0)
        return total_KK, without_SKK

    def _by_context(self, counts_RK: Floats) -> Floats:
        sums_CK = np.zeros((self.num_contexts, counts_RK.shape[1]))
        np.add.at(sums_CK, self.context, counts_RK)
        return sums_CK

    def _own_pairs(self, own_RK: Floats) -> Floats:
        """Pairs of samples of one person, by context ``[C, K, K]``."""
        order = np.argsort(self.context, kind="stable")
        ends = np.cumsum(np.bincount(self.context, minlength=self.num_contexts))
        # Products of whole numbers are exact: the same on every processor.
        return np.stack([own_RK[rows].T @ self.labels[rows] for rows in np.split(order, ends[:-1])])


def _counts(cell_N: Ints, class_N: Ints, num_cells: int, num_classes: int) -> Floats:
    counts = np.bincount(cell_N * num_classes + class_N, minlength=num_cells * num_classes)
    return counts.reshape(num_cells, num_classes).astype(np.float64)
