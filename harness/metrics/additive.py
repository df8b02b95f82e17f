"""Additive statistics: what every metric is a function of.

Shapes: S subjects, N samples, F the axes of one subject's statistics, B resamples.

A subject's statistics are sums over its samples, so those of two sets of samples merge by addition, a resample of
subjects is a weighted sum, and leaving a subject out is a subtraction. A metric maps summed statistics
``[..., *F]`` to values ``[...]``; leading axes are resamples. It is NaN where it is undefined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric as a function of summed statistics.

    Attributes:
        name: its name in the results table.
        value: sums ``[..., *F]`` → values ``[...]``; NaN where undefined.
        num_samples: sums → the number of samples that the value rests on.
        num_unscored: sums → the samples without a score, whether they count as wrong or are left out.
        low: the least value that it can take.
        high: the greatest; infinity where there is none.
    """

    name: str
    value: Callable[[Floats], Floats]
    num_samples: Callable[[Floats], Floats]
    num_unscored: Callable[[Floats], Floats]
    low: float = 0.0
    high: float = 1.0


@dataclass(frozen=True)
class Family:
    """Statistics ``[R, *F]``, and the metrics of their sum. A row is a subject, or a subject within one group."""

    sums: Floats
    metrics: tuple[Metric, ...]

    def rows(self, chosen: Ints) -> Family:
        """Some of the rows."""
        return replace(self, sums=self.sums[chosen])

    def summed(self, row_R: Ints, num_rows: int) -> Family:
        """Rows added up into fewer: row r goes into ``row_R[r]``, 0 … ``num_rows`` - 1."""
        into = np.zeros((num_rows, *self.sums.shape[1:]))
        np.add.at(into, row_R, self.sums)
        return replace(self, sums=into)


def sum_by_subject(subject_N: Ints, values_N: npt.NDArray[np.generic], num_subjects: int) -> Floats:
    """Sum one value per sample into one per subject ``[S]``, in the order of the samples."""
    sums_S: Floats = np.bincount(subject_N, weights=values_N.astype(np.float64), minlength=num_subjects).astype(
        np.float64
    )
    return sums_S


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; NaN where the denominator is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: Floats = np.where(denominator != 0, numerator / denominator, np.nan)
    return quotient
