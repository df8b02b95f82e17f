"""A column of numbers that is read several times and may be longer than memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.tables.scratch_file import ScratchFile

Numbers = npt.NDArray[Any]

MEMORY_ROWS = 4_000_000
"""Beyond these a column stands in a temporary file, which vanishes with it or with the process."""


class Spilled:
    """Pieces of one column, kept in memory while they are few and in a temporary file from then on."""

    def __init__(self) -> None:
        self._lengths: list[int] = []
        self._pieces: list[Numbers] = []
        self._file: ScratchFile | None = None

    @classmethod
    def of(cls, pieces: Sequence[Numbers]) -> Spilled:
        """A column of these pieces."""
        spilled = cls()
        for piece in pieces:
            spilled.add(piece)
        return spilled

    def __reduce__(self) -> tuple[Any, ...]:
        return Spilled.of, (list(self.pieces()),)

    def add(self, numbers_N: Numbers) -> None:
        """Append a piece, of the same type of numbers as the first."""
        self._lengths.append(len(numbers_N))
        self._pieces.append(numbers_N)
        self._dtype = numbers_N.dtype
        if self._file is None and sum(self._lengths) > MEMORY_ROWS:
            self._file = ScratchFile()
        if self._file is not None:
            for piece in self._pieces:
                self._file.append(np.ascontiguousarray(piece).data)
            self._pieces = []

    def extend(self, others: Spilled) -> None:
        """Append the pieces of another column."""
        for piece in others.pieces():
            self.add(piece)

    def pieces(self) -> Iterator[Numbers]:
        """The pieces, as they were added."""
        if self._file is None:
            yield from self._pieces
            return
        place = 0
        for length in self._lengths:
            size = length * self._dtype.itemsize
            yield np.frombuffer(self._file.read(place, size), self._dtype)
            place += size
