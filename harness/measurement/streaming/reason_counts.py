"""How often each reason occurs, in a memory that does not grow with the number of reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.tables import sample_codes


@dataclass
class ReasonCounts:
    """Reasons that are counted part by part, in the manner of Misra and Gries where there are very many.

    What is dropped has occurred no more often than `harness.tables.sample_codes.least_frequency` allows, however
    the rows are split; the counts of the others may then be too small, and have to be counted again.

    Attributes:
        counts: of those that are kept.
        num: all rows with a reason.
        is_exact: whether nothing has been dropped.
    """

    counts: Counter[str] = field(default_factory=Counter)
    num: int = 0
    is_exact: bool = True

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> ReasonCounts:
        """Those of some rows."""
        found = cls()
        found.add(ReasonCounts(Counter(counts), sum(counts.values())))
        return found

    def add(self, others: ReasonCounts) -> None:
        """Add the counts of other rows."""
        self.counts.update(others.counts)
        self.num += others.num
        self.is_exact &= others.is_exact
        if len(self.counts) > sample_codes.MAX_REASONS_COUNTED:
            self.is_exact = False
            cut = sorted(self.counts.values(), reverse=True)[sample_codes.MAX_REASONS_COUNTED // 2]
            self.counts = Counter({name: count - cut for name, count in self.counts.items() if count > cut})

    def frequent(self, counted_again: Mapping[str, int]) -> Counter[str]:
        """The reasons that are frequent enough to be named, where some were dropped.

        Args:
            counted_again: how often each of those that were kept occurs.
        """
        least = sample_codes.least_frequency(self.num)
        return Counter({name: num for name, num in counted_again.items() if name in self.counts and num > least})
