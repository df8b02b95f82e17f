"""Why most samples have no score, where it is one thing that the user can mend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from harness.errors import Reason

MIN_SHARE = 0.5
"""The share of samples without a score for one reason from which on it is said in full."""


def shared_failure(reasons: Iterable[str | None]) -> str | None:
    """A warning with the reason in full, if it is that of at least half of the samples.

    Args:
        reasons: why each sample has no score, None for one that has: a code, and often what exactly was found.
            Faces that were not found have a warning of their own (`harness.study.faces_not_found`).
    """
    counts = Counter(reasons)
    num_samples = counts.total()
    (reason, num), *_ = counts.most_common(1) or [(None, 0)]
    if reason is None or num < MIN_SHARE * num_samples:
        return None
    code, _, found = reason.partition(": ")
    if code == Reason.NO_FACE or not found:
        return None
    return f"{num:,} of {num_samples:,} samples have no score for one reason: {reason}."
