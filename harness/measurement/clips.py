"""Clips: the recordings from which samples are cut, each of one person in one session.

Shapes: N samples, K clips.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from harness.arrays import Floats, Ints
from harness.measurement.streaming.numbering import Combinations
from harness.metrics.dimensional import moments
from harness.tables.alignment import Aligned
from harness.tables.encoded_texts import as_array

CLIP_COLUMNS = ("subject_id", "session_id")

MAX_CLIPS = 1_000_000
"""With more, samples are hardly cut from clips, and nothing is counted of single ones."""

NO_CLIP = NO_SUBJECT = -1

RowsT = TypeVar("RowsT", Floats, Ints)


class ClipNumbers:
    """Numbers the clips in the order in which they first appear, piece by piece."""

    def __init__(self) -> None:
        self._known = Combinations(CLIP_COLUMNS)

    def of(self, samples: pa.Table) -> Ints:
        """The clip of each sample ``[N]``, or `NO_CLIP`: without a session, or if there are over `MAX_CLIPS`.

        Args:
            samples: with `CLIP_COLUMNS`.
        """
        clip_N = np.full(samples.num_rows, NO_CLIP)
        in_session_N = pc.is_valid(as_array(samples["session_id"])).to_numpy(zero_copy_only=False)
        if len(self._known) <= MAX_CLIPS and in_session_N.any():
            columns = samples.select(CLIP_COLUMNS)
            clip_N[in_session_N] = self._known.of(columns if in_session_N.all() else columns.filter(in_session_N))
        return clip_N

    def add(self, others: ClipNumbers) -> Ints:
        """The number here of each clip that was numbered apart ``[K]``, in samples after these; as `of`."""
        if len(self._known) > MAX_CLIPS:
            return np.full(len(others._known), NO_CLIP)
        return self._known.add(others._known)


@dataclass
class ClipSums:
    """The moments of every dimension within each clip, which grow part by part.

    Attributes:
        subject: ``[K]``, whose clip it is; -1 of clips without an answer that is counted.
        sums: dimension → ``[K, 7]``, see `harness.metrics.dimensional.moments`.
    """

    subject: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    sums: dict[str, Floats] = field(default_factory=dict)

    def add(self, aligned: Aligned, clip_N: Ints, num_known: int) -> None:
        """Count the answers to some of the samples.

        Args:
            aligned: the samples, with their subjects numbered as in the whole run.
            clip_N: the clip of each.
            num_known: how many clips are known, also by samples that are not counted.
        """
        in_clip_N = clip_N != NO_CLIP
        num_clips = max(num_known, len(self.subject))
        self.subject = _grown(self.subject, num_clips, NO_SUBJECT)
        self.subject[clip_N[in_clip_N]] = aligned.subject[in_clip_N]
        for name, (truth_N, predicted_N) in aligned.dimensions.items():
            known_N = in_clip_N & ~np.isnan(truth_N)
            counted = moments(clip_N[known_N], truth_N[known_N], predicted_N[known_N], num_clips)
            self.sums[name] = _grown(self.sums.get(name, counted[:0]), num_clips) + counted

    def merge(self, others: ClipSums, number: Ints | None = None) -> None:
        """Add what is known of clips of other samples.

        Args:
            others: of other samples.
            number: the number here of each of its clips ``[K]``, or `NO_CLIP`; by default its own.
        """
        number_K = np.arange(len(others.subject)) if number is None else number[: len(others.subject)]
        known_K = number_K != NO_CLIP
        num_clips = max(int(number_K.max(initial=NO_CLIP)) + 1, len(self.subject))
        self.subject = _grown(self.subject, num_clips, NO_SUBJECT)
        self.subject[number_K[known_K]] = np.maximum(self.subject[number_K[known_K]], others.subject[known_K])
        for name, sums_K in others.sums.items():
            self.sums[name] = _grown(self.sums.get(name, sums_K[:0]), num_clips)
            self.sums[name][number_K[known_K]] += sums_K[known_K]

    def by_dimension(self) -> Mapping[str, Floats]:
        """The moments, unless there are too many clips: then none."""
        return self.sums if len(self.subject) <= MAX_CLIPS else {}


def _grown(rows_K: RowsT, num_clips: int, fill: int = 0) -> RowsT:
    more = np.full((num_clips - len(rows_K), *rows_K.shape[1:]), fill, rows_K.dtype)
    grown: RowsT = np.concatenate([rows_K, more])
    return grown
