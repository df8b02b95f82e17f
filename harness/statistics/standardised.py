"""A metric standardised over strata, in the form that comparisons need: every side with its own mixture.

A contrast is only fair over the strata that both of its sides have. A side therefore has shares of its own, those
of the other side of its contrast, and all sides of all contrasts are measured together: their differences share
one relabelling and one maximum.

Shapes: R rows, U sides, H strata, k statistics of one stratum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from harness.arrays import Floats
from harness.metrics.strata import InStrata
from harness.metrics.tally import or_zero, ratio
from harness.statistics.intervals import Range
from harness.statistics.sides import Additive


def standardised(
    split: InStrata,
    shares_UH: Floats,
    value: Callable[[Floats], Floats],
    gradient: Callable[[Floats], Floats],
    within: Range | None,
) -> Additive:
    """A metric of the strata, with the given shares of each.

    Args:
        split: the statistics of all rows, by stratum.
        shares_UH: the share of each stratum on each side; 0 for those that are left out.
        value: see `harness.metrics.strata.Strata`.
        gradient: see there.
        within: the range of the metric; None unless it is finite.

    Returns:
        A metric of sums ``[..., U, H + H k]``. It is undefined on a side without samples in one of its strata, or
        without strata.
    """
    num_rows, num_strata, num = split.statistics.shape
    whole = _Standardised(shares_UH, num, value, gradient)
    flat_Rx = split.statistics.reshape(num_rows, num_strata * num)
    return Additive(np.concatenate([split.sizes, flat_Rx], axis=1), whole.value, whole.derivative, within)


@dataclass(frozen=True)
class _Standardised:
    """The metric of scaled statistics, as a function of sums."""

    shares: Floats
    num: int
    of_scaled: Callable[[Floats], Floats]
    gradient: Callable[[Floats], Floats]

    def value(self, sums_Ux: Floats) -> Floats:
        sizes_UH, statistics_UHk, factor_UH1 = self._parts(sums_Ux)
        undefined_U = ((self.shares > 0) & (sizes_UH == 0)).any(-1) | ~(self.shares > 0).any(-1)
        value_U: Floats = np.where(undefined_U, np.nan, self.of_scaled(statistics_UHk * factor_UH1))
        return value_U

    def derivative(self, sums_Ux: Floats) -> Floats:
        """A sample more in a stratum lowers what each of its statistics counts for."""
        sizes_UH, statistics_UHk, factor_UH1 = self._parts(sums_Ux)
        of_statistics_UHk = self.gradient(statistics_UHk * factor_UH1) * factor_UH1
        of_sizes_UH = -(of_statistics_UHk * ratio(statistics_UHk, sizes_UH[..., None])).sum(-1)
        flat_Ux = of_statistics_UHk.reshape(*sums_Ux.shape[:-1], -1)
        derivative_Ux: Floats = or_zero(np.concatenate([of_sizes_UH, flat_Ux], axis=-1))
        return derivative_Ux

    def _parts(self, sums_Ux: Floats) -> tuple[Floats, Floats, Floats]:
        """The samples of each stratum, its statistics, and what these are multiplied by."""
        num_strata = self.shares.shape[-1]
        sizes_UH = sums_Ux[..., :num_strata]
        statistics_UHk = sums_Ux[..., num_strata:].reshape(*sizes_UH.shape, self.num)
        return sizes_UH, statistics_UHk, or_zero(ratio(self.shares, sizes_UH))[..., None]
