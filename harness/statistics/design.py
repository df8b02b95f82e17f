"""The sides of a comparison and their contrasts.

Shapes: L labels, U sides, K contrasts, T sides of one contrast, J pairs of sides of one contrast, b labellings of
the rows. A label is a group; a side is a set of labels, such as one group, or all the others; a contrast is a
weighted sum of sides, such as one less another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints
from harness.metrics.tally import or_zero, ratio
from harness.statistics.freedom import LEAST
from harness.statistics.sides import diagonal


@dataclass(frozen=True)
class Design:
    """The sides and contrasts of a comparison.

    Attributes:
        sides: ``[U, L]``, the labels of each side.
        weights: ``[K, U]``, the contrasts; every row sums to zero.
        family: ``[K]``, 0 …: intervals are simultaneous within a family; None if all contrasts are one family.
    """

    sides: npt.NDArray[np.bool_]
    weights: Floats
    family: Ints | None = None

    @cached_property
    def family_of(self) -> Ints:
        """The family of each contrast, ``[K]``."""
        return np.zeros(len(self.weights), dtype=np.int64) if self.family is None else self.family

    def families(self) -> list[Ints]:
        """The contrasts of each family."""
        return [
            np.flatnonzero(self.family_of == number) for number in range(int(self.family_of.max(initial=-1)) + 1)
        ]

    @cached_property
    def is_difference(self) -> npt.NDArray[np.bool_]:
        """Which contrasts are one side less another, ``[K]``."""
        size_KU = np.abs(self.weights)
        alone: npt.NDArray[np.bool_] = ((size_KU == 1).sum(axis=1) == 2) & ((size_KU > 0).sum(axis=1) == 2)
        return alone

    @cached_property
    def is_apart(self) -> bool:
        """Whether no contrast has a label on two sides."""
        _, left_J, right_J = self._pairs_of_sides
        return not (self.sides[left_J] & self.sides[right_J]).any()

    def value(self, sides_bU: Floats) -> Floats:
        """The contrasts ``[b, K]``; an undefined side only affects the contrasts that it is part of."""
        return self._weighted(sides_bU, self._weights_of)

    def error(self, covariance: Floats) -> Floats:
        """The standard errors of the contrasts ``[b, K]``; NaN if that of a side is.

        Args:
            covariance: of the sides, ``[b, U, U]``, or only their variances ``[b, U]``: see `Measured`.
        """
        if covariance.ndim == 2:
            variance_bK = self._weighted(covariance, self._weights_of**2)
        else:
            variance_bK = ((self.weights @ or_zero(covariance.copy())) * self.weights).sum(axis=-1)
            variance_bK += 0 * self._weighted(diagonal(covariance), self._weights_of)  # NaN where a side is
        return np.sqrt(np.maximum(variance_bK, 0.0))

    def freedom(self, variance_bU: Floats, overlap: Floats) -> Floats:
        """The degrees of freedom of the standard errors of the contrasts ``[b, K]``; at least `LEAST`.

        (Σ_u c_u² v_u)² / Σ_uv c_u² v_u c_v² v_v o_uv: the formula of Welch and Satterthwaite, in which sides with
        subjects in common are not independent.

        Args:
            variance_bU: the variance of each side, NaN as zero.
            overlap: o, ``[b, U, U]``, or only its diagonal ``[b, U]``: see `Measured`.
        """
        square_KT = self._weights_of**2
        known_bU = or_zero(variance_bU.copy())
        of_square_bK = self._weighted(known_bU**2 * diagonal(overlap), square_KT**2)
        if overlap.ndim == 3:
            square_KU = self.weights**2
            contrast_J, left_J, right_J = self._pairs_of_sides
            part_bJ = 2 * overlap[:, left_J, right_J]
            for side_J in (left_J, right_J):
                part_bJ = part_bJ * square_KU[contrast_J, side_J] * known_bU[:, side_J]
            starts = np.flatnonzero(np.diff(contrast_J, prepend=-1))
            of_square_bK[:, contrast_J[starts]] += np.add.reduceat(part_bJ, starts, axis=1)
        return np.fmax(ratio(self._weighted(known_bU, square_KT) ** 2, of_square_bK), LEAST)

    def _weighted(self, values_bU: Floats, weight_KT: Floats) -> Floats:
        """The weighted sums ``[b, K]`` over the sides of each contrast: most of the others would be zeros."""
        values_Ub = np.ascontiguousarray(values_bU.T)
        sums_Kb = np.zeros((len(weight_KT), len(values_bU)))
        for side_K, weight_K in zip(self._sides_of.T, weight_KT.T, strict=True):
            weighted_Kb = values_Ub.take(side_K, axis=0)  # whole rows: many times as fast as columns
            weighted_Kb *= weight_K[:, None]
            sums_Kb += weighted_Kb
        return sums_Kb.T

    @cached_property
    def _sides_of(self) -> Ints:
        """The sides of each contrast ``[K, T]``, ascending; the first once more in one that has fewer."""
        num_T = (self.weights != 0).sum(axis=1)
        sides_KT: Ints = np.argsort(self.weights == 0, axis=1, kind="stable")[:, : num_T.max(initial=0)]
        return np.where(np.arange(sides_KT.shape[1]) < num_T[:, None], sides_KT, sides_KT[:, :1])

    @cached_property
    def _weights_of(self) -> Floats:
        """The weights of these sides ``[K, T]``; 0 for those that are there once more."""
        num_T = (self.weights != 0).sum(axis=1)
        weight_KT = np.take_along_axis(self.weights, self._sides_of, axis=1)
        return np.where(np.arange(weight_KT.shape[1]) < num_T[:, None], weight_KT, 0.0)

    @cached_property
    def _pairs_of_sides(self) -> tuple[Ints, Ints, Ints]:
        """Every contrast with every pair of the sides that it is made of."""
        found = [
            (contrast, left, right)
            for contrast, weights_U in enumerate(self.weights)
            for left, right in combinations(np.flatnonzero(weights_U).tolist(), 2)
        ]
        contrast_J, left_J, right_J = np.array(found, dtype=np.int64).reshape(-1, 3).T
        return contrast_J, left_J, right_J
