"""The sides of a comparison and their contrasts.

Shapes: L labels, U sides, K contrasts, J pairs of sides of one contrast, b labellings of the rows. A label is a
group; a side is a set of labels, such as one group, or all the others; a contrast is a weighted sum of sides, such
as one less another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np
import numpy.typing as npt

from harness.arrays import Floats, Ints
from harness.metrics.tally import ratio
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
        undefined_bU = np.isnan(sides_bU)
        values_bK = np.where(undefined_bU, 0.0, sides_bU) @ self.weights.T
        return np.where(self.with_any(undefined_bU), np.nan, values_bK)

    def error(self, covariance: Floats) -> Floats:
        """The standard errors of the contrasts ``[b, K]``; NaN if that of a side is.

        Args:
            covariance: of the sides, ``[b, U, U]``, or only their variances ``[b, U]``: see `Measured`.
        """
        undefined_bU, known = np.isnan(diagonal(covariance)), np.nan_to_num(covariance)
        if covariance.ndim == 2:
            variance_bK = known @ self.weights.T**2
        else:
            variance_bK = ((self.weights @ known) * self.weights).sum(axis=-1)
        return np.where(self.with_any(undefined_bU), np.nan, np.sqrt(np.maximum(variance_bK, 0.0)))

    def freedom(self, variance_bU: Floats, overlap: Floats) -> Floats:
        """The degrees of freedom of the standard errors of the contrasts ``[b, K]``; at least `LEAST`.

        (Σ_u c_u² v_u)² / Σ_uv c_u² v_u c_v² v_v o_uv: the formula of Welch and Satterthwaite, in which sides with
        subjects in common are not independent.

        Args:
            variance_bU: the variance of each side, NaN as zero.
            overlap: o, ``[b, U, U]``, or only its diagonal ``[b, U]``: see `Measured`.
        """
        square_KU = self.weights**2
        known_bU = np.nan_to_num(variance_bU)
        of_square_bK = (known_bU**2 * diagonal(overlap)) @ (square_KU**2).T
        if overlap.ndim == 3:
            contrast_J, left_J, right_J = self._pairs_of_sides
            part_bJ = 2 * overlap[:, left_J, right_J]
            for side_J in (left_J, right_J):
                part_bJ = part_bJ * square_KU[contrast_J, side_J] * known_bU[:, side_J]
            starts = np.flatnonzero(np.diff(contrast_J, prepend=-1))
            of_square_bK[:, contrast_J[starts]] += np.add.reduceat(part_bJ, starts, axis=1)
        return np.fmax(ratio((known_bU @ square_KU.T) ** 2, of_square_bK), LEAST)

    def with_any(self, chosen_bU: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Which contrasts ``[b, K]`` one of the chosen sides is part of."""
        found_bK: npt.NDArray[np.bool_] = chosen_bU.astype(np.float64) @ (self.weights != 0).T > 0
        return found_bK

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
