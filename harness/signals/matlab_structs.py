"""Structures in MATLAB files of version 5 to 7.2, as lists of mappings. Nothing in them is executed."""

from __future__ import annotations

import math
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import HarnessError
from harness.files import regular
from harness.signals.matlab_arrays import MAX_ELEMENTS, MAX_MAT_BYTES


def read_structs(path: Path, names: Collection[str]) -> dict[str, list[dict[str, Any]]]:
    """The structure arrays of these names that a file has; fields that are structures are mappings, or lists.

    Raises:
        HarnessError: the file is missing, damaged, of another version, too large, or one of them is no structure.
    """
    from scipy.io import loadmat, whosmat

    try:
        if regular(path).stat().st_size > MAX_MAT_BYTES:
            raise HarnessError(f"{path}: over {MAX_MAT_BYTES // 2**30} GiB.")
        sizes = {name: math.prod(shape) for name, shape, kind in whosmat(str(path)) if kind == "struct"}
        wanted = [name for name in names if name in sizes]
        if any(sizes[name] > MAX_ELEMENTS for name in wanted):
            raise HarnessError(f"{path}: a structure of over {MAX_ELEMENTS:,} elements.")
        loaded = loadmat(str(path), variable_names=wanted, simplify_cells=True) if wanted else {}
        found = {name: as_list(loaded[name]) for name in wanted}
    except FileNotFoundError:
        raise HarnessError(f"{path}: no such file.") from None
    except HarnessError:
        raise
    except Exception:  # a damaged file can fail in any way
        raise HarnessError(f"{path}: not a readable MATLAB file of version 5 to 7.2. Unpack it again.") from None
    if any(not isinstance(one, dict) for of in found.values() for one in of):
        raise HarnessError(f"{path}: {' or '.join(wanted)} is no structure.")
    return found


def as_list(value: Any) -> list[Any]:
    """The elements of a field: MATLAB has no single values, so that one element and a list of one are the same."""
    if isinstance(value, np.ndarray):
        return list(value.flat)
    return value if isinstance(value, list) else [value]
