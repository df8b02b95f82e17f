"""Accuracy, UAR, macro F1, and recall, precision and F1 per class, from four counts per class.

Shapes: N samples, R rows (see `harness.metrics.tally`), C classes of the labels. The four counts of a row and
class: its samples with a right answer (`RIGHT`), all its samples (`OF_CLASS`), the answers with this class
whatever the label (`ANSWERED`), and its samples without a score (`UNANSWERED`). An answer is a class, any other
label (`OTHER`), or no score (`UNSCORED`).

Except in `accuracy_scored`, a sample without a score counts as wrong: a missed face is a missed emotion. Values
equal scikit-learn's `accuracy_score`, `recall_score`, `precision_score` and `f1_score` with ``labels`` set to the
classes, and `balanced_accuracy_score`, if unscored samples are given a label of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from harness.arrays import Floats, Ints
from harness.metrics.metric_facts import MetricFacts, Shown
from harness.metrics.tally import Component, FractionGradient, Metric, Tally, or_zero, ratio

OTHER, UNSCORED = -2, -1
"""Answers that are not a class of the labels."""

RIGHT, OF_CLASS, ANSWERED, UNANSWERED = range(4)
"""The counts of a class."""

OF_A_MEAN, OF_A_CLASS = 10, 25
"""The fewest samples of each class with which a mean over classes has an interval, and of one class with which its
rates have. With fewer, by chance none may be answered right and the class seems certain, so that intervals of the
mean hold too seldom, and those of the rates are so wide that they hold nearly always
(``benchmarks/validity/levels.md``)."""

_LABELS = partial(MetricFacts, better="higher", needs=("labels",))

ACCURACY = _LABELS(
    name="accuracy",
    title="Accuracy",
    meaning="share of right answers; samples without a score count as wrong",
    chance="the share of the most frequent class",
    compared=True,
    in_every_cell=True,
    shown=Shown.HEADLINE,
    order=10,
    lead=2,
)
ACCURACY_SCORED = _LABELS(
    name="accuracy_scored",
    title="Accuracy, scored only",
    meaning="share of right answers among the scored samples; read it together with coverage",
    shown=Shown.TERMINAL,
    order=20,
)
UAR = _LABELS(
    name="uar",
    title="UAR",
    meaning="unweighted average recall: the mean recall of the classes; samples without a score count as wrong",
    chance="one over the number of classes",
    compared=True,
    mean_over_classes=True,
    interval_samples=OF_A_MEAN,
    shows_correctness=True,
    shown=Shown.HEADLINE,
    order=30,
    lead=1,
)
MACRO_F1 = _LABELS(
    name="macro_f1",
    title="Macro F1",
    meaning="the mean F1 of the classes; samples without a score count as wrong",
    chance="that of always answering the most frequent class",
    compared=True,
    mean_over_classes=True,
    interval_samples=OF_A_MEAN,
    shown=Shown.HEADLINE,
    order=40,
)
RECALL = _LABELS(
    name="recall:<class>",
    title="Recall",
    meaning="share of the samples with this label that are answered with it",
    class_of="label",
    interval_samples=OF_A_CLASS,
    shown=Shown.CLASSES,
    order=210,
)
PRECISION = _LABELS(
    name="precision:<class>",
    title="Precision",
    meaning="share of the answers of this class that are right",
    class_of="answer",
    interval_samples=OF_A_CLASS,
    shown=Shown.CLASSES,
    order=220,
)
F1 = _LABELS(
    name="f1:<class>",
    title="F1",
    meaning="harmonic mean of a class's recall and precision",
    class_of="either",
    interval_samples=OF_A_CLASS,
    shown=Shown.RESULTS,
    order=230,
)
FACTS = (ACCURACY, ACCURACY_SCORED, UAR, MACRO_F1, RECALL, PRECISION, F1)


def categorical(
    row_N: Ints, truth_N: Ints, answer_N: Ints, *, num_rows: int, classes: Sequence[str], per_class: bool
) -> Tally:
    """Count answers and define the metrics of the counts.

    Args:
        row_N: the row of each sample, 0 … R - 1.
        truth_N: 0 … C - 1.
        answer_N: 0 … C - 1, or `OTHER`, or `UNSCORED`.
        num_rows: R.
        classes: the C names, in order.
        per_class: add recall, precision and F1 of every class.
    """
    counts_RC4 = count_per_class(row_N, truth_N, answer_N, num_rows, len(classes))
    whole = partial(Metric, num_samples=_num_samples, num_unscored=_num_unscored)
    metrics = [
        whole(
            facts=ACCURACY,
            value=accuracy,
            chance=majority_share,
            gradient=FractionGradient([[1, 0, 0, 0]] * len(classes), [[0, 1, 0, 0]] * len(classes)),
        ),
        whole(
            facts=ACCURACY_SCORED,
            value=accuracy_scored,
            num_samples=_num_scored,
            gradient=FractionGradient([[1, 0, 0, 0]] * len(classes), [[0, 1, 0, -1]] * len(classes)),
        ),
        whole(
            facts=UAR,
            value=Component(recalls_and_mean, len(classes)),
            chance=one_in_classes,
            gradient=uar_gradient,
            num_in_least=num_in_least,
        ),
        whole(
            facts=MACRO_F1,
            value=Component(f1s_and_mean, len(classes)),
            chance=majority_f1,
            gradient=macro_f1_gradient,
            num_in_least=num_in_least,
        ),
    ]
    for index, name in enumerate(classes if per_class else ()):
        metrics += _class_metrics(name, index, len(classes))
    return Tally(counts_RC4, tuple(metrics))


def is_of_answers(tally: Tally) -> bool:
    """Whether a tally is one of `categorical`, with whichever of its metrics."""
    return tally.metrics[0].facts in FACTS


def count_per_class(row_N: Ints, truth_N: Ints, answer_N: Ints, num_rows: int, num_classes: int) -> Floats:
    """The four counts per row and class, ``[R, C, 4]``, from which all metrics of answers are computed."""
    cell_N = row_N * num_classes + truth_N
    answered_N = answer_N >= 0
    columns = (
        (cell_N, answer_N == truth_N),  # as weights: to choose half of the cells would take longer
        (cell_N, None),
        ((row_N * num_classes + answer_N)[answered_N], None),
        (cell_N[answer_N == UNSCORED], None),
    )
    counts = np.empty((num_rows * num_classes, len(columns)))
    for index, (cells, weights) in enumerate(columns):
        counts[:, index] = np.bincount(cells, weights=weights, minlength=len(counts))
    return counts.reshape(num_rows, num_classes, len(columns))


def count_answers(row_N: Ints, truth_N: Ints, answer_N: Ints, num_rows: int, num_classes: int) -> Floats:
    """The number of samples per row, class and answer, ``[R, C, C + 2]``: the confusion matrix of each row."""
    num_answers = num_classes + 2
    column_N = np.where(answer_N < 0, answer_N + num_answers, answer_N)
    cell_N = (row_N * num_classes + truth_N) * num_answers + column_N
    counts = np.bincount(cell_N, minlength=num_rows * num_classes * num_answers)
    return counts.reshape(num_rows, num_classes, num_answers).astype(np.float64)


def accuracy(counts_C4: Floats) -> Floats:
    """The share of right answers among all samples; unscored samples count as wrong."""
    return ratio(_num_right(counts_C4), _num_samples(counts_C4))


def accuracy_scored(counts_C4: Floats) -> Floats:
    """The share of right answers among the scored samples."""
    return ratio(_num_right(counts_C4), _num_scored(counts_C4))


def uar(counts_C4: Floats) -> Floats:
    """Unweighted average recall (UAR) over the classes that occur."""
    return recalls_and_mean(counts_C4)[..., -1]


def macro_f1(counts_C4: Floats) -> Floats:
    """The mean of F1 = 2 TP / (2 TP + FP + FN) over the classes that occur."""
    return f1s_and_mean(counts_C4)[..., -1]


def recalls_and_mean(counts_C4: Floats) -> Floats:
    """The recall of each class, and last `uar`, ``[..., C + 1]``: whoever needs both computes the recalls once."""
    return _with_mean(counts_C4, recalls(counts_C4))


def f1s_and_mean(counts_C4: Floats) -> Floats:
    """The F1 of each class, and last `macro_f1`, ``[..., C + 1]``."""
    return _with_mean(counts_C4, f1s(counts_C4))


def uar_gradient(counts_C4: Floats) -> Floats:
    """The derivative of `uar` with respect to each count."""
    share_C = ratio(_share_of_class(counts_C4), counts_C4[..., OF_CLASS])
    gradient_C4 = np.zeros(counts_C4.shape)
    gradient_C4[..., RIGHT] = share_C
    gradient_C4[..., OF_CLASS] = -recalls(counts_C4) * share_C
    return or_zero(gradient_C4)


def macro_f1_gradient(counts_C4: Floats) -> Floats:
    """The derivative of `macro_f1` with respect to each count: samples and answers of a class lower F1 equally."""
    size_C = counts_C4[..., OF_CLASS] + counts_C4[..., ANSWERED]
    share_C = ratio(_share_of_class(counts_C4), size_C)
    falls_C = -f1s(counts_C4) * share_C
    return or_zero(np.stack([2 * share_C, falls_C, falls_C, np.zeros_like(falls_C)], axis=-1))


def recalls(counts_C4: Floats) -> Floats:
    """The recall of each class ``[..., C]``; NaN if it has no samples."""
    return ratio(counts_C4[..., RIGHT], counts_C4[..., OF_CLASS])


def precisions(counts_C4: Floats) -> Floats:
    """The precision of each class ``[..., C]``; NaN if it is never the answer."""
    return ratio(counts_C4[..., RIGHT], counts_C4[..., ANSWERED])


def f1s(counts_C4: Floats) -> Floats:
    """The F1 of each class, 2 TP / (2 TP + FP + FN) ``[..., C]``; NaN if it neither occurs nor is the answer."""
    return ratio(2 * counts_C4[..., RIGHT], counts_C4[..., OF_CLASS] + counts_C4[..., ANSWERED])


def majority_share(counts_C4: Floats) -> Floats:
    """The accuracy of always answering the most frequent class."""
    return ratio(counts_C4[..., OF_CLASS].max(-1), _num_samples(counts_C4))


def one_in_classes(counts_C4: Floats) -> Floats:
    """The UAR of any answer that does not depend on the sample: 1 / the number of classes that occur."""
    return ratio(np.ones(counts_C4.shape[:-2]), _num_classes(counts_C4))


def majority_f1(counts_C4: Floats) -> Floats:
    """The macro F1 of always answering the most frequent class."""
    share = majority_share(counts_C4)
    return ratio(2 * share / (1 + share), _num_classes(counts_C4))


def _class_metrics(name: str, index: int, num_classes: int) -> list[Metric]:
    """Recall, precision and F1 of one class: each a weighted sum of counts over another."""
    right, of_class, answered = np.zeros((3, num_classes, 4))
    right[index, RIGHT], of_class[index, OF_CLASS], answered[index, ANSWERED] = 1, 1, 1
    metric = partial(Metric, part=name)
    return [
        metric(
            facts=RECALL,
            value=Component(recalls_and_mean, index),
            num_samples=Component(_of_class, index),
            num_unscored=Component(_unanswered, index),
            gradient=FractionGradient(right, of_class),
        ),
        metric(
            facts=PRECISION,
            value=Component(precisions, index),
            num_samples=Component(_answered, index),
            num_unscored=_num_unscored,
            gradient=FractionGradient(right, answered),
        ),
        metric(
            facts=F1,
            value=Component(f1s_and_mean, index),
            num_samples=Component(_of_class_or_answered, index),
            num_unscored=Component(_unanswered, index),
            gradient=FractionGradient(2 * right, of_class + answered),
        ),
    ]


def _of_class(counts_C4: Floats) -> Floats:
    return counts_C4[..., OF_CLASS]


def _answered(counts_C4: Floats) -> Floats:
    return counts_C4[..., ANSWERED]


def _of_class_or_answered(counts_C4: Floats) -> Floats:
    return counts_C4[..., OF_CLASS] + counts_C4[..., ANSWERED] - counts_C4[..., RIGHT]


def _unanswered(counts_C4: Floats) -> Floats:
    return counts_C4[..., UNANSWERED]


def _share_of_class(counts_C4: Floats) -> Floats:
    """The weight of each class in a mean over those that occur, ``[..., C]``; 0 for those that do not."""
    occurs_C = (counts_C4[..., OF_CLASS] > 0).astype(np.float64)
    return ratio(occurs_C, _num_classes(counts_C4)[..., None])


def _num_right(counts_C4: Floats) -> Floats:
    total: Floats = counts_C4[..., RIGHT].sum(-1)
    return total


def _num_samples(counts_C4: Floats) -> Floats:
    total: Floats = counts_C4[..., OF_CLASS].sum(-1)
    return total


def num_in_least(counts_C4: Floats) -> Floats:
    """The samples of the smallest class that occurs; infinite if none does."""
    of_class_C = counts_C4[..., OF_CLASS]
    least: Floats = np.where(of_class_C > 0, of_class_C, np.inf).min(-1)
    return least


def _num_unscored(counts_C4: Floats) -> Floats:
    total: Floats = counts_C4[..., UNANSWERED].sum(-1)
    return total


def _num_scored(counts_C4: Floats) -> Floats:
    return _num_samples(counts_C4) - _num_unscored(counts_C4)


def _with_mean(counts_C4: Floats, values_C: Floats) -> Floats:
    """The values, and last their mean over the classes that occur."""
    occurs_C = counts_C4[..., OF_CLASS] > 0
    mean = ratio(np.where(occurs_C, values_C, 0.0).sum(-1), occurs_C.sum(-1))
    return np.concatenate([values_C, mean[..., None]], axis=-1)


def _num_classes(counts_C4: Floats) -> Floats:
    """How many classes occur."""
    num: Floats = (counts_C4[..., OF_CLASS] > 0).sum(-1).astype(np.float64)
    return num
