"""Accuracy and UAR on the labels that a system can answer, beside those on all labels.

Of a system without contempt every such sample counts as wrong. That is what a user gets, but not how well the
system tells apart what it knows.

Shapes: N samples, R rows (see `harness.metrics.tally`), C classes of the labels, K those that can be answered.
"""

from __future__ import annotations

from functools import partial

from harness.arrays import Ints
from harness.metrics.categorical import (
    OF_A_MEAN,
    OF_CLASS,
    UNANSWERED,
    accuracy,
    count_per_class,
    majority_share,
    num_in_least,
    one_in_classes,
    uar,
)
from harness.metrics.metric_facts import MetricFacts, Shown
from harness.metrics.tally import Metric, Tally

_LABELS = partial(MetricFacts, better="higher", needs=("labels", "unsupported_labels"), shown=Shown.TERMINAL)

ACCURACY_SUPPORTED = _LABELS(
    name="accuracy_supported",
    title="Accuracy, supported labels",
    meaning="share of right answers among the samples with a label that the system can answer",
    chance="the share of the most frequent class",
    order=12,
)
UAR_SUPPORTED = _LABELS(
    name="uar_supported",
    title="UAR, supported labels",
    meaning="the mean recall of the classes that the system can answer",
    chance="one over the number of classes",
    mean_over_classes=True,
    interval_samples=OF_A_MEAN,
    order=32,
)
FACTS = (ACCURACY_SUPPORTED, UAR_SUPPORTED)


def supported(
    row_N: Ints, truth_N: Ints, answer_N: Ints, *, num_rows: int, num_classes: int, supported_K: Ints
) -> Tally:
    """Count the answers to samples of the supported classes, ``[R, K, 4]``.

    Args:
        row_N: the row of each sample, 0 … R - 1.
        truth_N: 0 … C - 1.
        answer_N: as in `harness.metrics.categorical.categorical`.
        num_rows: R.
        num_classes: C.
        supported_K: the classes that the system can answer, not all of them.
    """
    counts_RC4 = count_per_class(row_N, truth_N, answer_N, num_rows, num_classes)
    metric = partial(
        Metric,
        num_samples=lambda counts_K4: counts_K4[..., OF_CLASS].sum(-1),
        num_unscored=lambda counts_K4: counts_K4[..., UNANSWERED].sum(-1),
    )
    return Tally(
        counts_RC4[:, supported_K],
        (
            metric(facts=ACCURACY_SUPPORTED, value=accuracy, chance=majority_share),
            metric(
                facts=UAR_SUPPORTED,
                value=uar,
                chance=one_in_classes,
                num_in_least=num_in_least,
            ),
        ),
    )
