"""A metric on the many sides of a comparison in which every row is a subject, for several labellings at once.

It gives what `harness.statistics.sides.Labelled` gives of sides that are apart, in a time that grows with the
subjects and not with subjects × sides. Sums are made of each label. The variance of a side is made of the
influence of its subjects; if it has more than half of the labels, of that of all subjects less that of the others.

Shapes: R rows (subjects), L labels, U sides, k statistics, b labellings of the rows.
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
        occurs_L = np.bincount(label_bR[0], minlength=rows.num_labels) > 0
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
        variance_bU = self._squared_influence(derived_bUk[..., used_k], metric.statistics[:, used_k])
        variance_bU[np.abs(variance_bU) < ROUNDING**2] = 0.0
        return Measured(metric.value(sums_bUk), variance_bU * self._correction_bU, self._overlap_bU)

    def _squared_influence(self, derived_bUk: Floats, statistics_Rk: Floats) -> Floats:
        """The sum over the subjects of each side of their squared influence, ``[b, U]``."""
        squares_bU = np.zeros(derived_bUk.shape[:2])
        for side_L, has_side_L in self._sides_of_labels():
            own_bRk = derived_bUk[:, side_L].reshape(-1, derived_bUk.shape[2]).take(self._place_bR, axis=0)
            influence_bR = np.einsum("brk,rk->br", own_bRk, statistics_Rk)
            of_label = np.bincount(
                self._place_bR.ravel(), (influence_bR**2).ravel(), self._num_draws * self._num_labels
            )
            of_side_LU = has_side_L[:, None] & (side_L[:, None] == np.arange(len(self._sides_UL)))
            squares_bU += of_label.reshape(self._num_draws, -1) @ of_side_LU.astype(np.float64)
        most_bUk = derived_bUk[:, self._is_most_U]
        of_all_bU = (most_bUk @ (statistics_Rk.T @ statistics_Rk) * most_bUk).sum(axis=-1)
        of_most_bU = of_all_bU - squares_bU[:, self._is_most_U]
        squares_bU[:, self._is_most_U] = np.where(of_most_bU < REMAINDER * of_all_bU, 0.0, of_most_bU)
        return squares_bU

    def _sides_of_labels(self) -> Iterator[tuple[Ints, npt.NDArray[np.bool_]]]:
        """One side ``[L]`` at a time of those for which a label counts, and whether the label has another."""
        order_UL = np.argsort(~self._fewer_UL, axis=0, kind="stable")
        num_L = self._fewer_UL.sum(axis=0)
        return ((order_UL[turn], turn < num_L) for turn in range(num_L.max()))

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
