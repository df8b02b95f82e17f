"""How far the answers under a condition are those to the same samples on clean media, whatever the labels.

Shapes: N samples, R rows, A answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints
from harness.metrics.metric_facts import MetricFacts
from harness.metrics.tally import FractionGradient, Metric, Tally, ratio, sum_by_row

UNCHANGED_WITHIN = 0.05
"""A dimension counts as unchanged if it moves by less: 2.5 % of its range from -1 to 1."""

UNCHANGED = MetricFacts(
    name="unchanged",
    title="Same answer as clean",
    meaning="share of the samples with an answer on clean media that get the same one under the condition; an "
    "answer that is lost is not the same",
    better="higher",
    chance="that of answers with the same shares that do not depend on the sample",
    needs=("labels", "clean_answers"),
    order=72,
)
UNCHANGED_VALUE = MetricFacts(
    name="unchanged:<dimension>",
    title="Same value as clean",
    meaning=f"share of the samples with a value on clean media that moves by less than {UNCHANGED_WITHIN} under "
    "the condition; a value that is lost is not the same",
    better="higher",
    needs=("dimensions", "clean_answers"),
    order=74,
)
NEGATIVE_SHIFT = MetricFacts(
    name="negative_shift",
    title="Shift to negative",
    meaning="share of the samples whose answer becomes anger, contempt, disgust, fear or sadness under the "
    "condition, minus the share whose answer ceases to be one; samples with an answer both times",
    low=-1.0,
    better="zero",
    needs=("labels", "clean_answers"),
    order=76,
)
FACTS = (UNCHANGED, UNCHANGED_VALUE, NEGATIVE_SHIFT)


def unchanged(row_N: Ints, clean_N: Ints, changed_N: Ints, *, num_rows: int, num_answers: int) -> Tally:
    """Count the samples with the same answer for the metric ``unchanged``.

    Args:
        row_N: the row of each sample, 0 … R - 1.
        clean_N: the answer on clean media, 0 … A - 1; -1 if there is none: such samples are left out.
        changed_N: the answer under the condition; -1 if there is none.
        num_rows: R.
        num_answers: A.
    """
    had = clean_N >= 0
    row_n, clean_n, changed_n = row_N[had], clean_N[had], changed_N[had]
    shares = [answer_n == code for answer_n in (clean_n, changed_n) for code in range(num_answers)]
    columns = [np.ones(len(row_n)), clean_n == changed_n, *shares]
    counted_F = np.arange(2 + 2 * num_answers)
    metric = Metric(
        facts=UNCHANGED,
        value=_share,
        num_samples=_num_samples,
        num_unscored=lambda sums: sums[..., 0] - sums[..., 2 + num_answers :].sum(-1),
        chance=partial(_chance, num_answers=num_answers),
        gradient=FractionGradient(counted_F == 1, counted_F == 0),
    )
    return _tally(row_n, columns, num_rows, metric)


def unchanged_value(name: str, row_N: Ints, clean_N: Floats, changed_N: Floats, *, num_rows: int) -> Tally:
    """Count the samples with nearly the same value for the metric ``unchanged:<dimension>``.

    Args:
        name: the dimension.
        row_N: the row of each sample, 0 … R - 1.
        clean_N: the value on clean media, -1 … 1; NaN if there is none: such samples are left out.
        changed_N: the value under the condition; NaN if there is none.
        num_rows: R.
    """
    had = np.isfinite(clean_N)
    change_n = changed_N[had] - clean_N[had]
    columns = [np.ones(int(had.sum())), np.abs(change_n) < UNCHANGED_WITHIN, np.isnan(change_n)]
    metric = _fraction(UNCHANGED_VALUE, part=name)
    return _tally(row_N[had], columns, num_rows, metric)


def negative_shift(row_N: Ints, clean_N: Ints, changed_N: Ints, *, num_rows: int) -> Tally:
    """Count the answers that become negative, and those that cease to be, for the metric ``negative_shift``.

    Args:
        row_N: the row of each sample, 0 … R - 1.
        clean_N: whether the answer on clean media is a negative emotion, 1 or 0; -1 if there is none: such
            samples are left out.
        changed_N: the same under the condition; -1 if there is none.
        num_rows: R.
    """
    had = clean_N >= 0
    both_n = changed_N[had] >= 0
    columns = [both_n, np.where(both_n, changed_N[had] - clean_N[had], 0), ~both_n]
    return _tally(row_N[had], columns, num_rows, _fraction(NEGATIVE_SHIFT))


def _fraction(facts: MetricFacts, part: str | None = None) -> Metric:
    """The second sum over the first; the third counts samples without an answer."""
    return Metric(
        facts=facts,
        part=part,
        value=_share,
        num_samples=_num_samples,
        num_unscored=lambda sums: sums[..., 2],
        gradient=FractionGradient([0, 1, 0], [1, 0, 0]),
    )


def _tally(row_n: Ints, columns: Sequence[npt.NDArray[Any]], num_rows: int, metric: Metric) -> Tally:
    return Tally(np.stack([sum_by_row(row_n, column, num_rows) for column in columns], axis=-1), (metric,))


def _share(sums_F: Floats) -> Floats:
    return ratio(sums_F[..., 1], sums_F[..., 0])


def _num_samples(sums_F: Floats) -> Floats:
    return sums_F[..., 0]


def _chance(sums_F: Floats, num_answers: int) -> Floats:
    """Both answers drawn apart, each from its own shares."""
    clean_A, changed_A = sums_F[..., 2 : 2 + num_answers], sums_F[..., 2 + num_answers :]
    return ratio((clean_A * changed_A).sum(-1), sums_F[..., 0] ** 2)
