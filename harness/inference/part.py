"""A part of a study's batches, so that several machines answer one study: ``2/3`` is the second of three."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from harness.arrays import Ints

MAX_PARTS = 100_000
_WRITTEN = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")


@dataclass(frozen=True)
class Part:
    """One of several parts: batches that follow each other, so that it mostly reads files of its own.

    Attributes:
        index: from 1.
        num_parts: how many there are.
    """

    index: int
    num_parts: int

    @classmethod
    def of(cls, text: str) -> Part:
        """The part that is written ``index/number``.

        Raises:
            ValueError: it is not written like that, or there is no such part.
        """
        found = _WRITTEN.fullmatch(text)
        index, num_parts = (int(each) for each in found.groups()) if found else (0, 0)
        if not 1 <= index <= num_parts <= MAX_PARTS:
            raise ValueError(f"expected i/n with 1 ≤ i ≤ n ≤ {MAX_PARTS:,}, such as 2/3")
        return cls(index, num_parts)

    def __str__(self) -> str:
        return f"{self.index}/{self.num_parts}"

    def places(self, num_samples: int, batch_size: int) -> range:
        """The places of its samples, whole batches of the plan. A part is empty if there are fewer batches."""
        num_batches = -(-num_samples // batch_size)
        first, end = (
            min(num_samples, -(-index * num_batches // self.num_parts) * batch_size)
            for index in (self.index - 1, self.index)
        )
        return range(first, end)

    def within(self, places: Ints, num_samples: int, batch_size: int) -> Ints:
        """Those of some places that are in this part."""
        own = self.places(num_samples, batch_size)
        return places[(places >= own.start) & (places < own.stop)]


def parts_of(places: Ints, num_parts: int, num_samples: int, batch_size: int) -> list[Part]:
    """The parts that samples at these places belong to, rising."""
    num_batches = max(1, -(-num_samples // batch_size))
    numbers = np.unique(places // batch_size * num_parts // num_batches)
    return [Part(int(number) + 1, num_parts) for number in numbers]
