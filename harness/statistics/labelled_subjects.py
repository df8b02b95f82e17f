"""A metric on the many sides of a comparison in which every row is a subject, for several labellings at once.

It gives what `harness.statistics.sides.Labelled` gives of sides that are apart, in a time that grows with the
subjects and not with subjects × sides. Sums are made of each label. The variance of a side is made of the
influence of its subjects; if it has more than half of the labels, of that of all subjects less that of the others.
Statistics are rounded so that their sums are exact (`exact_sums`): a sum over most labels is then that of all less
that of the others to the last bit.

Shapes: R rows (subjects), L labels, n rows of one label, U sides, T sides of one label, k statistics, b labellings
of the rows.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array

from harness.arrays import Floats, Ints
from harness.metrics.tally import ratio
from harness.statistics.freedom import side_freedom, spread_of
from harness.statistics.resampling import exact_sums
from harness.statistics.sides import ROUNDING, Additive, LatestSums, Measured, Rows, product

REMAINDER = 1e-13
"""What is smaller, as a share of what it is the remainder of, is rounding."""

MOST = 0.8
"""If a metric depends on more than this share of its statistics, all of them are multiplied."""


class LabelledSubjects:
    """Subjects under several labellings at once, shared by all metrics of the same rows.

    Args:
        rows: every one a subject of its own.
        sides_UL: which labels a side is made of.
        label_bR: the labellings; all have the same labels.
    """

    def __init__(self, rows: Rows, sides_UL: npt.NDArray[np.bool_], label_bR: Ints) -> None:
        self._num_draws, self._num_labels = len(label_bR), rows.num_labels
        self._label_bR = label_bR
        self._place_bR = np.arange(self._num_draws)[:, None] * self._num_labels + label_bR
        self._members = self._one_of_each_label()
        num_rows_L = np.bincount(label_bR[0], minlength=rows.num_labels)
        occurs_L = num_rows_L > 0
        self._is_most_U = (sides_UL & occurs_L).sum(axis=1) > occurs_L.sum() / 2
        self._fewer_UL = np.where(self._is_most_U[:, None], ~sides_UL, sides_UL) & occurs_L
        self._rows_of_labels = [*self._in_order(num_rows_L)]
        self._sums = LatestSums()
        num_bU = self._on_sides(np.ones((len(rows.label), 1)))[..., 0]
        self._correction_bU = ratio(num_bU, num_bU - 1)  # deviations are from an estimated mean: n / (n - 1)
        self._overlap_bU = 1 / side_freedom(self._on_sides(spread_of(rows.size)))

    def measure(self, metric: Additive) -> Measured:
        """The metric on every side, with its variances alone."""
        sums_bUk = self._sums.of(metric.statistics, self._on_sides)
        derived_bUk = metric.derived(sums_bUk)
        used_k = derived_bUk.any(axis=(0, 1))
        if used_k.mean() > MOST:  # picking them would take longer than multiplying zeros
            variance_bU = self._squared_influence(derived_bUk, metric.statistics)
        else:
            used = np.flatnonzero(used_k)
            variance_bU = self._squared_influence(
                derived_bUk.take(used, axis=-1), metric.statistics.take(used, axis=1)
            )
        variance_bU[np.abs(variance_bU) < ROUNDING**2] = 0.0
        return Measured(metric.value(sums_bUk), variance_bU * self._correction_bU, self._overlap_bU)

    def _squared_influence(self, derived_bUk: Floats, statistics_Rk: Floats) -> Floats:
        """The sum over the subjects of each side of their squared influence, ``[b, U]``."""
        squares_bU = np.zeros(derived_bUk.shape[:2])
        for rows_bn, sides_T in self._rows_of_labels:
            statistics_bkn = statistics_Rk.take(rows_bn, axis=0).swapaxes(1, 2)
            influence_bTn = derived_bUk[:, sides_T] @ statistics_bkn
            squares_bU[:, sides_T] += np.einsum("btn,btn->bt", influence_bTn, influence_bTn)
        most_bUk = derived_bUk[:, self._is_most_U]
        squares_kk = statistics_Rk.T @ statistics_Rk
        of_all_bU = np.einsum("buk,buk->bu", product(most_bUk, squares_kk), most_bUk)
        of_most_bU = of_all_bU - squares_bU[:, self._is_most_U]
        squares_bU[:, self._is_most_U] = np.where(of_most_bU < REMAINDER * of_all_bU, 0.0, of_most_bU)
        return squares_bU

    def _in_order(self, num_rows_L: Ints) -> Iterator[tuple[Ints, Ints]]:
        """The rows ``[b, n]`` of each label that occurs, and the sides ``[T]`` for which it counts."""
        # Labels of 16 bits are sorted by counting, ten times as fast.
        small = np.int16 if self._num_labels <= np.iinfo(np.int16).max else np.int64
        order_bR = np.argsort(self._label_bR.astype(small), axis=1, kind="stable")
        start = 0
        for label, num in enumerate(num_rows_L.tolist()):
            sides_T = np.flatnonzero(self._fewer_UL[:, label])
            if num and len(sides_T):
                yield np.ascontiguousarray(order_bR[:, start : start + num]), sides_T
            start += num

    def _on_sides(self, statistics_Rk: Floats) -> Floats:
        """The sums on every side, ``[b, U, k]``: of most labels, those of all less those of the others."""
        exact_Rk = exact_sums(statistics_Rk)
        of_labels_bLk = (self._members @ exact_Rk).reshape(self._num_draws, self._num_labels, -1)
        if (self._fewer_UL.sum(axis=1) == 1).all():
            sums_bUk: Floats = of_labels_bLk.take(self._fewer_UL.argmax(axis=1), axis=1)
        else:
            sums_bUk = self._fewer_UL.astype(np.float64) @ of_labels_bLk
        sums_bUk[:, self._is_most_U] = exact_Rk.sum(axis=0) - sums_bUk[:, self._is_most_U]
        return sums_bUk

    def _one_of_each_label(self) -> csc_array:
        """Which rows have which label in which draw, ``[b L, R]``: a column has one entry for each draw."""
        num_draws, num_rows = self._label_bR.shape
        starts = num_draws * np.arange(num_rows + 1)
        shape = num_draws * self._num_labels, num_rows
        return csc_array((np.ones(num_draws * num_rows), self._place_bR.T.ravel(), starts), shape=shape)
