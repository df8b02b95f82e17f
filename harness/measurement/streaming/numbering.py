"""Values and combinations of values that come chunk by chunk, numbered from 0 by first appearance.

Shapes: N rows of a chunk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Ints
from harness.tables.encoded_texts import as_array, plain_table

_MAX_VALUES = 2**31
"""Of one column: two numbers make one of 62 bits."""

_MAX_TABLE = 2**22
"""Pairs that could occur; with more, those that do are looked up by their hashes."""


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
    first = np.full(int(index_N.max(initial=-1)) + 1, len(index_N))
    first[index_N[::-1]] = np.arange(len(index_N))[::-1]
    occurs = np.flatnonzero(first < len(index_N))
    return occurs[np.argsort(first[occurs])]


class _Pairs:
    """Pairs of numbers: in a table of all that could occur while that is small, which is far faster."""

    def __init__(self) -> None:
        self._codes = np.zeros(0, dtype=np.int64)
        self._numbers = np.zeros((0, 0), dtype=np.int64)
        self._hashed: Numbering | None = None

    def __len__(self) -> int:
        return len(self._codes) if self._hashed is None else len(self._hashed)

    def of(self, first_N: Ints, second_N: Ints, num_first: int, num_second: int) -> Ints:
        """The number of each pair ``[N]``; new ones get the next numbers.

        Args:
            first_N: below ``num_first``.
            second_N: below ``num_second``.
            num_first: so far.
            num_second: so far.
        """
        if self._hashed is None and num_first * num_second <= _MAX_TABLE:
            return self._in_table(first_N, second_N, num_first, num_second)
        if self._hashed is None:
            self._hashed = Numbering()
            self._hashed.of(pa.array(self._codes))
        return self._hashed.of(pa.array(first_N * _MAX_VALUES + second_N))

    def _in_table(self, first_N: Ints, second_N: Ints, num_first: int, num_second: int) -> Ints:
        if num_first > self._numbers.shape[0] or num_second > self._numbers.shape[1]:
            self._numbers = np.full([1 << (num - 1).bit_length() for num in (num_first, num_second)], -1)
            self._numbers[np.divmod(self._codes, _MAX_VALUES)] = np.arange(len(self._codes))
        place_N, by_place = first_N * self._numbers.shape[1] + second_N, self._numbers.reshape(-1)
        number_N = by_place[place_N]
        if (number_N < 0).any():
            new = _in_order_of_appearance(place_N[number_N < 0])
            by_place[new] = len(self._codes) + np.arange(len(new))
            first, second = np.divmod(new, self._numbers.shape[1])
            self._codes = np.concatenate([self._codes, first * _MAX_VALUES + second])
            number_N = by_place[place_N]
        numbers_N: Ints = number_N
        return numbers_N


class Combinations:
    """The combinations of several columns that occur.

    Args:
        columns: their names; at least one.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = list(columns)
        self._values = [Numbering() for _ in columns]
        self._pairs = [_Pairs() for _ in columns[1:]]
        self._first: list[pa.Table] = []
        self.num_rows: Ints = np.zeros(0, dtype=np.int64)
        """How many rows of each combination there have been."""

    def __len__(self) -> int:
        return len((self._pairs or self._values)[-1])

    def __reduce__(self) -> tuple[Any, ...]:
        return _numbered_again, (self.columns, self._first, self.num_rows)  # tables of pairs may be large

    def of(self, rows: pa.Table) -> Ints:
        """The number of each row's combination ``[N]``; new ones get the next numbers and are kept."""
        known = len(self)
        number_N = self._numbers(rows)
        num_rows: Ints = np.bincount(number_N, minlength=known)
        num_rows[:known] += self.num_rows
        self.num_rows = num_rows
        return number_N

    def add(self, others: Combinations) -> Ints:
        """The number here of each combination of other rows ``[V]``; new ones get the next numbers and are kept.

        Args:
            others: those of rows that come after these; of the same columns.
        """
        if not others._first:
            return np.zeros(0, dtype=np.int64)
        known = len(self)
        number_V = self._numbers(others.table())
        self.num_rows = np.concatenate([self.num_rows, np.zeros(len(self) - known, dtype=np.int64)])
        self.num_rows[number_V] += others.num_rows
        return number_V

    def table(self) -> pa.Table:
        """Each combination once, in the order of their numbers."""
        return pa.concat_tables(self._first).combine_chunks()

    def _numbers(self, rows: pa.Table) -> Ints:
        known = len(self)
        numbering = self._values[0]
        number_N, num = numbering.of(as_array(rows[self.columns[0]])), len(numbering)
        for name, numbering, pairs in zip(self.columns[1:], self._values[1:], self._pairs, strict=True):
            value_N = numbering.of(as_array(rows[name]))
            number_N, num = pairs.of(number_N, value_N, num, len(numbering)), len(pairs)
        self._keep(rows, number_N, known)
        return number_N

    def _keep(self, rows: pa.Table, number_N: Ints, known: int) -> None:
        new = np.flatnonzero(number_N >= known)
        if len(new) or not self._first:
            first = np.unique(number_N[new], return_index=True)[1]
            self._first.append(plain_table(rows.select(self.columns).take(new[first])))


def _numbered_again(columns: Sequence[str], first: Sequence[pa.Table], num_rows: Ints) -> Combinations:
    combinations = Combinations(columns)
    for rows in first:
        combinations.of(rows)
    combinations.num_rows = num_rows
    return combinations
