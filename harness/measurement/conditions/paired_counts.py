"""A model's tallies under a condition, and its tallies on clean media of the same samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.measurement.model_counts import CountedPart, ModelCounts, count_parts
from harness.tables.alignment import Aligned


@dataclass(frozen=True)
class PairedCounts:
    """One model under one condition, and on clean media.

    Attributes:
        model: its name.
        condition: its name; not ``clean``.
        changed: the tallies under the condition, of the samples that it could change.
        clean: the tallies on clean media, of the same samples in the same cells.
    """

    model: str
    condition: str
    changed: ModelCounts
    clean: ModelCounts


@dataclass(frozen=True)
class CleanAnswers:
    """A model's answers on clean media, to be compared with those under its other conditions.

    Attributes:
        model: its name.
        aligned: the answers.
        counts: their tallies.
    """

    model: str
    aligned: Aligned
    counts: ModelCounts

    def to_the_same(self, changed: Aligned, counts: ModelCounts, outside: Sequence[str] | None) -> ModelCounts:
        """The tallies of the samples that a condition could change.

        Args:
            changed: the answers under the condition.
            counts: their tallies.
            outside: see `harness.measurement.count_metrics.tallies`.
        """
        if not counts.num_not_applicable:
            return self.counts
        part = CountedPart(changed, self.counts.cells.row, self.aligned).of_clean()
        return count_parts([part], self.counts.cells, self.counts.options, outside)
