"""What is measured differently from runs of an earlier version on purpose: each change by name, with its reason.

A run keeps the values that it was stored with. Where it is scored again and a value differs, this says whether the
method changed or something is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.scoring.same_values import RowDifference


@dataclass(frozen=True)
class MethodChange:
    """A change of method.

    Attributes:
        since: the version of the results table that has the new values; results of earlier versions differ.
        kind: of the rows that it concerns.
        metric: of the rows that it concerns; None for every metric.
        what: what is measured now, for the user.
        columns: that it concerns, besides the values of indices such as ``global_test_p``; None for all, and for
            rows that only one of the results has.
        of_unsorted: whether it only concerns runs whose subjects do not first appear in the order of their ids.
    """

    since: int
    kind: str
    metric: str | None
    what: str
    columns: tuple[str, ...] | None = None
    of_unsorted: bool = False

    @property
    def rows(self) -> str:
        """Which rows it concerns, for the user."""
        return self.kind if self.metric is None else f"{self.kind} {self.metric}"

    def explains(self, difference: RowDifference, version: int, *, is_sorted: bool) -> bool:
        """Whether a difference from results of some version comes from this change."""
        if version >= self.since or (self.of_unsorted and is_sorted):
            return False
        return (
            difference.kind == self.kind
            and self.metric in (None, difference.metric)
            and (self.columns is None or difference.column in self.columns or difference.is_of_index)
        )


_BY_RANK = (
    "subjects are numbered by the rank of their ids and not as they appear, so that random draws fall on others"
)
_DRAWN = ("lo", "hi", "p", "p_corrected", "null_mean", "null_lo", "null_hi", "verdict")
"""The columns that random draws decide."""

CHANGES: tuple[MethodChange, ...] = (
    MethodChange(
        2,
        "check",
        "support",
        "groups with nobody in them no longer count, and classes with few subjects within a group are no fault",
    ),
    MethodChange(
        2,
        "check",
        "recording_condition",
        "the time in the session is looked at by itself, and so is every class where there are more than two; all "
        "that the check looks at shares its error",
    ),
    MethodChange(2, "check", "collapsed", "one answer that takes far more than its share is looked for, too"),
    MethodChange(2, "check", "swapped_labels", "labels swapped for some people or in one part are looked for"),
    MethodChange(2, "metric", None, _BY_RANK, columns=_DRAWN, of_unsorted=True),
    MethodChange(2, "search", None, _BY_RANK, of_unsorted=True),
    MethodChange(2, "check", None, _BY_RANK, of_unsorted=True),
)


def explained(
    differences: Iterable[RowDifference], version: int, *, is_sorted: bool = True
) -> tuple[dict[MethodChange, list[RowDifference]], list[RowDifference]]:
    """The differences by the change that they come from, and those that no change explains.

    Args:
        differences: between the stored results and those that were found now.
        version: of the stored results table.
        is_sorted: whether the run's subjects first appear in the order of their ids.
    """
    by_change: dict[MethodChange, list[RowDifference]] = {}
    unexplained = []
    for one in differences:
        change = next((change for change in CHANGES if change.explains(one, version, is_sorted=is_sorted)), None)
        if change is None:
            unexplained.append(one)
        else:
            by_change.setdefault(change, []).append(one)
    return by_change, unexplained
