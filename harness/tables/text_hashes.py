"""Hashes of texts: the same in every process, and wherever in a table a text stands."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa


def text_hashes(texts: pa.ChunkedArray) -> npt.NDArray[np.uint64]:
    """64 bits for each text ``[N]``; none may be null."""
    from pandas.util import hash_array

    hash_N: npt.NDArray[np.uint64] = hash_array(texts.to_numpy(), categorize=False)
    return hash_N
