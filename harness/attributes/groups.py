"""Protected attributes → groups of samples: bands of numbers, text as it is, and ``unknown``."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from harness.attributes.bands import band
from harness.errors import HarnessError

PREFIX = "attr."
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Groups:
    """The groups of one axis.

    Attributes:
        axis: the attribute's name.
        names: the groups in reading order (numbers by size), ``unknown`` last.
        index: ``[N]``, the group of every sample.
    """

    axis: str
    names: tuple[str, ...]
    index: npt.NDArray[np.int64]


def axes_of(samples: pa.Table) -> tuple[str, ...]:
    """The attributes of the table, without their prefix, in column order."""
    return tuple(name.removeprefix(PREFIX) for name in samples.column_names if name.startswith(PREFIX))


def group_samples(samples: pa.Table, axis: str) -> Groups:
    """Group the samples along one attribute; an empty value is the group ``unknown``.

    Raises:
        HarnessError: the samples have no such attribute.
    """
    if axis not in axes_of(samples):
        raise HarnessError(f"There is no attribute {axis!r}. The samples have: {', '.join(axes_of(samples))}.")
    encoded = pc.dictionary_encode(samples[PREFIX + axis].combine_chunks(), null_encoding="encode")
    group_of_code = [band(axis, value) or UNKNOWN for value in encoded.dictionary.to_pylist()]
    names = tuple(sorted(set(group_of_code), key=_reading_order))
    position = {name: index for index, name in enumerate(names)}
    to_group = np.array([position[name] for name in group_of_code], dtype=np.int64)
    return Groups(axis, names, to_group[encoded.indices.to_numpy()])


def _reading_order(name: str) -> tuple[bool, list[tuple[int, float, str]], str]:
    """``monk_2`` before ``monk_10``, ``3-12`` before ``13-17``, ``unknown`` last; ``1`` and ``01`` stay apart."""
    parts = re.split(r"(\d+(?:\.\d+)?)", name)
    return name == UNKNOWN, [(0, float(p), "") if i % 2 else (1, 0.0, p) for i, p in enumerate(parts)], name
