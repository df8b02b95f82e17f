"""Numeric arrays in MATLAB files of version 5 to 7.2, one at a time."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.errors import Reason, Unscored
from harness.files import regular
from harness.signals.undecodable import undecodable

MAX_MAT_BYTES = 2**31
MAX_ELEMENTS = 2**27
"""Of one array: its head states its shape, so that a small file does not unfold in memory."""


_NUMERIC = frozenset({"double", "single", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64))})


def array_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """The name and the shape of every array of numbers, from their heads alone.

    Raises:
        Unscored: missing, damaged, not such a file, or over 2 GiB.
    """
    from scipy.io import whosmat

    try:
        if path.stat().st_size > MAX_MAT_BYTES:
            raise Unscored(Reason.TOO_LARGE, f"the file is over {MAX_MAT_BYTES // 2**30} GiB")
        heads = whosmat(str(regular(path)))
        if len({name for name, _, _ in heads}) < len(heads):
            raise Unscored(Reason.UNREADABLE, f"{path.name} holds a variable twice")
        return {name: tuple(shape) for name, shape, kind in heads if kind in _NUMERIC}
    except Unscored:
        raise
    except Exception:  # a damaged file can fail in any way
        raise undecodable(path, "a MATLAB file of version 5 to 7.2") from None


def array_of(path: Path, name: str) -> npt.NDArray[Any]:
    """One array of numbers; the last two are kept. Not to be written to.

    Raises:
        Unscored: see `array_shapes`; or there is no such array, it holds anything but numbers, or it is too large.
    """
    shape = array_shapes(path).get(name)
    if shape is None:
        raise Unscored(Reason.UNREADABLE, f"{path.name} holds no array of numbers named {name}")
    if math.prod(shape) > MAX_ELEMENTS:
        raise Unscored(Reason.TOO_LARGE, f"{name} has over {MAX_ELEMENTS:,} numbers")
    state = path.stat()
    values = _loaded(path, name, state.st_size, state.st_mtime_ns)
    if values.shape != shape:
        raise undecodable(path, "a MATLAB file of version 5 to 7.2")
    return values


@lru_cache(maxsize=2)
def _loaded(path: Path, name: str, size: int, modified_ns: int) -> npt.NDArray[Any]:  # noqa: ARG001 (a changed file is another key)
    from scipy.io import loadmat

    try:
        values = np.asarray(loadmat(str(path), variable_names=[name])[name])
    except Exception:  # a damaged file can fail in any way
        raise undecodable(path, "a MATLAB file of version 5 to 7.2") from None
    if values.dtype.kind not in "iuf":
        raise Unscored(Reason.UNREADABLE, f"{name} holds no numbers")
    return values
