"""Values and combinations of values that come chunk by chunk, numbered from 0 by first appearance.

Shapes: N rows of a chunk.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Ints

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
        encoded = pc.dictionary_encode(column, null_encoding="encode")
        found = encoded.dictionary
        if self._values is None:
            self._values = found.slice(0, 0)
        number = pc.index_in(found, value_set=self._values)
        new = pc.is_null(number)
        number_V = pc.fill_null(number, -1).to_numpy(zero_copy_only=False).astype(np.int64)
        number_V[number_V < 0] = len(self._values) + np.arange(int((number_V < 0).sum()))
        self._values = pa.concat_arrays([self._values, found.filter(new)])
        numbers_N: Ints = number_V[encoded.indices.to_numpy()]
        return numbers_N


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
            self._first.append(rows.select(self.columns).take(new[first]))
