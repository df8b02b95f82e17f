"""The types of arrays that modules exchange, by name; each module's docstring explains their shapes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]
Scores = npt.NDArray[np.floating[Any]]
"""Scores as the model gave them, in the precision in which they are stored: the only large array of a run."""


def are_all(chosen: Ints, num_rows: int) -> bool:
    """Whether the chosen rows are all there are, in their order: then they need not be copied."""
    return len(chosen) == num_rows and np.array_equal(chosen, np.arange(num_rows))
