"""Names for the types of arrays that modules exchange; each module's docstring explains their shapes."""

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
