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
        metric: of the rows that it concerns; None for those of every metric.
        what: what is measured now, for the user.
    """

    since: int
    kind: str
    metric: str | None
    what: str

    def explains(self, difference: RowDifference, version: int) -> bool:
        """Whether a difference from results of some version comes from this change."""
        metrics = (None, difference.metric)
        return version < self.since and difference.kind == self.kind and self.metric in metrics


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
    MethodChange(
        2,
        "metric",
        "negative_assignment",
        "two groups are compared over the strata in which both have enough subjects, no longer over all",
    ),
    MethodChange(
        2, "standardised", None, "differences with the same mix of classes on both sides stand beside the others"
    ),
    MethodChange(2, "association", None, "axes that go together are named"),
    MethodChange(
        2, "adjusted", None, "differences with the same mix of another axis on both sides stand beside the others"
    ),
)


def explained(
    differences: Iterable[RowDifference], version: int
) -> tuple[dict[MethodChange, list[RowDifference]], list[RowDifference]]:
    """The differences by the change that they come from, and those that no change explains.

    Args:
        differences: between the stored results and those that were found now.
        version: of the stored results table.
    """
    by_change: dict[MethodChange, list[RowDifference]] = {}
    unexplained = []
    for one in differences:
        change = next((change for change in CHANGES if change.explains(one, version)), None)
        if change is None:
            unexplained.append(one)
        else:
            by_change.setdefault(change, []).append(one)
    return by_change, unexplained
