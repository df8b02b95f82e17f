"""A metric on the many sides of a comparison in which every row is a subject, for several labellings at once.

It gives what `harness.statistics.sides.Labelled` gives of sides that are apart, in a time that grows with the
subjects and not with subjects × sides. Sums are made of each label. The variance of a side is made of the
influence of its subjects; if it has more than half of the labels, of that of all subjects less that of the others.

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
from harness.statistics.sides import ROUNDING, Additive, Measured, Rows

REMAINDER = 1e-13
"""What is smaller, as a share of what it is the remainder of, is rounding."""


class LabelledSubjects:
    """Subjects under several labellings at once, shared by all metrics of the same rows.

    Args:
        rows: every one a subject of its own.
        sides_UL: which labels a side is made of.
        label_bR: the labellings; all have the same labels.
    """

    def __init__(self, rows: Rows, sides_UL: npt.NDArray[np.bool_], label_bR: Ints) -> None:
        self._num_draws, self._num_labels = len(label_bR), rows.num_labels
        self._sides_UL, self._label_bR = sides_UL, label_bR
        self._place_bR = np.arange(self._num_draws)[:, None] * self._num_labels + label_bR
        self._members = self._one_of_each_label()
        # Labels of 16 bits are sorted by counting, ten times as fast.
        small_bR = label_bR.astype(np.int16) if rows.num_labels <= np.iinfo(np.int16).max else label_bR
        self._order_bR = np.argsort(small_bR, axis=1, kind="stable")
        self._num_rows_L = np.bincount(label_bR[0], minlength=rows.num_labels)
        occurs_L = self._num_rows_L > 0
        self._is_most_U = (sides_UL & occurs_L).sum(axis=1) > occurs_L.sum() / 2
        self._fewer_UL = np.where(self._is_most_U[:, None], ~sides_UL, sides_UL) & occurs_L
        num_bU = self._on_sides(np.ones((len(rows.label), 1)))[..., 0]
        self._correction_bU = ratio(num_bU, num_bU - 1)  # deviations are from an estimated mean: n / (n - 1)
        self._overlap_bU = 1 / side_freedom(self._on_sides(spread_of(rows.size)))

    def measure(self, metric: Additive) -> Measured:
        """The metric on every side, with its variances alone."""
        sums_bUk = self._on_sides(metric.statistics)
        derived_bUk = metric.derived(sums_bUk)
        used_k = derived_bUk.any(axis=(0, 1))
        if used_k.all():  # picking all of them would copy them
            variance_bU = self._squared_influence(derived_bUk, metric.statistics)
        else:
            variance_bU = self._squared_influence(derived_bUk[..., used_k], metric.statistics[:, used_k])
        variance_bU[np.abs(variance_bU) < ROUNDING**2] = 0.0
        return Measured(metric.value(sums_bUk), variance_bU * self._correction_bU, self._overlap_bU)

    def _squared_influence(self, derived_bUk: Floats, statistics_Rk: Floats) -> Floats:
        """The sum over the subjects of each side of their squared influence, ``[b, U]``."""
        squares_bU = np.zeros(derived_bUk.shape[:2])
        for rows_bn, sides_T in self._rows_of_labels():
            derived_bkT = derived_bUk[:, sides_T].swapaxes(1, 2)
            influence_bnT = statistics_Rk.take(rows_bn, axis=0) @ derived_bkT
            squares_bU[:, sides_T] += np.einsum("bnt,bnt->bt", influence_bnT, influence_bnT)
        most_bUk = derived_bUk[:, self._is_most_U]
        of_all_bU = (most_bUk @ (statistics_Rk.T @ statistics_Rk) * most_bUk).sum(axis=-1)
        of_most_bU = of_all_bU - squares_bU[:, self._is_most_U]
        squares_bU[:, self._is_most_U] = np.where(of_most_bU < REMAINDER * of_all_bU, 0.0, of_most_bU)
        return squares_bU

    def _rows_of_labels(self) -> Iterator[tuple[Ints, Ints]]:
        """The rows ``[b, n]`` of each label that occurs, and the sides ``[T]`` for which it counts."""
        start = 0
        for label, num in enumerate(self._num_rows_L.tolist()):
            sides_T = np.flatnonzero(self._fewer_UL[:, label])
            if num and len(sides_T):
                yield self._order_bR[:, start : start + num], sides_T
            start += num

    def _on_sides(self, statistics_Rk: Floats) -> Floats:
        """The sums of the statistics on every side, ``[b, U, k]``."""
        of_labels = (self._members @ statistics_Rk).reshape(self._num_draws, self._num_labels, -1)
        on_sides_bUk: Floats = self._sides_UL.astype(np.float64) @ of_labels
        return on_sides_bUk

    def _one_of_each_label(self) -> csc_array:
        """Which rows have which label in which draw, ``[b L, R]``: a column has one entry for each draw."""
        num_draws, num_rows = self._label_bR.shape
        starts = num_draws * np.arange(num_rows + 1)
        shape = num_draws * self._num_labels, num_rows
        return csc_array((np.ones(num_draws * num_rows), self._place_bR.T.ravel(), starts), shape=shape)
