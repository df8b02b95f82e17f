"""Which clips of a batch go through a network together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from harness.arrays import Ints

MOST_PADDING = 0.25
"""By how much padding may lengthen the clips that go through a network together."""

MOST_VALUES = 6_000_000
"""So many values of clips, padding included, go through a network together: six minutes at 16 kHz. A long clip is
alone, and many long ones need no more memory than a batch of usual ones."""

MOST_VALUES_ON_CPU = 64_000
"""So many on a processor, four seconds at 16 kHz: what a network computes of more leaves the cache, and clips of
3 s took four times as long together as one after another."""


def of_like_length(
    lengths: Sequence[int], *, most_padding: float = MOST_PADDING, most_values: int = MOST_VALUES
) -> Iterator[list[int]]:
    """Divide clips so that padding each part to its longest clip adds little; the longest part comes last.

    Args:
        lengths: of all clips.
        most_padding: the most that is added, as a share of the clips of a part.
        most_values: the most values of a part with its padding, unless it is a single clip.

    Yields:
        Places in ``lengths``, sorted; each place once.
    """
    order: Ints = np.argsort(np.asarray(lengths), kind="stable")
    part: list[int] = []
    total = 0
    for place in order.tolist():
        padded = lengths[place] * (len(part) + 1)  # rising lengths: this clip is the longest
        if part and padded > min(most_values, (1 + most_padding) * (total + lengths[place])):
            yield sorted(part)
            part, total = [], 0
        part.append(place)
        total += lengths[place]
    if part:
        yield sorted(part)
