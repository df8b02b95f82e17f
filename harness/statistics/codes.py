"""Integer codes from 0, such as the subjects of rows: which occur, and renumbering without gaps.

The same as `numpy.unique`, but by counting instead of sorting if codes are not much larger than their number.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from harness.arrays import Ints

SPARSE = 16
"""If codes are this many times larger than their number, sorting is faster and takes less memory."""


def distinct(code_N: Ints) -> Ints:
    """The codes that occur, sorted."""
    if _is_sparse(code_N):
        return np.unique(code_N)
    return np.flatnonzero(_occurs(code_N))


def renumbered(code_N: Ints) -> tuple[Ints, Ints]:
    """The codes that occur, sorted; and the index of each ``code_N`` among them."""
    if _is_sparse(code_N):
        codes, place_N = np.unique(code_N, return_inverse=True)
        return codes, place_N
    occurs = _occurs(code_N)
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[code_N]


def _is_sparse(code_N: Ints) -> bool:
    return int(code_N.max(initial=0)) > SPARSE * (len(code_N) + 1)


def _occurs(code_N: Ints) -> npt.NDArray[np.bool_]:
    occurs = np.zeros(int(code_N.max(initial=-1)) + 1, dtype=np.bool_)
    occurs[code_N] = True
    return occurs
