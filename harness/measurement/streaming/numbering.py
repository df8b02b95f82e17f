"""Values and combinations of values that come chunk by chunk, numbered from 0 by first appearance.

Shapes: N rows of a chunk.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Ints
from harness.tables.encoded_texts import plain_table

_MAX_VALUES = 2**31
"""Of one column: two numbers make one of 62 bits."""


class Numbering:
    """The values of one column; an empty cell is a value."""

    def __init__(self) -> None:
        self._values: pa.Array | None = None

    def __len__(self) -> int:
        return 0 if self._values is None else len(self._values)

    def of(self, column: pa.Array) -> Ints:
        """The number of each value ``[N]``; new values get the next ones."""
        found, index_N = _distinct(column)
        if self._values is None:
            self._values = found.slice(0, 0)
        number_V = pc.fill_null(pc.index_in(found, value_set=self._values), -1).to_numpy().astype(np.int64)
        if (number_V < 0).any():
            new = _in_order_of_appearance(index_N[number_V[index_N] < 0])
            number_V[new] = len(self._values) + np.arange(len(new))
            self._values = pa.concat_arrays([self._values, found.take(pa.array(new))])
        numbers_N: Ints = number_V[index_N]
        return numbers_N


def _distinct(column: pa.Array) -> tuple[pa.Array, Ints]:
    """The values of a column, some of which may not occur, and the index of each row's value ``[N]``."""
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column, null_encoding="encode")
    values, indices = column.dictionary, column.indices
    if indices.null_count:
        values = pa.concat_arrays([values, pa.nulls(1, values.type)])
        indices = pc.fill_null(indices, len(values) - 1)
    return values, indices.to_numpy(zero_copy_only=False)


def _in_order_of_appearance(index_N: Ints) -> Ints:
    found, first = np.unique(index_N, return_index=True)
    return found[np.argsort(first)]


class Combinations:
    """The combinations of several columns that occur.

    Args:
        columns: their names; at least one.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        self._values = [Numbering() for _ in columns]
        self._pairs = [Numbering() for _ in columns[1:]]
        self._first: list[pa.Table] = []
        self.num_rows: Ints = np.zeros(0, dtype=np.int64)
        """How many rows of each combination there have been."""

    def __len__(self) -> int:
        return len((self._pairs or self._values)[-1])

    def of(self, rows: pa.Table) -> Ints:
        """The number of each row's combination ``[N]``; new ones get the next numbers and are kept."""
        known = len(self)
        values = zip(self.columns, self._values, strict=True)
        numbers = (numbering.of(rows[name].combine_chunks()) for name, numbering in values)
        number_N = next(numbers)
        for pairs, value_N in zip(self._pairs, numbers, strict=True):
            number_N = pairs.of(pa.array(number_N * _MAX_VALUES + value_N))
        self._keep(rows, number_N, known)
        num_rows: Ints = np.bincount(number_N, minlength=known)
        num_rows[:known] += self.num_rows
        self.num_rows = num_rows
        return number_N

    def table(self) -> pa.Table:
        """Each combination once, in the order of their numbers."""
        return pa.concat_tables(self._first).combine_chunks()

    def _keep(self, rows: pa.Table, number_N: Ints, known: int) -> None:
        new = np.flatnonzero(number_N >= known)
        if len(new) or not self._first:
            first = np.unique(number_N[new], return_index=True)[1]
            self._first.append(plain_table(rows.select(self.columns).take(new[first])))
