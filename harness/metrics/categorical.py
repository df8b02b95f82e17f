"""Accuracy, UAR, macro F1, and recall, precision and F1 per class, from counts.

Shapes: N samples, R rows (see `harness.metrics.tally`), C classes of the truth, K = C + 2 answers: the
classes, any other label (`OTHER`), no score (`UNSCORED`).

A missed face is a missed emotion: except in `accuracy_scored`, a sample without a score counts as wrong. Values
equal scikit-learn's `accuracy_score`, `recall_score`, `precision_score` and `f1_score` with ``labels`` set to the
classes of the truth, and `balanced_accuracy_score`, when an unscored sample is given a label of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from harness.arrays import Floats, Ints
from harness.metrics.metric_facts import Chance, MetricFacts, Shown
from harness.metrics.tally import Metric, Tally, fraction_gradient, ratio

OTHER, UNSCORED = -2, -1
"""The last two of the K answers."""

_LABELS = partial(MetricFacts, better="higher", needs=("labels",))

ACCURACY = _LABELS(
    name="accuracy",
    title="Accuracy",
    meaning="share of samples answered right; one without a score counts as wrong",
    chance=Chance("the share of the commonest class", baseline="majority"),
    compared=True,
    in_every_cell=True,
    shown=Shown.HEADLINE,
    place=10,
    lead=2,
)
ACCURACY_SCORED = _LABELS(
    name="accuracy_scored",
    title="Accuracy, scored only",
    meaning="share of right answers over the samples that got a score; to be read with coverage",
    shown=Shown.TERMINAL,
    place=20,
)
UAR = _LABELS(
    name="uar",
    title="UAR",
    meaning="unweighted average recall: the mean of the classes' recalls; one without a score counts as wrong",
    chance=Chance("one over the number of classes", of_classes=lambda num_classes: 1 / num_classes),
    compared=True,
    mean_over_classes=True,
    shows_correctness=True,
    shown=Shown.HEADLINE,
    place=30,
    lead=1,
)
MACRO_F1 = _LABELS(
    name="macro_f1",
    title="Macro F1",
    meaning="the mean of the classes' F1; one without a score counts as wrong",
    chance=Chance("that of always answering the commonest class", baseline="majority"),
    compared=True,
    mean_over_classes=True,
    shown=Shown.HEADLINE,
    place=40,
)
RECALL = _LABELS(
    name="recall:<class>",
    title="Recall",
    meaning="share of the samples with this label that are answered so",
    shown=Shown.CLASSES,
    place=210,
)
PRECISION = _LABELS(
    name="precision:<class>",
    title="Precision",
    meaning="share of the answers of this class that are right",
    shown=Shown.CLASSES,
    place=220,
)
F1 = _LABELS(
    name="f1:<class>",
    title="F1",
    meaning="harmonic mean of a class's recall and precision",
    shown=Shown.RESULTS,
    place=230,
)
FACTS = (ACCURACY, ACCURACY_SCORED, UAR, MACRO_F1, RECALL, PRECISION, F1)


def categorical(
    row_N: Ints, truth_N: Ints, answer_N: Ints, *, num_rows: int, classes: Sequence[str], per_class: bool
) -> Tally:
    """Count answers, and name the metrics of the counts.

    Args:
        row_N: the row of each sample, 0 … R - 1.
        truth_N: 0 … C - 1.
        answer_N: 0 … C - 1, or `OTHER`, or `UNSCORED`.
        num_rows: R.
        classes: the C names, in order.
        per_class: add recall, precision and F1 of every class.
    """
    counts_RCK = count_answers(row_N, truth_N, answer_N, num_rows, len(classes))
    whole = partial(Metric, num_samples=_num_samples, num_unscored=_num_unscored)
    metrics = [
        whole(facts=ACCURACY, value=accuracy, chance=commonest_share, gradient=accuracy_gradient),
        whole(
            facts=ACCURACY_SCORED,
            value=accuracy_scored,
            num_samples=_num_scored,
            gradient=_scored_gradient(len(classes)),
        ),
        whole(facts=UAR, value=uar, chance=one_in_classes, gradient=uar_gradient),
        whole(facts=MACRO_F1, value=macro_f1, chance=commonest_f1, gradient=macro_f1_gradient),
    ]
    for index, name in enumerate(classes if per_class else ()):
        metrics += _class_metrics(name, index, len(classes))
    return Tally(counts_RCK, tuple(metrics))


def count_answers(row_N: Ints, truth_N: Ints, answer_N: Ints, num_rows: int, num_classes: int) -> Floats:
    """The number of samples per row, class and answer, ``[R, C, K]``."""
    num_answers = num_classes + 2
    column_N = np.where(answer_N < 0, answer_N + num_answers, answer_N)
    cell_N = (row_N * num_classes + truth_N) * num_answers + column_N
    counts = np.bincount(cell_N, minlength=num_rows * num_classes * num_answers)
    return counts.reshape(num_rows, num_classes, num_answers).astype(np.float64)


def accuracy(counts_CK: Floats) -> Floats:
    """The share of right answers among all samples; unscored is wrong."""
    return ratio(_num_right(counts_CK), _num_samples(counts_CK))


def accuracy_scored(counts_CK: Floats) -> Floats:
    """The share of right answers among the scored samples."""
    return ratio(_num_right(counts_CK), _num_scored(counts_CK))


def uar(counts_CK: Floats) -> Floats:
    """Unweighted average recall over the classes that occur."""
    return _mean_over_classes(counts_CK, ratio(_right(counts_CK), counts_CK.sum(-1)))


def macro_f1(counts_CK: Floats) -> Floats:
    """The mean of F1 = 2 TP / (2 TP + FP + FN) over the classes that occur."""
    right_C = _right(counts_CK)
    answered_C = counts_CK.sum(-2)[..., : right_C.shape[-1]]
    return _mean_over_classes(counts_CK, ratio(2 * right_C, counts_CK.sum(-1) + answered_C))


def accuracy_gradient(counts_CK: Floats) -> Floats:
    """The derivative of `accuracy` by every count."""
    num = _num_samples(counts_CK)[..., None, None]
    return np.nan_to_num(ratio(_is_right(counts_CK) - accuracy(counts_CK)[..., None, None], num))


def uar_gradient(counts_CK: Floats) -> Floats:
    """The derivative of `uar` by every count."""
    occurring = counts_CK.sum(-1)
    recall_C = ratio(_right(counts_CK), occurring)[..., None]
    of_class_CK = ratio(_is_right(counts_CK) - recall_C, occurring[..., None])
    return np.nan_to_num(ratio(of_class_CK, _num_classes(counts_CK)[..., None, None]))


def macro_f1_gradient(counts_CK: Floats) -> Floats:
    """The derivative of `macro_f1` by every count: of each class's F1 by its row and by its column."""
    num_classes, num_answers = counts_CK.shape[-2:]
    occurring_C = counts_CK.sum(-1)
    size_C = occurring_C + counts_CK.sum(-2)[..., :num_classes]
    f1_C = np.where(occurring_C > 0, ratio(2 * _right(counts_CK), size_C), 0.0)
    falls_C = np.where(occurring_C > 0, -ratio(f1_C, size_C), 0.0)
    columns_K = np.concatenate([falls_C, np.zeros((*falls_C.shape[:-1], num_answers - num_classes))], axis=-1)
    rises_C = np.where(occurring_C > 0, ratio(np.full(size_C.shape, 2.0), size_C), 0.0)
    gradient_CK: Floats = (
        falls_C[..., :, None] + columns_K[..., None, :] + _is_right(counts_CK) * rises_C[..., None]
    )
    return np.nan_to_num(ratio(gradient_CK, _num_classes(counts_CK)[..., None, None]))


def recall(counts_CK: Floats, index: int) -> Floats:
    """The share of right answers among the samples of one class; NaN where there are none."""
    return ratio(counts_CK[..., index, index], counts_CK[..., index, :].sum(-1))


def precision(counts_CK: Floats, index: int) -> Floats:
    """The share of right answers among the answers of one class; NaN where it was never answered."""
    return ratio(counts_CK[..., index, index], counts_CK[..., :, index].sum(-1))


def f1(counts_CK: Floats, index: int) -> Floats:
    """2 TP / (2 TP + FP + FN) of one class; NaN where it neither occurs nor is answered."""
    return ratio(
        2 * counts_CK[..., index, index], counts_CK[..., index, :].sum(-1) + counts_CK[..., :, index].sum(-1)
    )


def commonest_share(counts_CK: Floats) -> Floats:
    """The accuracy of always answering the commonest class."""
    return ratio(counts_CK.sum(-1).max(-1), _num_samples(counts_CK))


def one_in_classes(counts_CK: Floats) -> Floats:
    """The UAR of any answer that does not depend on the sample: 1 / the number of classes that occur."""
    return ratio(np.ones(counts_CK.shape[:-2]), _num_classes(counts_CK))


def commonest_f1(counts_CK: Floats) -> Floats:
    """The macro F1 of always answering the commonest class."""
    share = commonest_share(counts_CK)
    return ratio(2 * share / (1 + share), _num_classes(counts_CK))


def _class_metrics(name: str, index: int, num_classes: int) -> list[Metric]:
    """Recall, precision and F1 of one class: each a weighted sum of counts over another."""
    in_row, in_column = np.zeros((2, num_classes, num_classes + 2))
    in_row[index], in_column[:, index] = 1, 1
    right = in_row * in_column
    metric = partial(Metric, part=name)
    return [
        metric(
            facts=RECALL,
            value=partial(recall, index=index),
            num_samples=lambda counts: counts[..., index, :].sum(-1),
            num_unscored=lambda counts: counts[..., index, UNSCORED],
            gradient=fraction_gradient(right, in_row),
        ),
        metric(
            facts=PRECISION,
            value=partial(precision, index=index),
            num_samples=lambda counts: counts[..., :, index].sum(-1),
            num_unscored=_num_unscored,
            gradient=fraction_gradient(right, in_column),
        ),
        metric(
            facts=F1,
            value=partial(f1, index=index),
            num_samples=lambda counts: (
                counts[..., index, :].sum(-1) + counts[..., :, index].sum(-1) - counts[..., index, index]
            ),
            num_unscored=lambda counts: counts[..., index, UNSCORED],
            gradient=fraction_gradient(2 * right, in_row + in_column),
        ),
    ]


def _scored_gradient(num_classes: int) -> Callable[[Floats], Floats]:
    right = np.eye(num_classes, num_classes + 2)
    scored = np.ones((num_classes, num_classes + 2))
    scored[:, UNSCORED] = 0
    return fraction_gradient(right, scored)


def _right(counts_CK: Floats) -> Floats:
    diagonal_C: Floats = np.diagonal(counts_CK, axis1=-2, axis2=-1)
    return diagonal_C


def _is_right(counts_CK: Floats) -> Floats:
    """1 on the diagonal of the counts, else 0."""
    return np.eye(*counts_CK.shape[-2:])


def _num_right(counts_CK: Floats) -> Floats:
    total: Floats = _right(counts_CK).sum(-1)
    return total


def _num_samples(counts_CK: Floats) -> Floats:
    total: Floats = counts_CK.sum((-2, -1))
    return total


def _num_unscored(counts_CK: Floats) -> Floats:
    total: Floats = counts_CK[..., UNSCORED].sum(-1)
    return total


def _num_scored(counts_CK: Floats) -> Floats:
    return _num_samples(counts_CK) - _num_unscored(counts_CK)


def _mean_over_classes(counts_CK: Floats, values_C: Floats) -> Floats:
    occurs_C = counts_CK.sum(-1) > 0
    return ratio(np.where(occurs_C, values_C, 0.0).sum(-1), _num_classes(counts_CK))


def _num_classes(counts_CK: Floats) -> Floats:
    """How many classes occur."""
    num: Floats = (counts_CK.sum(-1) > 0).sum(-1).astype(np.float64)
    return num
