"""The samples for the checks that examine samples individually: all, or randomly drawn ones if they are very many.

Which are drawn depends on their rows in the table of the run, not on ids: a table in which these are pseudonyms
gives the same samples (`harness.evidence.pseudonyms`).

Shapes: N samples of a piece, S subjects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Bools, Floats, Ints
from harness.tables.alignment import Aligned

MAX_DRAWN = 500_000
"""Tables of up to this many samples are taken whole; from larger ones about this many are drawn."""

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_STEPS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True)
class Draw:
    """Decides which rows are drawn: all of a subject with few, and about equally many of every other.

    Whether a row is drawn depends only on its number, its subject and the seed, so pieces of a table give the same
    rows as the whole.

    Attributes:
        share: ``[S]``, the share of each subject's rows.
        seed: of the draw.
    """

    share: Floats
    seed: int

    @classmethod
    def of(cls, num_S: Ints, seed: int) -> Draw:
        """The draw for subjects with these numbers of rows."""
        least, most = 0, int(num_S.max(initial=0))
        while least < most:
            middle = (least + most + 1) // 2
            least, most = (middle, most) if np.minimum(num_S, middle).sum() <= MAX_DRAWN else (least, middle - 1)
        share_S = np.minimum(1.0, least / np.maximum(num_S, 1))
        # With more subjects than rows to draw, not every subject has a row.
        return cls(share_S if least else np.full(len(num_S), MAX_DRAWN / max(int(num_S.sum()), 1)), seed)

    @property
    def is_whole(self) -> bool:
        """Whether all rows are drawn."""
        return bool((self.share >= 1).all())

    def chosen(self, subject_N: Ints, first: int = 0) -> Bools:
        """Which rows of a piece are drawn.

        Args:
            subject_N: their subjects, 0 … S - 1.
            first: the number of the first in the table.
        """
        if self.is_whole:
            return np.ones(len(subject_N), dtype=np.bool_)
        start = _mixed(np.array([self.seed], np.uint64))[0]  # seeds that follow each other draw other rows
        number_N = np.arange(first + 1, first + 1 + len(subject_N), dtype=np.uint64)
        uniform_N = _mixed(start + number_N * _GAMMA) >> np.uint64(11)
        return uniform_N * 2.0**-53 < self.share[subject_N]


@dataclass(frozen=True, kw_only=True)
class DrawnSamples:
    """The samples of a run that are examined individually, all or some, and a system's answers to them.

    Attributes:
        samples: rows of the samples table, in its order.
        predictions: of the system, and possibly of others; with the metadata of the run's table.
        aligned: labels and the system's answers, in the order of the samples.
        row: ``[N]``, the row of each sample in the table of the run; None if they are all of them.
        num_samples: of the run.
    """

    samples: pa.Table
    predictions: pa.Table
    aligned: Aligned
    row: Ints | None
    num_samples: int

    @property
    def is_whole(self) -> bool:
        """Whether all samples of the run were drawn."""
        num_drawn: int = self.samples.num_rows
        return num_drawn == self.num_samples


def drawn_samples(
    samples: pa.Table, predictions: pa.Table, aligned: Aligned, *, seed: int, always: pa.Array | None = None
) -> DrawnSamples:
    """Draw from tables in memory.

    Args:
        samples: of the run.
        predictions: of the run.
        aligned: a system's answers to all samples.
        seed: of the draw.
        always: ids of samples that are always taken.
    """
    draw = Draw.of(np.bincount(aligned.subject, minlength=aligned.num_subjects), seed)
    row = np.flatnonzero(draw.chosen(aligned.subject) | is_among(samples, always))
    if len(row) == samples.num_rows:
        return DrawnSamples(
            samples=samples, predictions=predictions, aligned=aligned, row=None, num_samples=samples.num_rows
        )
    return DrawnSamples(
        samples=samples.take(row).combine_chunks(),
        predictions=predictions,
        aligned=aligned.take(row),
        row=row,
        num_samples=samples.num_rows,
    )


def is_among(samples: pa.Table, ids: pa.Array | None) -> Bools:
    """Which samples have one of these ids ``[N]``."""
    if ids is None:
        return np.zeros(samples.num_rows, dtype=np.bool_)
    found: Bools = pc.is_in(samples["sample_id"].combine_chunks(), value_set=ids).to_numpy(zero_copy_only=False)
    return found


def _mixed(number_N: np.typing.NDArray[np.uint64]) -> np.typing.NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195).

    The n-th number of that generator is the finaliser's of its start and n times `_GAMMA`.
    """
    for shift, step in zip((30, 27), _STEPS, strict=True):
        number_N = (number_N ^ (number_N >> np.uint64(shift))) * step
    return number_N ^ (number_N >> np.uint64(31))
