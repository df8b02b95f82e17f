"""A metric on the sides of a comparison: values and their covariance over subjects.

Shapes: S subjects, R rows (a subject within one label), L labels, U sides, k statistics, b labellings of the rows.
A label is a group; a side is a set of labels, such as one group, or all the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints
from harness.metrics.tally import ratio
from harness.statistics.influence import gradient

ROUNDING = 1e-9
"""A smaller standard error counts as zero: numerical derivatives leave about 1e-10 if all subjects are alike."""


@dataclass(frozen=True)
class Rows:
    """The subject and the label of each row.

    Attributes:
        subject: ``[R]``, 0 … S - 1.
        label: ``[R]``, 0 … L - 1.
        num_subjects: S.
        num_labels: L.
    """

    subject: Ints
    label: Ints
    num_subjects: int
    num_labels: int


@dataclass(frozen=True)
class Additive:
    """A metric as a function of statistics that add up. It may be another function on every side.

    Attributes:
        statistics: ``[R, k]``.
        value: their sums on the sides ``[..., U, k]`` → the metric ``[..., U]``; unchanged when all statistics are
            doubled.
        derivative: of the value with respect to each sum, ``[..., k]`` → ``[..., k]``; None for numerical ones.
    """

    statistics: Floats
    value: Callable[[Floats], Floats]
    derivative: Callable[[Floats], Floats] | None = None

    def derived(self, sums_k: Floats) -> Floats:
        """The derivative with respect to each sum."""
        return gradient(self.value, sums_k) if self.derivative is None else self.derivative(sums_k)


@dataclass(frozen=True)
class Measured:
    """A metric on every side, for every labelling.

    Attributes:
        value: ``[b, U]``.
        covariance: ``[b, U, U]``, over subjects; NaN for a side of fewer than two.
    """

    value: Floats
    covariance: Floats

    @property
    def error(self) -> Floats:
        """The standard errors ``[b, U]``."""
        return np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))


class Labelled:
    """Rows under several labellings at once, shared by all metrics of the same rows.

    Args:
        rows: the subject and the label of each row.
        sides_UL: which labels a side is made of.
        label_bR: the labellings.
    """

    def __init__(self, rows: Rows, sides_UL: npt.NDArray[np.bool_], label_bR: Ints) -> None:
        self._rows = rows
        self._member_bUR = np.empty((len(label_bR), len(sides_UL), len(rows.label)))
        for side, labels_L in enumerate(sides_UL.astype(np.float64)):
            np.take(labels_L, label_bR, out=self._member_bUR[:, side])
        self.num_subjects = (self._by_subject(self._member_bUR) > 0).sum(axis=-1)
        num_bU = self.num_subjects.astype(np.float64)
        # Deviations are from an estimated mean: n / (n - 1).
        self._correction_bU = np.sqrt(ratio(num_bU, num_bU - 1))

    def measure(self, metric: Additive) -> Measured:
        """The metric on every side."""
        sums_bUk = _product(self._member_bUR, metric.statistics)
        derived_bUk = metric.derived(sums_bUk)
        used_k = derived_bUk.any(axis=(0, 1))  # UAR, for example, uses two of the four counts of a class
        statistics_Rk = metric.statistics if used_k.all() else metric.statistics[:, used_k]
        influence_bUR = _product(derived_bUk[..., used_k], statistics_Rk.T)
        influence_bUR *= self._member_bUR
        influence_bUS = self._by_subject(influence_bUR)
        covariance_bUU = influence_bUS @ influence_bUS.swapaxes(1, 2)
        covariance_bUU[np.abs(covariance_bUU) < ROUNDING**2] = 0.0
        covariance_bUU *= self._correction_bU[:, :, None] * self._correction_bU[:, None, :]
        return Measured(metric.value(sums_bUk), covariance_bUU)

    def _by_subject(self, values_bUR: Floats) -> Floats:
        """Rows added up per subject, ``[b, U, S]``."""
        if len(self._rows.subject) == self._rows.num_subjects:
            return values_bUR
        order = np.argsort(self._rows.subject, kind="stable")
        starts = np.flatnonzero(np.diff(self._rows.subject[order], prepend=-1))
        return np.add.reduceat(values_bUR[..., order], starts, axis=-1)


def _product(values_bUx: Floats, matrix_xy: Floats) -> Floats:
    """``values @ matrix`` as one product of matrices in place of b small ones: half the time."""
    b, num_sides, num = values_bUx.shape
    flat = values_bUx.reshape(b * num_sides, num) @ matrix_xy
    return flat.reshape(b, num_sides, matrix_xy.shape[1])
