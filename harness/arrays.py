"""Names for the kinds of arrays that pass between modules; their shapes stand in each module's legend."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Indices = npt.NDArray[np.intp]
Scores = npt.NDArray[np.floating[Any]]
"""Scores as the model gave them, in the precision that they are stored in: the one large array of a run."""
