"""The prepared arrays of a batch as a model is given them, and all of them as one array.

Shapes: B samples of a batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

Array = npt.NDArray[Any]


class Batch(list[Array]):
    """Prepared arrays, in the samples' order.

    Args:
        arrays: one per sample.
        memory: what holds them, bytes shared with the workers that wrote them; None where each has its own. Their
            contents are replaced once the batch is computed: copy what is to be kept.
    """

    def __init__(self, arrays: Iterable[Array], memory: npt.NDArray[np.uint8] | None = None) -> None:
        super().__init__(arrays)
        self.memory = memory


def stacked(batch: Sequence[Array]) -> Array:
    """All arrays of a batch as one of shape (B, …): a view where they lie one after another, else a copy.

    Args:
        batch: arrays of one shape, at least one.

    Raises:
        ValueError: their shapes differ.
    """
    if not isinstance(batch, Batch) or batch.memory is None or not _adjoin(batch):
        return np.stack(batch)
    first = batch[0]
    return as_strided(first, (len(batch), *first.shape), (first.nbytes, *first.strides))


def _adjoin(batch: Batch) -> bool:
    first = batch[0]
    start, step = _address(first), first.nbytes
    return step > 0 and all(
        array.flags.c_contiguous
        and (array.shape, array.dtype) == (first.shape, first.dtype)
        and _address(array) == start + place * step
        for place, array in enumerate(batch)
    )


def _address(array: Array) -> int:
    address: int = array.__array_interface__["data"][0]
    return address
