"""A metric on the sides of a comparison: values and their covariance over subjects.

Shapes: S subjects, R rows (a subject within one label), L labels, U sides, k statistics, b labellings of the rows.
A label is a group; a side is a set of labels, such as one group, or all the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints
from harness.metrics.tally import or_zero, ratio
from harness.statistics.freedom import side_freedom, spread_of, total_spread, variance_of_mean
from harness.statistics.influence import gradient
from harness.statistics.intervals import Range

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
        num_samples: ``[R]``, the samples behind each row; None if it is the same number for all.
    """

    subject: Ints
    label: Ints
    num_subjects: int
    num_labels: int
    num_samples: Floats | None = None

    @property
    def size(self) -> Floats:
        """The samples behind each row ``[R]``; 1 if all have as many."""
        return np.ones(len(self.subject)) if self.num_samples is None else self.num_samples

    @property
    def are_subjects(self) -> bool:
        """Whether every row is a subject of its own."""
        return len(self.subject) == self.num_subjects


@dataclass(frozen=True)
class Additive:
    """A metric as a function of statistics that add up. It may be another function on every side.

    Attributes:
        statistics: ``[R, k]``.
        value: their sums on the sides ``[..., U, k]`` → the metric ``[..., U]``; unchanged when all statistics are
            doubled.
        derivative: of the value with respect to each sum, ``[..., k]`` → ``[..., k]``; None for numerical ones.
        within: the lowest and the highest possible value; None unless both are finite.
    """

    statistics: Floats
    value: Callable[[Floats], Floats]
    derivative: Callable[[Floats], Floats] | None = None
    within: Range | None = None

    def derived(self, sums_k: Floats) -> Floats:
        """The derivative with respect to each sum."""
        return gradient(self.value, sums_k) if self.derivative is None else self.derivative(sums_k)


@dataclass(frozen=True)
class Measured:
    """A metric on every side, for every labelling.

    Attributes:
        value: ``[b, U]``.
        covariance: over subjects, ``[b, U, U]``, or only the variances ``[b, U]`` of sides that are apart; NaN for
            a side of fewer than two subjects.
        overlap: how the uncertainties of the sides' variances go together, in the same shape: the reciprocal of
            their degrees of freedom, and between two sides what their common subjects make of it.
    """

    value: Floats
    covariance: Floats
    overlap: Floats

    @property
    def error(self) -> Floats:
        """The standard errors ``[b, U]``."""
        return np.sqrt(self.variance)

    @property
    def variance(self) -> Floats:
        """The variances ``[b, U]``."""
        return diagonal(self.covariance)


class LatestSums:
    """Remembers the last sums: metrics of the same statistics, such as UAR and macro F1, follow each other.

    It does not keep the function that computes them: that of an object which has this one would refer back to the
    object, whose large arrays would then stay until the garbage collector looks for such circles.
    """

    def __init__(self) -> None:
        self._latest: tuple[Floats, Floats] | None = None

    def of(self, statistics_Rk: Floats, compute: Callable[[Floats], Floats]) -> Floats:
        """The sums of statistics on the sides, ``[b, U, k]``; those of the same array as last time are kept."""
        if self._latest is None or self._latest[0] is not statistics_Rk:
            self._latest = statistics_Rk, compute(statistics_Rk)
        return self._latest[1]


class Labelled:
    """Rows under several labellings at once, shared by all metrics of the same rows.

    Args:
        rows: the subject and the label of each row.
        sides_UL: which labels a side is made of.
        label_bR: the labellings.
        apart: whether every row is a subject and no contrast has one on two sides: then covariances of sides are
            zero and not computed.
    """

    def __init__(
        self, rows: Rows, sides_UL: npt.NDArray[np.bool_], label_bR: Ints, *, apart: bool = False
    ) -> None:
        self._rows, self._apart = rows, apart
        self._member_bUR = np.empty((len(label_bR), len(sides_UL), len(rows.label)))
        for side, labels_L in enumerate(sides_UL.astype(np.float64)):
            np.take(labels_L, label_bR, out=self._member_bUR[:, side])
        self.num_subjects = (self._by_subject(self._member_bUR) > 0).sum(axis=-1)
        num_bU = self.num_subjects.astype(np.float64)
        # Deviations are from an estimated mean: n / (n - 1).
        self._correction_bU = np.sqrt(ratio(num_bU, num_bU - 1))
        self._overlap = self._common_subjects()
        self._sums = LatestSums()

    def measure(self, metric: Additive) -> Measured:
        """The metric on every side."""
        sums_bUk = self._sums.of(metric.statistics, partial(product, self._member_bUR))
        derived_bUk = metric.derived(sums_bUk)
        # UAR, for example, uses two of the four counts of a class. Taking them is many times as fast as a mask.
        used = np.flatnonzero(derived_bUk.any(axis=(0, 1)))
        num_k = metric.statistics.shape[1]
        statistics_Rk = metric.statistics if len(used) == num_k else metric.statistics.take(used, axis=1)
        influence_bUR = product(derived_bUk.take(used, axis=-1), statistics_Rk.T)
        influence_bUR *= self._member_bUR
        influence_bUS = self._by_subject(influence_bUR)
        if self._apart:
            covariance = np.einsum("bus,bus->bu", influence_bUS, influence_bUS)
            correction = self._correction_bU**2
        else:
            covariance = influence_bUS @ influence_bUS.swapaxes(1, 2)
            correction = self._correction_bU[:, :, None] * self._correction_bU[:, None, :]
        covariance[np.abs(covariance) < ROUNDING**2] = 0.0
        covariance *= correction
        return Measured(metric.value(sums_bUk), covariance, self._overlap)

    def _common_subjects(self) -> Floats:
        """See `Measured.overlap`."""
        if self._apart:
            return 1 / side_freedom(product(self._member_bUR, spread_of(self._rows.size)))
        size_bUS = self._by_subject(self._member_bUR * self._rows.size)
        inverse_bU = 1 / side_freedom(total_spread(size_bUS))
        share_bUS = variance_of_mean(size_bUS) * size_bUS**2
        share_bUS = or_zero(ratio(share_bUS, share_bUS.sum(axis=-1, keepdims=True)))
        overlap_bUU = share_bUS @ share_bUS.swapaxes(1, 2)
        scale_bU = np.sqrt(ratio(inverse_bU, diagonal(overlap_bUU)))
        return or_zero(overlap_bUU * scale_bU[:, :, None] * scale_bU[:, None, :])

    def _by_subject(self, values_bUR: Floats) -> Floats:
        """Rows added up per subject, ``[b, U, S]``."""
        if self._rows.are_subjects:
            return values_bUR
        order = np.argsort(self._rows.subject, kind="stable")
        starts = np.flatnonzero(np.diff(self._rows.subject[order], prepend=-1))
        return np.add.reduceat(values_bUR[..., order], starts, axis=-1)


def diagonal(square: Floats) -> Floats:
    """The diagonal ``[b, U]`` of ``[b, U, U]``; ``[b, U]`` as it is."""
    return square if square.ndim == 2 else np.diagonal(square, axis1=1, axis2=2)


def product(values_bUx: Floats, matrix_xy: Floats) -> Floats:
    """``values @ matrix`` as one product of matrices in place of b small ones: half the time."""
    b, num_sides, num = values_bUx.shape
    flat = values_bUx.reshape(b * num_sides, num) @ matrix_xy
    return flat.reshape(b, num_sides, matrix_xy.shape[1])
